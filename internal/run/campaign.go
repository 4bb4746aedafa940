package run

import (
	"context"
	"errors"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Options are what a campaign needs.
type Options struct {
	Experiment *experiment.Experiment
	Platform   platform.Platform
	Store      Store
	// Holder names this run to others; Holder.Run is the run's id.
	Holder platform.Holder
	// Version is the program's, for the journal.
	Version string
	// Machine is what the program works on, for the journal; nil if that does not matter.
	Machine *result.Machine
	// Observe gets the progress, from one goroutine at a time. It must be quick.
	Observe func(Event)
	// Prepare, if set, is called once: when the target is held and nothing speaks
	// against the run, and before anything of the load is started. Whoever keeps files
	// beside the journal writes them then, so that a refusal leaves them as they were.
	Prepare func() error
	// Look, if set, is called once: when the target is held, one replica of it is ready,
	// and before Prepare. It gets the address that the users send to, and its error ends
	// the run before anything is written or loaded. With nothing left to measure it is
	// not called.
	Look func(ctx context.Context, address string) error
	// NewClient makes a client of the master at a web address.
	NewClient func(base, leaseHolder string) (*locust.Client, error)
}

// Campaign is one run: the plan and the journal, and what outlives an attempt. It takes
// Commands while Run is under way.
type Campaign struct {
	opts     Options
	commands commands
	// exp is the experiment, with as many workers as were found.
	exp       *experiment.Experiment
	generator *generator
	plan      experiment.Plan
	strategy  strategy
	journal   *result.Run
	// earlier is what was journaled before this process, nil for nothing.
	earlier *result.Run
	started time.Time
	eta     eta
	// idleSince is when the last attempt's load had stopped.
	idleSince time.Time
	// targetWorked says that the target has had the replicas that were asked for.
	targetWorked bool
	failing      failures
	// endedEarly is why there is no time to measure the rest.
	endedEarly string
}

// New makes a campaign, which Run carries out once.
func New(opts Options) *Campaign {
	return &Campaign{opts: opts, exp: opts.Experiment, generator: newGenerator(opts), started: time.Now()}
}

// cleanupTime bounds what must still happen after the run's context has ended:
// stopping the load and restoring the target.
const cleanupTime = 90 * time.Second

// Run measures every scenario that has no final record yet and returns the
// journal. When ctx ends, or at Stop, the load is stopped, what was measured is kept, the
// target is restored, and the error is the context's. An error means that the run as a
// whole could not go on; what single scenarios met is in their records.
func (c *Campaign) Run(ctx context.Context) (*result.Run, error) {
	ctx, cancel := c.commands.heed(ctx)
	defer cancel()
	if err := c.opts.Platform.Acquire(ctx, c.opts.Holder); err != nil {
		return nil, err
	}
	left, err := c.release(ctx, c.run(ctx))
	if c.journal != nil {
		c.tellEnd(ctx.Err() != nil, left, err)
	}
	return c.journal, err
}

// Stop implements Commands.
func (c *Campaign) Stop() { c.commands.stop() }

// release restores the target after err, and says what of it was left.
func (c *Campaign) release(ctx context.Context, err error) ([]string, error) {
	cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	released := c.opts.Platform.Release(cleanup)
	if left := (*platform.LeftError)(nil); errors.As(released, &left) {
		return left.What, err
	}
	return nil, errors.Join(err, released)
}

func (c *Campaign) run(ctx context.Context) error {
	defer c.generator.close()
	for _, prepare := range c.preparations() {
		if err := prepare(ctx); err != nil {
			return err
		}
	}
	c.tellStart()
	return c.measure(ctx)
}

// preparations are what comes before the first scenario. What an earlier run measured is
// compared before anything is started, unless that needs the number of workers that a
// running master has.
func (c *Campaign) preparations() []func(context.Context) error {
	if c.exp.WorkersAsFound() {
		return []func(context.Context) error{c.generator.connect, c.findWorkers, c.readEarlier, c.open}
	}
	return []func(context.Context) error{c.readEarlier, c.generator.connect, c.open}
}

// findWorkers settles the workers axis, which is whatever masterURL has.
func (c *Campaign) findWorkers(ctx context.Context) error {
	n, err := c.generator.findWorkers(ctx)
	if err == nil && c.exp.Auto() {
		err = c.generator.refuseTotals(ctx)
	}
	if err == nil {
		c.exp = c.exp.WithWorkers(n)
	}
	return err
}

// host is where the users send.
func (c *Campaign) host() (string, error) {
	if url := c.exp.LoadMatrix.Spec.Target.URL; url != "" {
		return url, nil
	}
	return c.opts.Platform.Address(platform.Target)
}
