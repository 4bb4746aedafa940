package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// measure opens the window, watches over it, and collects what it holds. As a step it
// blocks for the whole window.
func (a *attempt) measure(ctx context.Context) (progress, error) {
	o, target, err := a.opening(ctx)
	if err != nil {
		return progress{}, err
	}
	a.rec.Nodes = a.nodes(ctx, target)
	a.watch = validity.New(a.key.Users, time.Now(), o, target)
	a.openBalancer()
	a.observeFront(ctx)
	usage, shares := a.startUsage(ctx), a.startShares(ctx)
	a.observeProcesses(ctx)
	switch {
	case o.HasSlices():
		err = a.measureSlices(ctx, o)
	case a.exp.Auto():
		err = &permanentError{errors.New("spec.measure.duration is auto, but some workers do not tell the course of a window: they are not Swarmgrid's; write a time, as in 120s")}
	default:
		err = a.measureTotals(ctx, o)
	}
	a.followUsage(usage.over())
	if err == nil {
		a.measured = time.Now()
		a.closeBalancer(ctx)
		var used platform.Usage
		used, a.watch.Seen.TargetUsage = usage.stop(ctx)
		a.closeShares(ctx, shares, used)
		a.doubt(validity.DoubtThrottled(used)...)
		a.doubt(a.watch.DoubtNeighbours()...)
	}
	a.rec.Observed = a.watch.Seen
	if err != nil {
		return progress{}, err
	}
	return done()
}

// opening observes load and target as the window opens; they must be as planned.
func (a *attempt) opening(ctx context.Context) (locust.Observation, *platform.Status, error) {
	o, err := a.generator.observe(ctx)
	if err != nil {
		return locust.Observation{}, nil, fmt.Errorf("observing the load: %w", err)
	}
	if n := len(o.Live()); n != a.key.Workers || o.Users != a.key.Users || o.State != locust.StateRunning {
		return locust.Observation{}, nil, invalid(validity.LoadNotAsPlanned,
			o.State, n, a.key.Workers, o.Users, a.key.Users)
	}
	if !a.platform.Properties().Scalable[platform.Target] {
		return o, nil, nil
	}
	s, err := a.targetAfter(ctx, time.Time{})
	if err != nil {
		return locust.Observation{}, nil, err
	}
	if !s.Settled(a.key.Replicas) {
		return locust.Observation{}, nil, invalid(validity.TargetNotReady, s.Ready, a.key.Replicas)
	}
	return o, &s, nil
}

// confirmLimit is how long after a window the target may be unobservable before the
// window counts as unproven.
const confirmLimit = time.Minute

// proofGrace is how long proving a window may still take after an interrupt: news from a
// cluster is two to three seconds old.
const proofGrace = 5 * time.Second

// confirm looks at the target once more after the window: what happened while it could
// not be observed shows in its replicas. News from a cluster takes seconds, so the wait
// comes after the load has stopped, where it counts as cool-down.
func (a *attempt) confirm(ctx context.Context) error {
	if !a.watch.SeesTarget() {
		return nil
	}
	s, err := a.targetAfter(ctx, a.measured)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return invalid(validity.TargetUnknown, err)
	}
	a.watch.JudgeTarget(s)
	a.observeFront(ctx)
	a.rec.Observed = a.watch.Seen
	return nil
}

// observeFront looks at what stands in front of the replicas, on a platform that can tell.
func (a *attempt) observeFront(ctx context.Context) {
	of, ok := a.platform.(platform.Fronted)
	if !ok || !a.watch.SeesTarget() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, metricsLimit)
	defer cancel()
	if f, err := of.Front(ctx); err == nil {
		a.watch.JudgeFront(f)
	}
}

// targetAfter waits for an observation of the target that is no older than a moment.
func (a *attempt) targetAfter(ctx context.Context, moment time.Time) (platform.Status, error) {
	deadline := time.Now().Add(confirmLimit)
	for {
		s, err := a.platform.Status(ctx, platform.Target)
		if err == nil && (s.At.IsZero() || !s.At.Before(moment)) {
			return s, nil
		}
		var permanent *platform.PermanentError
		if errors.As(err, &permanent) || time.Now().After(deadline) {
			return s, fmt.Errorf("observing the target: %w", cmp.Or(err, errStale))
		}
		if err := sleep(ctx, masterPause); err != nil {
			return s, err
		}
	}
}

var errStale = errors.New("the last observation is from before the window ended")

// observeWindow looks at everything once.
func (a *attempt) observeWindow(ctx context.Context) (locust.Observation, error) {
	if a.watchBalancer(ctx) && a.watch.SeesTarget() {
		if s, err := a.platform.Status(ctx, platform.Target); err == nil {
			a.watch.JudgeTarget(s)
			a.course.Ready(a.course.now(), s.Ready)
		}
	}
	a.observeProcesses(ctx)
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	return a.generator.observe(ctx)
}

// observeProcesses looks at the load's own processes, where they are ours.
func (a *attempt) observeProcesses(ctx context.Context) {
	for _, role := range []platform.Role{platform.Master, platform.Worker} {
		if !a.platform.Properties().Scalable[role] {
			continue
		}
		if s, err := a.platform.Status(ctx, role); err == nil {
			a.watch.JudgeProcesses(role, s)
		}
	}
}

// broken ends the window at the first reason against it: more would be load for nothing.
func (a *attempt) broken() error {
	against := a.watch.Broken(time.Now())
	a.followFindings(against)
	if len(against) > 0 {
		return &invalidError{against}
	}
	return a.neverReached()
}
