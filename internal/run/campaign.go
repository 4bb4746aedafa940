package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// Options are what a campaign needs.
type Options struct {
	Experiment *spec.Experiment
	Platform   platform.Platform
	Store      Store
	// Holder names this run to others; Holder.Run is the run's id.
	Holder platform.Holder
	// Version is the program's, for the journal.
	Version string
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

// campaign is one run under way.
type campaign struct {
	Options
	plan    spec.Plan
	journal *result.Run
	// earlier is what was journaled before this process, nil for nothing.
	earlier *result.Run
	client  *locust.Client
	started time.Time
	eta     eta
	// lastStop is when a load was last told to stop.
	lastStop time.Time
	// idleSince is when the last attempt's load had stopped.
	idleSince time.Time
	// crew is how many workers a Python master had at the last look, or unseen, and
	// crewMoved when the platform last did not have as many as asked (see maybeStale).
	crew      int
	crewMoved time.Time
	// targetWorked, masterWorked and largestCrew say what has been brought up in this run.
	targetWorked, masterWorked bool
	largestCrew                int
	failing                    failures
	// loose says that a load of ours may run: one of this process that was not seen
	// to stop, or one of a process that died, which only we could have started on our own master.
	loose bool
	// freshMaster and freshWorkers ask the next attempt to start them anew.
	freshMaster, freshWorkers bool
}

// unseen is the crew before the first look.
const unseen = -1

// cleanupTime bounds what must still happen after the run's context has ended:
// stopping the load and restoring the target.
const cleanupTime = 90 * time.Second

// Run measures every scenario that has no final record yet and returns the
// journal. When ctx ends, the load is stopped, what was measured is kept, the
// target is restored, and the error is ctx's. An error means that the run as a
// whole could not go on; what single scenarios met is in their records.
func Run(ctx context.Context, opts Options) (*result.Run, error) {
	now := time.Now()
	c := &campaign{
		Options: opts, started: now, crew: unseen, crewMoved: now,
		loose: opts.Experiment.LoadMatrix.Spec.Load.MasterURL == "",
	}
	if err := c.Platform.Acquire(ctx, c.Holder); err != nil {
		return nil, err
	}
	left, err := c.release(ctx, c.run(ctx))
	if c.journal != nil {
		summary := c.summary(ctx.Err() != nil)
		summary.Left = left
		c.emit(Event{Type: RunFinished, Run: summary, Index: len(c.journal.Final())})
	}
	return c.journal, err
}

// release restores the target after err, and says what of it was left.
func (c *campaign) release(ctx context.Context, err error) ([]string, error) {
	cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	released := c.Platform.Release(cleanup)
	if left := (*platform.LeftError)(nil); errors.As(released, &left) {
		return left.What, err
	}
	return nil, errors.Join(err, released)
}

func (c *campaign) run(ctx context.Context) error {
	found := c.Experiment.WorkersAsFound()
	if !found {
		if err := c.load(ctx); err != nil {
			return err
		}
	}
	if err := c.startMaster(ctx); err != nil {
		return err
	}
	defer c.client.Close()
	if found {
		if err := c.findWorkers(ctx); err != nil {
			return err
		}
		if err := c.load(ctx); err != nil {
			return err
		}
	}
	if err := c.open(ctx); err != nil {
		return err
	}
	return c.start(ctx)
}

// start tells what the run is about and measures.
func (c *campaign) start(ctx context.Context) error {
	done := len(c.journal.Final())
	e := Event{Type: RunStarted, Message: "run " + c.Holder.Run, Index: done, RunLeft: c.eta.from(done).Seconds(), About: c.about()}
	if heir, ok := c.Platform.(platform.Heir); ok {
		e.Inherited = heir.Inherited()
	}
	c.emit(e)
	return c.scenarios(ctx)
}

// findWorkers settles the workers axis, which is whatever masterURL has, and refuses a
// master that is at work for someone else.
func (c *campaign) findWorkers(ctx context.Context) error {
	s, err := c.client.Stats(ctx)
	if err != nil {
		return fmt.Errorf("no Locust master answers at %s: %w; name the web address of one in spec.load.masterURL, as in http://127.0.0.1:8089",
			c.Experiment.LoadMatrix.Spec.Load.MasterURL, err)
	}
	if !s.Idle() {
		return fmt.Errorf("the master at %s is %s with %d users: a load runs already; stop it first",
			c.Experiment.LoadMatrix.Spec.Load.MasterURL, s.State, s.UserCount)
	}
	if s.LiveWorkers() == 0 {
		return fmt.Errorf("the master at %s has no workers; start some first", c.Experiment.LoadMatrix.Spec.Load.MasterURL)
	}
	c.Experiment = c.Experiment.WithWorkers(s.LiveWorkers())
	return nil
}

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
		a := &attempt{campaign: c, key: p.Key, number: number, index: index, planned: p}
		rec, again := a.run(ctx)
		if a.lost != nil {
			return a.lost
		}
		var stop error
		if rec.Status != result.Interrupted {
			made++
			rec.Terminal, stop = a.final(!again || made >= c.Experiment.LoadMatrix.Spec.Measure.Attempts)
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

// ownPython tells whether the load is a Python master and workers that the
// platform started for this run.
func (c *campaign) ownPython() bool {
	scalable := c.Platform.Properties().Scalable
	return c.Experiment.LoadMatrix.Spec.Load.Engine == v1alpha1.EngineLocust && scalable[platform.Master] && scalable[platform.Worker]
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
	if err := c.Store.Append(context.WithoutCancel(ctx), rec); err != nil {
		return err
	}
	c.journal.Records = append(c.journal.Records, rec)
	c.eta.learn(rec)
	// Also the next scenario must not meet what disturbed this one.
	if rec.Status != result.Success {
		c.freshWorkers, c.freshMaster = true, c.ownPython()
	}
	pause := c.Experiment.Cooldown()
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
	d := c.Experiment.Cooldown() - time.Since(c.idleSince)
	if d <= 0 {
		return ctx.Err()
	}
	c.emit(Event{
		Type: PhaseStarted, Phase: PhaseCooldown, Key: &next, Index: index,
		ScenarioLeft: d.Seconds(), ScenarioLength: d.Seconds(), RunLeft: (d + c.eta.from(index)).Seconds(),
	})
	return sleep(ctx, d)
}

// emit completes an event and hands it on.
func (c *campaign) emit(e Event) {
	if c.Observe == nil {
		return
	}
	e.Time = time.Now()
	e.Total = len(c.plan.Scenarios)
	e.RunLength = c.eta.from(0).Seconds()
	c.Observe(e)
}

func (c *campaign) summary(interrupted bool) *Summary {
	s := &Summary{ID: c.Holder.Run, Interrupted: interrupted, Statuses: map[result.Status]int{}, Elapsed: time.Since(c.started).Seconds()}
	for _, r := range c.journal.Rows() {
		s.Statuses[r.Status]++
	}
	s.OverheadMedian = c.eta.medianOverhead()
	var waits []float64
	for _, r := range c.journal.Records {
		if r.ReadyToSwarm != nil {
			waits = append(waits, *r.ReadyToSwarm)
		}
	}
	s.ReadyToSwarmMedian = median(waits)
	return s
}

// outlive returns a context that ends some time after ctx does.
func outlive(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
