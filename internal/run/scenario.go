package run

import (
	"cmp"
	"context"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// measure makes one attempt after the other, until the strategy has no more scenarios.
// Between any two attempts lies a cool-down.
func (c *Campaign) measure(ctx context.Context) error {
	for first := true; ; first = false {
		next, more := c.strategy.next(c.journal)
		if !more {
			return nil
		}
		if why := c.spent(c.exp.Planned(next.Key)); why != "" {
			return c.stopEarly(ctx, why, &next)
		}
		index, err := c.schedule(ctx, &next)
		if err != nil {
			return err
		}
		if !first {
			if err := c.cooldown(ctx, index, next.Key); err != nil {
				return err
			}
		}
		if err := c.attempt(ctx, index, next); err != nil {
			return err
		}
	}
}

// attempt makes one and journals it. An error ends the run.
func (c *Campaign) attempt(ctx context.Context, index int, p turn) error {
	earlier := c.journal.Attempts(p.Key)
	a := c.newAttempt(index, p, len(earlier)+1)
	rec, again := a.run(ctx)
	c.idleSince = a.idleSince
	if a.lost != nil {
		return a.lost
	}
	var stop error
	if rec.Status != result.Interrupted {
		rec.Terminal, stop = a.final(!again || tried(earlier)+1 >= c.exp.LoadMatrix.Spec.Measure.Attempts)
	}
	if err := c.keep(ctx, a, rec, stop); err != nil {
		return err
	}
	return cmp.Or(ctx.Err(), stop)
}

// tried counts the attempts that used up a try; interrupted ones do not.
func tried(records []result.Record) int {
	n := 0
	for _, r := range records {
		if r.Status != result.Interrupted {
			n++
		}
	}
	return n
}

// keep journals the record of an attempt, even when the run is being interrupted. stop
// is why the run ends with it, if it does.
func (c *Campaign) keep(ctx context.Context, a *attempt, rec result.Record, stop error) error {
	if err := c.opts.Store.Append(context.WithoutCancel(ctx), rec); err != nil {
		return err
	}
	c.journal.Records = append(c.journal.Records, rec)
	c.eta.learn(rec)
	// The next scenario must not meet what disturbed this one either.
	if rec.Status != result.Success {
		c.generator.renew()
	}
	index, pause := a.index, c.exp.Cooldown()
	told := told(rec)
	if rec.Terminal {
		index, pause = a.index+1, a.planned.Time.Cooldown
	}
	e := Event{
		Type: AttemptFinished, Key: &rec.Key, Attempt: rec.Attempt, Record: &told,
		Index: index, RunLeft: (pause + c.eta.from(index)).Seconds(),
	}
	if stop != nil {
		e.Message = "this ends the run"
	}
	c.emit(e)
	return nil
}

// told is a record as an event has it: without what only the journal is for.
func told(rec result.Record) result.Record {
	rec.Series = nil
	if rec.Measured != nil {
		rec.Measured = rec.Measured.WithoutBatches()
	}
	return rec
}

// cooldown keeps the target idle, counting from the end of the last load.
func (c *Campaign) cooldown(ctx context.Context, index int, next matrix.Key) error {
	d := c.exp.Cooldown() - time.Since(c.idleSince)
	if d <= 0 {
		return ctx.Err()
	}
	c.emit(Event{
		Type: PhaseStarted, Phase: PhaseCooldown, Key: &next, Index: index,
		ScenarioLeft: d.Seconds(), ScenarioLength: d.Seconds(), RunLeft: (d + c.eta.from(index)).Seconds(),
	})
	return sleep(ctx, d)
}
