package run

import (
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// strategy decides what is measured next. It is asked before every attempt, and goes by the
// journal alone, so that a run that is continued goes on where it was.
type strategy interface {
	// next returns what to go on with; more is false when there is nothing.
	//
	// A scenario that is returned again is tried again; it is over when it has a final
	// record, which the attempt decides. One that the journal does not have yet, as a search
	// finds it, is added to it before it begins.
	next(journal *result.Run) (turn turn, more bool)
	// expected is the whole run in its order, as far as that can be told: what is over, next
	// if it is not nil, and what will probably follow.
	expected(journal *result.Run, next *turn) experiment.Plan
}

// turn is a scenario whose turn it is.
type turn struct {
	result.Planned
	// why is for people; empty where it is just the next of a list.
	why string
}

// newStrategy is the one that the experiment asks for.
func newStrategy(exp *experiment.Experiment, plan experiment.Plan, journal *result.Run) strategy {
	if exp.Searches() {
		return searching{exp}
	}
	return inPlanOrder(plan, journal)
}

// inOrder takes the scenarios as they are listed, each until it has a final record.
type inOrder struct {
	list []result.Planned
	plan experiment.Plan
}

func (o inOrder) next(journal *result.Run) (turn, bool) {
	final := map[matrix.Key]bool{}
	for _, r := range journal.Records {
		final[r.Key] = final[r.Key] || r.Terminal
	}
	for _, p := range o.list {
		if !final[p.Key] {
			return turn{Planned: p}, true
		}
	}
	return turn{}, false
}

func (o inOrder) expected(*result.Run, *turn) experiment.Plan { return o.plan }

// inPlanOrder is the strategy of a plan, with the roles that the journal has.
func inPlanOrder(plan experiment.Plan, journal *result.Run) inOrder {
	roles := map[matrix.Key]string{}
	for _, p := range journal.Planned() {
		roles[p.Key] = p.Role
	}
	o := inOrder{plan: plan}
	for _, p := range plan.Scenarios {
		o.list = append(o.list, result.Planned{Key: p.Key, Role: roles[p.Key]})
	}
	return o
}

// place is where the plan has a scenario.
func place(plan experiment.Plan, k matrix.Key) int {
	return slices.IndexFunc(plan.Scenarios, func(p experiment.Planned) bool { return p.Key == k })
}
