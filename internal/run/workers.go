package run

import (
	"context"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// master waits until the master answers, and learns what it can do.
func (g *generator) master(ctx context.Context) (progress, error) {
	if g.renewMaster {
		if p, err := g.endProcesses(ctx); err != nil || !p.done {
			return p, err
		}
		g.renewMaster = false
	}
	if p, err := g.scaleMaster(ctx); err != nil || !p.done {
		return p, err
	}
	caps, err := g.client.Probe(ctx)
	if locust.Unusable(err) {
		return progress{}, &permanentError{err}
	}
	if err != nil {
		return again(masterPause, "the master does not answer: %v", err)
	}
	g.capabilities, g.masterWorked = caps, true
	return done()
}

// endProcesses stops a Python load's processes. A master that lost a worker may be
// "stopping" for a minute (locust-protocol.md 33); a new one is there in seconds.
func (g *generator) endProcesses(ctx context.Context) (progress, error) {
	for _, role := range []platform.Role{platform.Worker, platform.Master} {
		if p, err := scale(ctx, g.platform, role, 0); err != nil || !p.done {
			return p, err
		}
	}
	return done()
}

// workers has the platform run n workers, all of them new after renew.
func (g *generator) workers(n int) action {
	return func(ctx context.Context) (progress, error) {
		if g.renewWorkers {
			if p, err := g.endWorkers(ctx); err != nil || !p.done {
				return p, err
			}
			g.renewWorkers = false
		}
		p, err := scale(ctx, g.platform, platform.Worker, n)
		if p.done {
			g.mostWorkers = max(g.mostWorkers, n)
		} else {
			g.workersMoved = time.Now()
		}
		return p, err
	}
}

// endWorkers stops all workers and waits until the master has seen it: it notices
// a killed one only after seconds, and would count it beside the new ones.
func (g *generator) endWorkers(ctx context.Context) (progress, error) {
	if !g.platform.Properties().Scalable[platform.Worker] {
		return done()
	}
	if p, err := scale(ctx, g.platform, platform.Worker, 0); err != nil || !p.done {
		return p, err
	}
	o, err := g.observe(ctx)
	if err != nil {
		return again(g.pause(), "observing the load: %v", err)
	}
	if n := len(o.Live()); n > 0 {
		return again(g.pause(), "the master still counts %s that ended", matrix.Count(n, "worker"))
	}
	return done()
}

// registered waits until the master, not only the platform, has exactly n workers and no
// load, by an answer that is not from before our last change.
func (g *generator) registered(want int) action {
	return func(ctx context.Context) (progress, error) {
		before := g.counted
		o, err := g.observe(ctx)
		if err != nil {
			return again(g.pause(), "observing the load: %v", err)
		}
		if !o.Idle() && g.mayRun {
			return g.stopLeftover(ctx)
		}
		if n := len(o.Live()); n != want || !o.Idle() {
			return again(g.pause(), "the master has %s of %d, state %s", matrix.Count(n, "worker"), want, o.State)
		}
		if left := g.maybeStale(before, want); left > 0 {
			return again(left, "the master has all %s; looking again past its cache", matrix.Count(want, "worker"))
		}
		return done()
	}
}

// maybeStale is how long a Python master's answers may still be cached ones from before
// our last change to the load (locust-protocol.md 31). An answer that differs from the
// one before is certainly newer than that.
func (g *generator) maybeStale(before, want int) time.Duration {
	if g.extended() || before != uncounted && before != want {
		return 0
	}
	changed := g.workersMoved
	if g.lastStop.After(changed) {
		changed = g.lastStop
	}
	return memoPause - time.Since(changed)
}
