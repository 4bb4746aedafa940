package run

import (
	"context"
	"errors"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// steps are the recipe of an attempt, from an idle target to the end of the window. The
// load's stop is not among them, since it comes in any case.
func (a *attempt) steps() []step {
	g, workers := a.generator, a.key.Workers
	return []step{
		{phase: PhaseScale, limit: answerLimit, do: a.findBalancer, proven: always},
		{phase: PhaseScale, limit: targetLimit(a.exp), do: a.scaleTarget, endsRun: a.noTarget},
		{phase: PhaseWorkers, limit: g.startLimit(), do: g.master, proven: a.masterWorked, endsRun: a.noMaster},
		{phase: PhaseWorkers, limit: g.startLimit(), do: g.workers(workers), proven: a.workersWorked, endsRun: a.noWorkers},
		{phase: PhaseWorkers, limit: registerLimit, do: g.registered(workers)},
		{phase: PhaseSwarm, limit: idleLimit, do: g.clear()},
		{phase: PhaseSwarm, limit: idleLimit, do: a.swarm},
		{phase: PhaseRamp, limit: a.exp.Ramp(a.key.Users) + spawnSlack, do: a.spawned},
		{phase: PhaseSettle, limit: a.exp.Settle() + spawnSlack, do: a.settle()},
		{phase: PhaseMeasure, limit: a.exp.Duration() + measureSlack, do: a.measure},
	}
}

// The limits of waits, which only decide when to give up.
const (
	// startLimit is for starting processes of the load, unless the platform says more.
	startLimit = 60 * time.Second
	// registerLimit is for workers to appear in the master; a Python worker takes
	// seconds to import, many at once on few cores take more.
	registerLimit = 90 * time.Second
	// idleLimit covers a master that stays "stopping" for a minute (locust-protocol.md 33).
	idleLimit = 80 * time.Second
	// spawnSlack is for reports and caches on top of the ramp (locust-protocol.md 34).
	spawnSlack = 30 * time.Second
	// measureSlack is for late slices and a slow master.
	measureSlack = 30 * time.Second
)

func always() bool { return true }

func (a *attempt) scaleTarget(ctx context.Context) (progress, error) {
	a.scaleUp.begin(ctx, a.platform)
	p, err := scaleTarget(ctx, a.platform, a.key.Replicas)
	a.scaleUp.follow(ctx, a.platform, a.key.Replicas)
	if p.done {
		a.rec.ScaleUp = a.scaleUp.result()
	}
	a.campaign.targetWorked = a.campaign.targetWorked || p.done
	return p, err
}

// swarm starts the load, once.
func (a *attempt) swarm(ctx context.Context) (progress, error) {
	host, err := a.campaign.host()
	if err != nil {
		return progress{}, &permanentError{err}
	}
	a.swarmed = true
	a.failing.begin()
	req := locust.SwarmRequest{Users: a.key.Users, SpawnRate: a.exp.SpawnRate(a.key.Users), Host: host}
	t := a.planned.Time
	if err := a.generator.swarm(ctx, req, t.Ramp+t.Settle+t.Measure+3*spawnSlack); err != nil {
		if errors.As(err, new(*locust.ShapeError)) {
			a.gone = err // whatever the scenario
		}
		return progress{}, err
	}
	a.swarmedAt = time.Now()
	a.rec.ReadyToSwarm = a.readyToSwarm(ctx, time.Now())
	return done()
}

// spawned waits until all users run.
func (a *attempt) spawned(ctx context.Context) (progress, error) {
	o, err := a.generator.observe(ctx)
	if err != nil {
		return again(a.generator.pause(), "observing the load: %v", err)
	}
	if err := a.checkLoad(ctx, o, "during the ramp"); err != nil {
		return progress{}, err
	}
	if o.State == locust.StateRunning && o.Users == a.key.Users {
		a.ramped = a.course.now() + 1
		return done()
	}
	return again(a.generator.pause(), "%d of %d users run, state %s", o.Users, a.key.Users, o.State)
}

// settle lets the load come to rest before the window opens. It watches, so that a
// broken load is not waited for.
func (a *attempt) settle() action {
	var end time.Time
	return func(ctx context.Context) (progress, error) {
		if end.IsZero() {
			end = time.Now().Add(a.exp.Settle())
		}
		left := time.Until(end)
		if left <= -firstReport {
			return done()
		}
		o, err := a.generator.observe(ctx)
		if err == nil {
			if err := a.checkLoad(ctx, o, "while settling"); err != nil {
				return progress{}, err
			}
		}
		if left > 0 {
			return again(min(left, time.Second), "")
		}
		if o.Status == nil || o.HasSlices() {
			return done()
		}
		return again(masterPause, "some workers have sent no slices yet")
	}
}

// firstReport is how long after settling our own workers may take to send their
// first slices. One that has not by then is Python's, which sends none.
const firstReport = 2 * time.Second

// checkLoad reports the state of the load before its window, and what is wrong with it.
func (a *attempt) checkLoad(ctx context.Context, o locust.Observation, when string) error {
	if n := len(o.Live()); n < a.key.Workers {
		return invalid(validity.WorkersLostEarly, matrix.Count(a.key.Workers-n, "worker"), a.key.Workers, when)
	}
	a.follow(ctx, o)
	a.emitLive(o, a.swarmedAt)
	return a.observeFailures(ctx, o)
}
