package run

import (
	"cmp"
	"context"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// scenarios measures what is left of the plan.
func (c *campaign) scenarios(ctx context.Context) error {
	final := c.journal.Final()
	first := true
	for i, p := range c.plan.Scenarios {
		if _, done := final[p.Key]; done {
			continue
		}
		if err := c.scenario(ctx, i, p, &first); err != nil {
			return err
		}
	}
	return nil
}

// scenario makes attempts until one is final. Between any two attempts of the
// run, whoever's they are, lies a cool-down.
func (c *campaign) scenario(ctx context.Context, index int, p spec.Planned, first *bool) error {
	made := attemptsMade(c.journal.Attempts(p.Key))
	number := len(c.journal.Attempts(p.Key))
	for {
		if !*first {
			if err := c.cooldown(ctx, index, p.Key); err != nil {
				return err
			}
		}
		*first = false
		number++
		a := c.newAttempt(index, p, number)
		rec, again := a.run(ctx)
		if a.lost != nil {
			return a.lost
		}
		var stop error
		if rec.Status != result.Interrupted {
			made++
			rec.Terminal, stop = a.final(!again || made >= c.exp.LoadMatrix.Spec.Measure.Attempts)
		}
		if err := c.keep(ctx, rec, index, p, stop); err != nil {
			return err
		}
		if err := cmp.Or(ctx.Err(), stop); err != nil {
			return err
		}
		if rec.Terminal {
			return nil
		}
	}
}

// attemptsMade counts the attempts that used up a try; interrupted ones do not.
func attemptsMade(records []result.Record) int {
	n := 0
	for _, r := range records {
		if r.Status != result.Interrupted {
			n++
		}
	}
	return n
}

// keep journals a record, even when the run is being interrupted. stop is why the run
// ends with it, if it does.
func (c *campaign) keep(ctx context.Context, rec result.Record, index int, p spec.Planned, stop error) error {
	if err := c.opts.Store.Append(context.WithoutCancel(ctx), rec); err != nil {
		return err
	}
	c.journal.Records = append(c.journal.Records, rec)
	c.eta.learn(rec)
	// Also the next scenario must not meet what disturbed this one.
	if rec.Status != result.Success {
		c.generator.renew()
	}
	pause := c.exp.Cooldown()
	if rec.Terminal {
		index, pause = index+1, p.Time.Cooldown
	}
	e := Event{
		Type: AttemptFinished, Key: &rec.Key, Attempt: rec.Attempt, Record: &rec,
		Index: index, RunLeft: (pause + c.eta.from(index)).Seconds(),
	}
	if stop != nil {
		e.Message = "this ends the run"
	}
	c.emit(e)
	return nil
}

// cooldown keeps the target idle, counting from the end of the last load.
func (c *campaign) cooldown(ctx context.Context, index int, next matrix.Key) error {
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
