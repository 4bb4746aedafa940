package run

import (
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// strategy decides what is measured next. It is asked before every attempt.
//
// A scenario that is returned again is tried again; it is over when it has a final
// record, which the attempt decides. One that the plan does not have yet, as a search
// would find it, comes with the role that it plays; the campaign must then add it to the
// plan and to the journal (result.Scenarios) before it begins.
type strategy interface {
	// next returns the scenario to go on with after the records of the run so far, those
	// of earlier processes included; more is false when there is none.
	next(records []result.Record) (scenario result.Planned, more bool)
}

// inOrder takes the scenarios as they are listed, each until it has a final record.
type inOrder []result.Planned

func (o inOrder) next(records []result.Record) (result.Planned, bool) {
	final := map[matrix.Key]bool{}
	for _, r := range records {
		final[r.Key] = final[r.Key] || r.Terminal
	}
	for _, p := range o {
		if !final[p.Key] {
			return p, true
		}
	}
	return result.Planned{}, false
}

// inPlanOrder is the strategy of a plan, with the roles that the journal has.
func inPlanOrder(plan experiment.Plan, journal *result.Run) inOrder {
	roles := map[matrix.Key]string{}
	for _, p := range journal.Planned() {
		roles[p.Key] = p.Role
	}
	var out inOrder
	for _, p := range plan.Scenarios {
		out = append(out, result.Planned{Key: p.Key, Role: roles[p.Key]})
	}
	return out
}

// place is where the plan has a scenario.
func place(plan experiment.Plan, k matrix.Key) int {
	return slices.IndexFunc(plan.Scenarios, func(p experiment.Planned) bool { return p.Key == k })
}
