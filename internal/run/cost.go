package run

import (
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Cost is what an answer takes, if every first attempt is valid.
type Cost struct {
	Answer v1alpha1.Answer
	// Scenarios are expected, Worst are the most that there may be.
	Scenarios, Worst int
	// Time and WorstTime are theirs.
	Time, WorstTime time.Duration
}

// Costs are those of every answer that the experiment could ask for: without an SLO, only
// the grid; with a range of users, only the capacity.
func Costs(exp *experiment.Experiment) []Cost {
	plan := experiment.NewPlan(exp)
	n, total := len(plan.Scenarios), plan.Total()
	costs := []Cost{{v1alpha1.AnswerGrid, n, n, total, total}}
	answers := []v1alpha1.Answer{v1alpha1.AnswerDemand, v1alpha1.AnswerCapacity}
	if exp.Within > 0 { // there is no grid of a range
		costs, answers = nil, answers[1:]
	}
	if len(exp.SLO) == 0 || exp.Axes.Repeats > 1 {
		return costs
	}
	// Which scenarios a search will need is not known: each counts as the average one.
	each := func(scenarios int) time.Duration { return total * time.Duration(scenarios) / time.Duration(n) }
	for _, answer := range answers {
		typical, worst := searchCost(exp, answer)
		costs = append(costs, Cost{answer, typical, worst, each(typical), each(worst)})
	}
	return costs
}

// First is what a search measures first.
func First(exp *experiment.Experiment) (first result.Planned, ok bool) {
	s := searchFor(exp, exp.LoadMatrix.Spec.Answer)
	if s == nil {
		return result.Planned{}, false
	}
	first, _, ok = s.Next()
	return first, ok
}

// searchFor is a search that has seen nothing yet.
func searchFor(exp *experiment.Experiment, answer v1alpha1.Answer) *analysis.Search {
	m := exp.LoadMatrix.Spec.Matrix
	header := result.Header{Keys: exp.Axes.Keys(), Answer: answer, Within: exp.Within, Seed: m.Seed, Sentinel: m.Order == v1alpha1.OrderRandom}
	return analysis.SearchOf(&result.Run{Header: header}, exp.SLO)
}

// searchCost is how many scenarios a search takes, its checks included: typically, and if
// every close call has to be repeated as often as may be.
func searchCost(exp *experiment.Experiment, answer v1alpha1.Answer) (typical, worst int) {
	cost := searchFor(exp, answer).Remaining()
	return cost.Typical + cost.Checks(), cost.Worst + cost.Repeats + cost.Checks()
}
