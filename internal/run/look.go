package run

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Look does what Run does before it writes anything: it takes the target, has one
// replica started where the platform scales it, and lets opts.Look see its address. Then
// it leaves the target as it was found. Of opts it needs the experiment, the platform,
// the holder and Look.
func Look(ctx context.Context, opts Options) error {
	c := &campaign{Options: opts, started: time.Now()}
	if err := c.Platform.Acquire(ctx, c.Holder); err != nil {
		return err
	}
	_, err := c.release(ctx, c.look(ctx))
	return err
}

// look starts a replica, which the first scenario will need too, and asks Look about it.
func (c *campaign) look(ctx context.Context) error {
	if c.Options.Look == nil {
		return nil
	}
	if err := c.firstReplica(ctx); err != nil {
		return fmt.Errorf("looking at the target before any load: %w", err)
	}
	address, err := c.host()
	if err != nil {
		return fmt.Errorf("looking at the target before any load: %w", err)
	}
	return c.Options.Look(ctx, address)
}

// firstReplica waits until one replica of a target that can be scaled is ready.
func (c *campaign) firstReplica(ctx context.Context) error {
	limit := c.Experiment.LoadMatrix.Spec.Target.Ready.Timeout.Duration + platform.DrainTimeout
	deadline, waiting := time.Now().Add(limit), "it is started"
	for {
		p, err := c.scale(ctx, platform.Target, 1)
		if ctx.Err() != nil { // which is also what scale says then
			return fmt.Errorf("%w while waiting for a first replica: %s", ctx.Err(), waiting)
		}
		waiting = cmp.Or(p.waiting, waiting)
		switch {
		case err != nil || p.done:
			return err
		case time.Now().After(deadline):
			return fmt.Errorf("gave up after %v (spec.target.ready.timeout): %s", limit, waiting)
		}
		_ = sleep(ctx, p.pause) // the next round sees what ended it
	}
}
