// Package driver runs a matrix inside a cluster, in the pod of a Job. It has a run.Store in
// ConfigMaps, publishes the progress for monitor, and decides when a pod ends whether the
// next pod continues the run or the run is over.
//
// A driver has few rights. API has only the verbs that it calls itself; scaling and observing
// are internal/platform/kube's. The formats of the ConfigMaps (Slot, Status) are exported for
// their readers.
package driver
