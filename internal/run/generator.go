package run

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// generator is the load generator as a run drives it: one master, whoever started it,
// and its workers. It outlives the attempts and owns what must be remembered of the
// master from one to the next: the client, what the master can do, what of it has
// worked, when its answers can be trusted, and whether a load of ours may be running.
//
// What holds at any time:
//   - client is set from connect to close, capabilities from the first answer of master;
//   - mayRun is set before a load is started and cleared only when the master was seen idle;
//   - lastStop and workersMoved are the last changes to the load, so that an answer which a
//     Python master has cached since before is not believed;
//   - nothing is scaled that the platform does not scale: a master named by masterURL,
//     and its workers, are used as they are.
//
// It knows nothing of scenarios, records and phases; those are the attempt's.
type generator struct {
	load      v1alpha1.Load
	platform  platform.Platform
	newClient func(base, leaseHolder string) (*locust.Client, error)
	// holder is the run's name to the master, for the lease on the load.
	holder string

	client       *locust.Client
	capabilities locust.Capabilities

	// mayRun says that a load of ours may run: one of this process that was not seen to
	// stop, or one of a process that died, which only we could have started on our own master.
	mayRun bool
	// lastStop is when a load was last told to stop.
	lastStop time.Time
	// counted is how many workers a Python master had at the last look, or uncounted;
	// workersMoved is when the platform last had another number than was asked for.
	counted      int
	workersMoved time.Time
	// masterWorked and mostWorkers say what has been brought up in this run.
	masterWorked bool
	mostWorkers  int
	// renewMaster and renewWorkers ask for new processes before the next load.
	renewMaster, renewWorkers bool
}

// uncounted is the number of workers before the first look.
const uncounted = -1

func newGenerator(opts Options) *generator {
	load := opts.Experiment.LoadMatrix.Spec.Load
	return &generator{
		load: load, platform: opts.Platform, newClient: opts.NewClient, holder: opts.Holder.Run,
		mayRun: load.MasterURL == "", counted: uncounted, workersMoved: time.Now(),
	}
}

// connect brings up the master, or finds the one that already runs, and makes the client.
func (g *generator) connect(ctx context.Context) error {
	url := g.load.MasterURL
	if url == "" {
		var err error
		if url, err = g.startMaster(ctx); err != nil {
			return fmt.Errorf("starting the load's master: %w", err)
		}
	}
	client, err := g.newClient(url, g.holder)
	g.client = client
	return err
}

func (g *generator) startMaster(ctx context.Context) (url string, err error) {
	if err := await(ctx, g.startLimit(), g.scaleMaster, func(string) {}); err != nil {
		return "", err
	}
	return g.platform.Address(platform.Master)
}

func (g *generator) scaleMaster(ctx context.Context) (progress, error) {
	return scale(ctx, g.platform, platform.Master, 1)
}

func (g *generator) close() {
	if g.client != nil {
		g.client.Close()
	}
}

// findWorkers counts the workers of a running master, and refuses one whose load is
// somebody else's.
func (g *generator) findWorkers(ctx context.Context) (int, error) {
	s, err := g.client.Stats(ctx)
	switch {
	case err != nil:
		return 0, fmt.Errorf("no Locust master answers at %s: %w; name the web address of one in spec.load.masterURL, as in http://127.0.0.1:8089",
			g.load.MasterURL, err)
	case !s.Idle():
		return 0, fmt.Errorf("the master at %s is %s with %d users: a load runs already; stop it first",
			g.load.MasterURL, s.State, s.UserCount)
	case s.LiveWorkers() == 0:
		return 0, fmt.Errorf("the master at %s has no workers; start some first", g.load.MasterURL)
	}
	return s.LiveWorkers(), nil
}

// refuseTotals refuses a running master that does not tell the course of a window.
func (g *generator) refuseTotals(ctx context.Context) error {
	caps, err := g.client.Probe(ctx)
	if err != nil {
		return fmt.Errorf("asking the master at %s what it can do: %w", g.load.MasterURL, err)
	}
	if caps.Extension == nil {
		return fmt.Errorf("spec.measure.duration is auto, but the master at %s is Python Locust's, which does not tell the course of a window; write a time, as in 120s, or start `swarmgrid master`",
			g.load.MasterURL)
	}
	return nil
}

// extended tells whether the master has our extension of the web API: a lease on the
// load, one-second slices, and answers that are not cached.
func (g *generator) extended() bool { return g.capabilities.Extension != nil }

// ownPython tells whether this is a Python master with workers that the platform
// started for this run.
func (g *generator) ownPython() bool {
	scalable := g.platform.Properties().Scalable
	return g.load.Engine == v1alpha1.EngineLocust && scalable[platform.Master] && scalable[platform.Worker]
}

// renew has the processes started anew before the next load, because what disturbed the
// last one may still be in them. Our own master stays: nothing of a load is left in it when the next begins.
func (g *generator) renew() {
	g.renewWorkers, g.renewMaster = true, g.ownPython()
}

// worked takes note that an earlier process of this run measured with so many workers.
func (g *generator) worked(workers int) {
	g.masterWorked, g.mostWorkers = true, max(g.mostWorkers, workers)
}

// startLimit is how long a part of the load may take to be ready.
func (g *generator) startLimit() time.Duration {
	return cmp.Or(g.platform.Properties().StartLimit, startLimit)
}

const (
	// masterPause is between two looks at our master.
	masterPause = 100 * time.Millisecond
	// memoPause is longer than a Python master caches an answer, which is 2 s
	// (locust-protocol.md 31): two looks this far apart are two facts.
	memoPause = 2500 * time.Millisecond
	// pollLimit bounds one question to the master in a window: one that hangs must not
	// hide for long that nothing is seen.
	pollLimit = 2 * time.Second
)

// pause is the time between two looks at this master.
func (g *generator) pause() time.Duration {
	if g.extended() {
		return masterPause
	}
	// Its cache makes closer looks useless, but the age of that is unknown.
	return memoPause / 5
}

// observe looks at the load in the best way that the master has.
func (g *generator) observe(ctx context.Context) (locust.Observation, error) {
	if g.extended() {
		s, err := g.client.Status(ctx)
		return s.Observation(), err
	}
	s, err := g.client.Stats(ctx)
	o := s.Observation()
	if err == nil {
		g.counted = len(o.Live())
	}
	return o, err
}

// totals asks a master for its totals, within pollLimit.
func (g *generator) totals(ctx context.Context) (*locust.Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	s, err := g.client.Stats(ctx)
	return &s, err
}
