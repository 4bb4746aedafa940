package result

// ScaleUp is how long the target took to have more replicas: the seconds from the moment
// when they were asked for until the last of the new ones had got somewhere. What is not known
// is nil. A cluster tells the time of its pods in whole seconds, so that a 0 means "less than one".
type ScaleUp struct {
	// From and To are the replicas before and after.
	From int `json:"from"`
	To   int `json:"to"`
	// Scheduled: a node was found for the pod, or the process was started.
	Scheduled *float64 `json:"scheduled_s"`
	// Ready: it passed its readiness probe.
	Ready *float64 `json:"ready_s"`
	// Routed: it was seen to receive traffic, so that it can answer.
	Routed *float64 `json:"routed_s"`
}
