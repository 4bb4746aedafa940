package result

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Amendment is a line that changes what the header said, from there on. Exactly one
// of Upgrade, SLO, Scenarios and End is set.
type Amendment struct {
	// After is how many records come before it.
	After     int
	Upgrade   *Upgrade
	SLO       *SLO
	Scenarios *Scenarios
	End       *End
}

// Upgrade raises a journal's format. It comes before the first line of a kind that
// the format before did not have, so that an older program stops there and says why.
type Upgrade struct {
	Format int `json:"format"`
	// Version is the program's that wrote the line.
	Version string `json:"version"`
}

// SLO takes the place of the objectives, the gate, what was asked and the pricing before it, for
// all records.
type SLO struct {
	Time       time.Time            `json:"time"`
	Version    string               `json:"version"`
	Objectives []v1alpha1.Objective `json:"objectives"`
	Gate       v1alpha1.Gate        `json:"gate"`
	// Answer is empty for the grid.
	Answer v1alpha1.Answer `json:"answer,omitempty"`
	// Pricing is nil where nobody said what a replica costs, and in runs of earlier releases.
	Pricing *v1alpha1.Pricing `json:"pricing,omitempty"`
}

// Asked is the answer that was asked for.
func (s SLO) Asked() v1alpha1.Answer { return cmp.Or(s.Answer, v1alpha1.AnswerGrid) }

// Searches tells whether it takes only some scenarios of the matrix to answer.
func (s SLO) Searches() bool { return s.Asked() != v1alpha1.AnswerGrid }

// Scenarios adds some that were not planned at the start. They come after all others.
type Scenarios struct {
	Time    time.Time `json:"time"`
	Version string    `json:"version"`
	Planned []Planned `json:"planned"`
}

// End says that the run has ended before everything that was asked for was measured. It holds
// until the next line.
type End struct {
	Time    time.Time `json:"time"`
	Version string    `json:"version"`
	// Why is for people: "the budget of 45m0s is spent".
	Why string `json:"why"`
	// Next is what would have been measured next, in about so many seconds.
	Next    Planned `json:"next"`
	Seconds float64 `json:"seconds"`
}

// Planned is a scenario and what it is for.
type Planned struct {
	Key  matrix.Key `json:"key"`
	Role string     `json:"role"`
}

// EncodeAmendment returns one further line.
func EncodeAmendment(a Amendment) ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	return encode(line{Upgrade: a.Upgrade, SLO: a.SLO, Scenarios: a.Scenarios, End: a.End})
}

func (a Amendment) check() error {
	n := 0
	for _, set := range []bool{a.Upgrade != nil, a.SLO != nil, a.Scenarios != nil, a.End != nil} {
		if set {
			n++
		}
	}
	switch {
	case n != 1:
		return errors.New("an amendment changes one thing")
	case a.Scenarios != nil && len(a.Scenarios.Planned) == 0:
		return errors.New("adds no scenarios")
	}
	return nil
}

// format is the first that has lines of this kind.
func (a Amendment) format() int {
	switch {
	case a.Upgrade != nil:
		return 1 // of a journal of any format
	case a.End != nil, a.SLO != nil && a.SLO.Searches():
		return 4
	case a.SLO != nil && slices.ContainsFunc(a.SLO.Objectives, isOfFormat3):
		return 3
	}
	return 2
}

// isOfFormat3 tells whether a reader of an older format would mistake the objective for
// another, since it ignores members that it does not know, or would not know the metric.
func isOfFormat3(o v1alpha1.Objective) bool {
	switch o.Metric {
	case v1alpha1.MetricP50, v1alpha1.MetricP95, v1alpha1.MetricP99, v1alpha1.MetricFailures:
		return o.Endpoint != ""
	}
	return true
}

// version is that of the program that wrote it.
func (a Amendment) version() string {
	switch {
	case a.Upgrade != nil:
		return a.Upgrade.Version
	case a.SLO != nil:
		return a.SLO.Version
	case a.End != nil:
		return a.End.Version
	}
	return a.Scenarios.Version
}
