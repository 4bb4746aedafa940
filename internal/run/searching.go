package run

import (
	"context"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// searching measures what the answer needs, as internal/search finds it.
type searching struct{ exp *experiment.Experiment }

func (s searching) next(journal *result.Run) (turn, bool) {
	p, why, more := analysis.SearchOf(journal, s.exp.SLO).Next()
	return turn{p, why}, more
}

// expected has what is over, and counts the rest as the same scenario again and again: which
// it will be is not known.
func (s searching) expected(journal *result.Run, next *turn) experiment.Plan {
	var plan experiment.Plan
	add := func(k matrix.Key) { plan.Scenarios = append(plan.Scenarios, s.exp.Planned(k)) }
	for _, r := range journal.Records {
		if r.Terminal {
			add(r.Key)
		}
	}
	if next == nil {
		return plan
	}
	add(next.Key)
	left := analysis.SearchOf(journal, s.exp.SLO).Remaining()
	for range left.Typical + left.Checks() - 1 {
		add(next.Key)
	}
	return plan
}

// schedule puts a scenario into the journal, if it has none, and the plan; it returns its place.
func (c *Campaign) schedule(ctx context.Context, next *turn) (index int, err error) {
	known := slices.ContainsFunc(c.journal.Planned(), func(p result.Planned) bool { return p.Key == next.Key })
	if !known {
		added := result.Amendment{After: len(c.journal.Records), Scenarios: &result.Scenarios{
			Time: time.Now().UTC(), Version: c.opts.Version, Planned: []result.Planned{next.Planned},
		}}
		if err := c.amend(ctx, added); err != nil {
			return 0, err
		}
	}
	c.plan = c.strategy.expected(c.journal, next)
	c.eta.plan = c.plan
	return place(c.plan, next.Key), nil
}

// amend journals a line, even when the run is being interrupted.
func (c *Campaign) amend(ctx context.Context, a result.Amendment) error {
	if err := c.opts.Store.Amend(context.WithoutCancel(ctx), a); err != nil {
		return err
	}
	c.journal.Amendments = append(c.journal.Amendments, a)
	return nil
}
