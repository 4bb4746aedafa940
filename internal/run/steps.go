package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// The pauses between two looks.
const (
	// platformPause is between observations of workloads, which are cheap.
	platformPause = 50 * time.Millisecond
	// masterPause is between observations of our master.
	masterPause = 100 * time.Millisecond
	// memoPause is how long a Python master's answer may be kept: it is memoised for
	// 2 s (locust-protocol.md 31), so two looks this far apart are two facts.
	memoPause = 2500 * time.Millisecond
)

// startMaster brings up the load's master, or finds the one that already runs,
// and makes the client.
func (c *campaign) startMaster(ctx context.Context) error {
	url := c.Experiment.LoadMatrix.Spec.Load.MasterURL
	if url == "" {
		if err := c.scaleMaster(ctx); err != nil {
			return fmt.Errorf("starting the load's master: %w", err)
		}
		address, err := c.Platform.Address(platform.Master)
		if err != nil {
			return fmt.Errorf("starting the load's master: %w", err)
		}
		url = address
	}
	client, err := c.NewClient(url, c.Holder.Run)
	c.client = client
	return err
}

func (c *campaign) scaleMaster(ctx context.Context) error {
	deadline := time.Now().Add(c.startLimit())
	for {
		p, err := c.scale(ctx, platform.Master, 1)
		if err != nil || p.done {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("gave up after %v: %s", c.startLimit(), p.waiting)
		}
		if err := sleep(ctx, p.pause); err != nil {
			return err
		}
	}
}

// startLimit is how long a part of the load may take to be ready.
func (c *campaign) startLimit() time.Duration {
	return cmp.Or(c.Platform.Properties().StartLimit, startLimit)
}

// scale asks for n replicas of a role and looks whether they are there.
func (c *campaign) scale(ctx context.Context, role platform.Role, n int) (progress, error) {
	if !c.Platform.Properties().Scalable[role] {
		return done()
	}
	if err := c.Platform.Scale(ctx, role, n); err != nil {
		var permanent *platform.PermanentError
		if errors.As(err, &permanent) {
			return progress{}, &hopelessError{fmt.Errorf("scaling %s to %d: %w", role, n, err)}
		}
		return again(platformPause, "scaling %s to %d: %v", role, n, err)
	}
	s, err := c.Platform.Status(ctx, role)
	switch {
	case err != nil:
		return again(platformPause, "observing %s: %v", role, err)
	case s.Fatal != "":
		return progress{}, &hopelessError{fmt.Errorf("%s cannot reach %s: %s", role, matrix.Count(n, "replica"), s.Fatal)}
	case s.Settled(n):
		return done()
	}
	return again(platformPause, "%s has %d of %d replicas ready, %d draining%s", role, s.Ready, n, s.Draining, colon(s.Waiting))
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

func stepScaleTarget(ctx context.Context, a *attempt) (progress, error) {
	p, err := a.scale(ctx, platform.Target, a.key.Replicas)
	p.bound = "spec.target.ready.timeout"
	a.targetWorked = a.targetWorked || p.done
	return p, err
}

// stepMaster sees that the master answers, and what it can do.
func stepMaster(ctx context.Context, a *attempt) (progress, error) {
	if a.freshMaster {
		if p, err := a.endPython(ctx); err != nil || !p.done {
			return p, err
		}
		a.freshMaster = false
	}
	if p, err := a.scale(ctx, platform.Master, 1); err != nil || !p.done {
		return p, err
	}
	caps, err := a.client.Probe(ctx)
	if locust.Unusable(err) {
		return progress{}, &hopelessError{err}
	}
	if err != nil {
		return again(masterPause, "the master does not answer: %v", err)
	}
	a.caps, a.masterWorked = caps, true
	return done()
}

// stepScaleWorkers starts the workers; after a failed attempt all of them anew,
// because what disturbed the load may still be in them.
func stepScaleWorkers(ctx context.Context, a *attempt) (progress, error) {
	if a.freshWorkers {
		if p, err := a.endWorkers(ctx); err != nil || !p.done {
			return p, err
		}
		a.freshWorkers = false
	}
	p, err := a.scale(ctx, platform.Worker, a.key.Workers)
	if p.done {
		a.largestCrew = max(a.largestCrew, a.key.Workers)
	} else {
		a.crewMoved = time.Now()
	}
	return p, err
}

// endPython stops a Python load's processes. One that lost a worker may be
// "stopping" for a minute (locust-protocol.md 33); a new one is there in seconds.
func (a *attempt) endPython(ctx context.Context) (progress, error) {
	for _, role := range []platform.Role{platform.Worker, platform.Master} {
		if p, err := a.scale(ctx, role, 0); err != nil || !p.done {
			return p, err
		}
	}
	return done()
}

// endWorkers stops all workers and waits until the master has seen it: it notices
// a killed one only after seconds, and would count it beside the new ones.
func (a *attempt) endWorkers(ctx context.Context) (progress, error) {
	if !a.Platform.Properties().Scalable[platform.Worker] {
		return done()
	}
	if p, err := a.scale(ctx, platform.Worker, 0); err != nil || !p.done {
		return p, err
	}
	l, err := a.observeLoad(ctx)
	if err != nil {
		return again(a.pause(), "observing the load: %v", err)
	}
	if n := len(l.live()); n > 0 {
		return again(a.pause(), "the master still counts %s that ended", matrix.Count(n, "worker"))
	}
	return done()
}

// stepRegistered waits until the master, not only the platform, has exactly the
// workers of the scenario, and by an answer that is not older than the crew.
func stepRegistered(ctx context.Context, a *attempt) (progress, error) {
	before := a.crew
	l, err := a.observeLoad(ctx)
	if err != nil {
		return again(a.pause(), "observing the load: %v", err)
	}
	if !l.idle && a.loose {
		return a.endLoose(ctx)
	}
	if n := len(l.live()); n != a.key.Workers || !l.idle {
		return again(a.pause(), "the master has %s of %d, state %s", matrix.Count(n, "worker"), a.key.Workers, l.state)
	}
	if left := a.maybeStale(before); left > 0 {
		return again(left, "the master has all %s; looking again past its cache", matrix.Count(a.key.Workers, "worker"))
	}
	return done()
}

// maybeStale is for how long a Python master's answer may still be one that it kept
// from before our last change to the load (locust-protocol.md 31). An answer that differs
// from that of the look before is certainly newer than that look.
func (a *attempt) maybeStale(before int) time.Duration {
	if a.caps.Extension != nil || before != unseen && before != a.key.Workers {
		return 0
	}
	changed := a.crewMoved
	if a.lastStop.After(changed) {
		changed = a.lastStop
	}
	return memoPause - time.Since(changed)
}

// endLoose stops a load that was left running: our own polls would keep its lease alive.
func (a *attempt) endLoose(ctx context.Context) (progress, error) {
	if err := a.client.Stop(ctx); err != nil {
		return again(time.Second, "stopping a load that was left running: %v", err)
	}
	a.lastStop = time.Now()
	return again(a.pause(), "a load that was left running is stopping")
}

// pause is the time between two looks at this master.
func (a *attempt) pause() time.Duration {
	if a.caps.Extension != nil {
		return masterPause
	}
	// The cache makes a closer look useless, but its age is unknown.
	return memoPause / 5
}

// lateReports is how long reports of the last load may still reach a Python
// master; a start before that would count them (locust-protocol.md 17).
const lateReports = 4 * time.Second

// leaseTTL is how long the load may outlive the last sign of life of its driver.
const leaseTTL = 10 * time.Second

func stepSwarm(ctx context.Context, a *attempt) (progress, error) {
	if a.caps.Extension != nil {
		if p, err := a.takeLease(ctx); err != nil || !p.done {
			return p, err
		}
	} else if left := lateReports - time.Since(a.lastStop); left > 0 {
		return again(left, "late reports of the last load may still come")
	}
	host, err := a.host()
	if err != nil {
		return progress{}, &hopelessError{err}
	}
	req := locust.SwarmRequest{Users: a.key.Users, SpawnRate: a.Experiment.SpawnRate(a.key.Users), Host: host}
	if a.caps.RunTime && a.caps.Extension == nil {
		req.RunTime = a.worstCase()
	}
	a.swarmed, a.loose = true, true
	a.failing.begin()
	if err := a.client.Swarm(ctx, req); err != nil {
		err = fmt.Errorf("starting the load: %w", err)
		if errors.As(err, new(*locust.ShapeError)) {
			a.gone = err // whatever the scenario
		}
		return progress{}, err
	}
	a.swarmedAt = time.Now()
	a.rec.ReadyToSwarm = a.readyToSwarm(ctx, time.Now())
	return done()
}

// takeLease waits longer than a lease of a driver that is gone can last.
func (a *attempt) takeLease(ctx context.Context) (progress, error) {
	err := a.client.TakeLease(ctx, leaseTTL)
	var status *locust.StatusError
	if !errors.As(err, &status) || status.Code != http.StatusConflict {
		if err != nil {
			return progress{}, fmt.Errorf("taking the lease on the load: %w", err)
		}
		return done()
	}
	if a.leasedAway.IsZero() {
		a.leasedAway = time.Now()
	}
	if time.Since(a.leasedAway) > leaseTTL+time.Second {
		return progress{}, &hopelessError{fmt.Errorf("another driver holds the load: %s; wait for it to end, or stop it", status.Body)}
	}
	return again(time.Second, "another driver holds the load: %s", status.Body)
}

// readyToSwarm is how long before now the last replica became ready, if one did in
// this attempt.
func (a *attempt) readyToSwarm(ctx context.Context, now time.Time) *float64 {
	var last time.Time
	for _, role := range []platform.Role{platform.Target, platform.Master, platform.Worker} {
		if !a.Platform.Properties().Scalable[role] {
			continue
		}
		s, err := a.Platform.Status(ctx, role)
		if err != nil {
			return nil
		}
		for _, r := range s.Replicas {
			if r.ReadySince.After(last) {
				last = r.ReadySince
			}
		}
	}
	// A platform's clock has whole seconds.
	if last.Before(a.rec.Started.Truncate(time.Second)) {
		return nil
	}
	seconds := max(now.Sub(last).Seconds(), 0)
	return &seconds
}

// host is where the users send.
func (c *campaign) host() (string, error) {
	if url := c.Experiment.LoadMatrix.Spec.Target.URL; url != "" {
		return url, nil
	}
	return c.Platform.Address(platform.Target)
}

// worstCase is how long the load may run at most: the driver's own limits
// together. It stops a Python load whose driver is gone.
func (a *attempt) worstCase() time.Duration {
	return a.planned.Time.Ramp + a.planned.Time.Settle + a.planned.Time.Measure + 3*spawnSlack
}

// stepSpawned waits until all users run.
func stepSpawned(ctx context.Context, a *attempt) (progress, error) {
	l, err := a.observeLoad(ctx)
	if err != nil {
		return again(a.pause(), "observing the load: %v", err)
	}
	if n := len(l.live()); n < a.key.Workers {
		return progress{}, invalid("%s of %d lost during the ramp", matrix.Count(a.key.Workers-n, "worker"), a.key.Workers)
	}
	a.sampleLoad(l, a.swarmedAt)
	if err := a.lookAtFailures(ctx, l); err != nil {
		return progress{}, err
	}
	if l.state == locust.StateRunning && l.users == a.key.Users {
		return done()
	}
	return again(a.pause(), "%d of %d users run, state %s", l.users, a.key.Users, l.state)
}

// stepSettle lets the load come to rest before the window opens. It watches, so
// that a broken load is not waited for.
func stepSettle() func(context.Context, *attempt) (progress, error) {
	var end time.Time
	return func(ctx context.Context, a *attempt) (progress, error) {
		if end.IsZero() {
			end = time.Now().Add(a.Experiment.Settle())
		}
		left := time.Until(end)
		if left <= -firstReport {
			return done()
		}
		l, err := a.observeLoad(ctx)
		if err == nil {
			if n := len(l.live()); n < a.key.Workers {
				return progress{}, invalid("%s of %d lost while settling", matrix.Count(a.key.Workers-n, "worker"), a.key.Workers)
			}
			a.sampleLoad(l, a.swarmedAt)
			if err := a.lookAtFailures(ctx, l); err != nil {
				return progress{}, err
			}
		}
		if left > 0 {
			return again(min(left, time.Second), "")
		}
		if l.status == nil || l.hasSlices() {
			return done()
		}
		return again(masterPause, "some workers have sent no slices yet")
	}
}

// firstReport is how long after settling our own workers may take to send their
// first slices. One that has not by then is Python's, which sends none.
const firstReport = 2 * time.Second

// stop ends the load and sees that it is idle. It works after the run was
// interrupted as well, within its own limit.
func (a *attempt) stop(ctx context.Context) error {
	if !a.swarmed {
		return nil
	}
	if a.rec.Status != result.Success && a.ownPython() {
		return a.stopQuickly(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), idleLimit)
	defer cancel()
	if err := a.client.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the load: %w", err)
	}
	a.lastStop = time.Now()
	err := a.wait(ctx, step{PhaseStop, idleLimit, stepIdle, never, never})
	a.loose = err != nil
	if a.caps.Extension != nil {
		// A lease that is not given back runs out by itself.
		_ = a.client.ReleaseLease(ctx)
	}
	return err
}

// stopQuickly tells a Python load to stop and does not wait for the word that it
// has: its processes end before the next attempt, or with the run.
func (a *attempt) stopQuickly(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quickStop)
	defer cancel()
	a.lastStop = time.Now()
	if err := a.client.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the load: %w", err)
	}
	return nil
}

const quickStop = 2 * time.Second

func stepIdle(ctx context.Context, a *attempt) (progress, error) {
	l, err := a.observeLoad(ctx)
	if err != nil {
		return again(a.pause(), "observing the load: %v", err)
	}
	if l.idle && l.users == 0 {
		return done()
	}
	return again(a.pause(), "the load is %s with %d users", l.state, l.users)
}

// load is one observation of the master.
type load struct {
	state   string
	idle    bool
	users   int
	workers []locust.Worker
	// status is our master's fuller answer; nil with a Python master.
	status *locust.Status
	// stats is a Python master's answer.
	stats *locust.Stats
}

// live returns the workers that take part.
func (l load) live() map[string]locust.Worker {
	out := map[string]locust.Worker{}
	for _, w := range l.workers {
		if w.Live() {
			out[w.ID] = w
		}
	}
	return out
}

// hasSlices tells whether every worker sends one-second slices.
func (l load) hasSlices() bool {
	if l.status == nil {
		return false
	}
	for _, w := range l.status.Workers {
		if w.State != "missing" && !w.Slices {
			return false
		}
	}
	return true
}

// observeLoad looks at the master in the best way it has.
func (a *attempt) observeLoad(ctx context.Context) (load, error) {
	if a.caps.Extension == nil {
		s, err := a.client.Stats(ctx)
		l := load{state: s.State, idle: s.Idle(), users: s.UserCount, workers: s.Workers, stats: &s}
		if err == nil {
			a.crew = len(l.live())
		}
		return l, err
	}
	s, err := a.client.Status(ctx)
	l := load{state: s.State, idle: s.Idle(), users: s.UserCount, status: &s}
	for _, w := range s.Workers {
		l.workers = append(l.workers, locust.Worker{ID: w.ID, State: w.State, UserCount: w.UserCount, CPUPercent: w.CPUPercent})
	}
	return l, err
}
