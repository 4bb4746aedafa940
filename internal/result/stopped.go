package result

import "slices"

// Stopped is how a window of duration auto ended.
type Stopped struct {
	// Decision is DecisionPass or DecisionFail, which ended the window early, or DecisionOpen:
	// it was whole, and some objective is not decided by it.
	Decision string `json:"decision"`
	// After is the length of the window in seconds.
	After float64 `json:"after_s"`
	// WarmUp is how many seconds before it were measured, too, and left out as warm-up.
	WarmUp float64 `json:"warm_up_s,omitempty"`
	// Unsettled says that no end of the warm-up was found, so that nothing was decided.
	Unsettled bool `json:"unsettled,omitempty"`
	// Objectives are those that were decided, in the SLO's order.
	Objectives []Decided `json:"objectives,omitempty"`
}

// Decided is an objective that was decided while its window was under way.
type Decided struct {
	// Objective reads "p95 < 800ms". It is decided for this one only.
	Objective string `json:"objective"`
	// Decision is DecisionPass or DecisionFail.
	Decision string `json:"decision"`
	// After is how many seconds of the window were needed.
	After float64 `json:"after_s"`
	// Low and High are the ends of the interval of the share of bad requests then.
	Low  float64 `json:"bad_low"`
	High float64 `json:"bad_high"`
}

// The decisions.
const (
	DecisionPass = "pass"
	DecisionFail = "fail"
	DecisionOpen = "open"
)

// Early tells whether the window ended before its time.
func (s *Stopped) Early() bool { return s != nil && s.Decision != DecisionOpen }

// LeftOut is how many seconds before the window were warm-up.
func (s *Stopped) LeftOut() float64 {
	if s == nil {
		return 0
	}
	return s.WarmUp
}

// Of is what was decided of an objective; false for one that was not.
func (s *Stopped) Of(objective string) (Decided, bool) {
	if s == nil {
		return Decided{}, false
	}
	i := slices.IndexFunc(s.Objectives, func(d Decided) bool { return d.Objective == objective })
	if i < 0 {
		return Decided{}, false
	}
	return s.Objectives[i], true
}
