package run

import (
	"cmp"
	"context"
	"fmt"
)

// Look does what Run does before it writes anything: it takes the target, has one
// replica started where the platform scales it, and lets opts.Look see its address. Then
// it leaves the target as it was found. Of opts it needs the experiment, the platform,
// the holder and Look.
func Look(ctx context.Context, opts Options) error {
	c := New(opts)
	if err := opts.Platform.Acquire(ctx, opts.Holder); err != nil {
		return err
	}
	_, err := c.release(ctx, c.look(ctx))
	return err
}

// look starts a replica, which the first scenario will need too, and asks Look about it.
func (c *Campaign) look(ctx context.Context) error {
	if c.opts.Look == nil {
		return nil
	}
	if err := c.firstReplica(ctx); err != nil {
		return fmt.Errorf("looking at the target before any load: %w", err)
	}
	address, err := c.host()
	if err != nil {
		return fmt.Errorf("looking at the target before any load: %w", err)
	}
	return c.opts.Look(ctx, address)
}

// firstReplica waits until one replica of a target that can be scaled is ready.
func (c *Campaign) firstReplica(ctx context.Context) error {
	waiting := "it is started"
	err := await(ctx, targetLimit(c.exp), func(ctx context.Context) (progress, error) {
		return scaleTarget(ctx, c.opts.Platform, 1)
	}, func(what string) { waiting = cmp.Or(what, waiting) })
	if ctx.Err() != nil {
		return fmt.Errorf("%w while waiting for a first replica: %s", ctx.Err(), waiting)
	}
	return err
}
