package run

import (
	"context"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// spent tells why there is no time for another attempt; empty while there is.
func (c *Campaign) spent(next experiment.Planned) string {
	load := next.Time.Load()
	s := c.exp.LoadMatrix.Spec
	if b := s.Budget.Duration; b > 0 && Loaded(c.journal)+load > b {
		return fmt.Sprintf("the budget of %v of load does not suffice for another scenario", b)
	}
	if m := s.MaxTime.Duration; m > 0 && time.Since(c.journal.Header.Created)+c.eta.attempt(next) > m {
		return fmt.Sprintf("another scenario would end later than %v after the run began", m)
	}
	return ""
}

// Loaded is how long a run has loaded the target, in attempts of every kind.
func Loaded(journal *result.Run) time.Duration {
	var sum float64
	for _, r := range journal.Records {
		sum += r.Phases.Ramp + r.Phases.Settle + r.Phases.Measure
	}
	return time.Duration(sum * float64(time.Second))
}

// stopEarly journals why the run ends before everything was measured. A run that is continued
// and ends at the same place says it once.
func (c *Campaign) stopEarly(ctx context.Context, why string, next *turn) error {
	c.endedEarly = why
	if last := c.journal.Ended(); last != nil && last.Why == why {
		return nil
	}
	planned := c.exp.Planned(next.Key)
	return c.amend(ctx, result.Amendment{After: len(c.journal.Records), End: &result.End{
		Time: time.Now().UTC(), Version: c.opts.Version, Why: why, Next: next.Planned, Seconds: c.eta.attempt(planned).Seconds(),
	}})
}
