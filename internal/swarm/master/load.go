package master

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/baseurl"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// maxUsers bounds what one /swarm may ask for.
const maxUsers = 1_000_000

// load is one load from /swarm until it has stopped.
type load struct {
	weights  map[string]float64
	stream   *classStream
	assigned assignment
	ramp     ramp
	rampFrom time.Time
	// rampDone is when the last step was sent; zero during the ramp.
	rampDone time.Time
	// until ends the load by itself; zero means never.
	until time.Time
}

// swarmRequest is what /swarm asks for.
type swarmRequest struct {
	users   int
	rate    float64
	host    *string
	runTime time.Duration
}

func (r swarmRequest) validate() error {
	if r.users < 0 || r.users > maxUsers || r.rate <= 0 || math.IsNaN(r.rate) || math.IsInf(r.rate, 0) {
		return errors.New("Missing or invalid user_count or spawn_rate from /swarm request")
	}
	return nil
}

// swarm starts a load, or changes the number of users of the one that runs.
func (c *core) swarm(now time.Time, r swarmRequest) error {
	if err := r.validate(); err != nil {
		return err
	}
	if c.state == locust.StateStopping {
		return errors.New("the last load is still stopping; wait until the state is stopped")
	}
	if err := c.checkHost(r.host); err != nil {
		return err
	}
	if c.workerCount() == 0 {
		return errors.New("no workers are connected; start some and wait for worker_count")
	}
	if !c.active() {
		if err := c.begin(now); err != nil {
			return err
		}
	}
	if r.host != nil {
		c.host = r.host
	}
	c.target = r.users
	c.load.ramp = ramp{from: c.load.assigned.total(), to: r.users, rate: r.rate}
	c.load.rampFrom, c.load.rampDone, c.load.until = now, time.Time{}, time.Time{}
	if r.runTime > 0 {
		c.load.until = now.Add(r.runTime)
	}
	c.state = locust.StateSpawning
	c.log.Info("swarming", "users", r.users, "rate", r.rate, "workers", c.workerCount())
	c.announce(now)
	return nil
}

// checkHost refuses a host that no HTTP user could send to, before a load begins that could
// only fail. What a Python user class makes of a host is its own affair.
func (c *core) checkHost(host *string) error {
	if host == nil || *host == "" {
		return nil
	}
	for _, w := range c.workers {
		if w.ready.Version == wire.NoVersion {
			if _, err := baseurl.Parse(*host); err != nil {
				return fmt.Errorf("host %w", err)
			}
		}
	}
	return nil
}

// begin makes a new load and forgets what the last one measured.
func (c *core) begin(now time.Time) error {
	weights, err := c.classes()
	if err != nil {
		return err
	}
	c.clear(now)
	c.ended = 0
	c.load = &load{weights: weights, stream: newClassStream(weights), assigned: assignment{}}
	for _, w := range c.workers {
		w.engaged, w.inLoad = false, false
	}
	c.idle = make(chan struct{})
	return nil
}

// announce sends the ramp's first step to every worker, even to those without users in it:
// to a worker this is the start of the test. For a load that already runs it is an edit,
// which spreads the users evenly over the workers that are there now.
func (c *core) announce(now time.Time) {
	order := c.usable()
	c.load.assigned.move(order, c.load.stream.totals(c.load.ramp.users(0)))
	c.load.assigned.balance(order)
	for _, id := range order {
		c.sendSpawn(now, c.workers[id])
	}
}

// checkLoad takes the ramp's next step and sees when it is over.
func (c *core) checkLoad(now time.Time) {
	if !c.active() || c.state == locust.StateStopping {
		return
	}
	if !c.load.until.IsZero() && !now.Before(c.load.until) {
		c.log.Info("run time is over")
		c.stop(now)
		return
	}
	c.dispatch(now)
	if c.state == locust.StateSpawning && c.load.assigned.total() == c.load.ramp.to {
		c.checkSpawned(now)
	}
}

// dispatch brings the assignment up to date and tells the workers whose users changed. That
// also makes good for lost workers.
func (c *core) dispatch(now time.Time) {
	want := c.load.ramp.users(now.Sub(c.load.rampFrom))
	if c.load.assigned.total() == want {
		return
	}
	before := c.load.assigned.clone()
	c.load.assigned.move(c.usable(), c.load.stream.totals(want))
	for id, counts := range c.load.assigned {
		if !maps.Equal(before[id], counts) && c.workers[id] != nil {
			c.sendSpawn(now, c.workers[id])
		}
	}
}

// sendSpawn tells a worker its users, naming each class of the load.
func (c *core) sendSpawn(now time.Time, w *worker) {
	counts := map[string]int{}
	for class := range c.load.weights {
		counts[class] = c.load.assigned[w.id][class]
	}
	// A worker ignores a spawn that is not newer than its last, whatever our clock does.
	c.lastSpawn = max(float64(now.UnixMicro())/1e6, c.lastSpawn+0.001)
	w.engaged = true
	c.send(w.id, wire.TypeSpawn, wire.Spawn{
		Timestamp: c.lastSpawn, UserClassesCount: counts, Host: c.host, StopTimeout: c.stopTimeout.Seconds(),
	})
}

// checkSpawned ends the ramp when the workers have reported its users, or do not in time.
func (c *core) checkSpawned(now time.Time) {
	if c.load.rampDone.IsZero() {
		c.load.rampDone = now
	}
	if c.userCount() != c.load.ramp.to && now.Sub(c.load.rampDone) < c.report {
		return
	}
	if got := c.userCount(); got != c.load.ramp.to {
		c.log.Warn("workers do not report the users asked for", "reported", got, "asked", c.load.ramp.to)
	}
	c.state = locust.StateRunning
	c.log.Info("all users spawned", "users", c.userCount())
	for id, w := range c.workers {
		// Older workers log a warning about it (locust-protocol.md 8).
		if w.ready.AtLeast(2, 29) {
			c.send(id, wire.TypeSpawningComplete, wire.RampComplete{UserCount: c.userCount()})
			// A worker with --reset-stats clears its statistics now.
			w.clock.came = time.Time{}
		}
	}
}

// stop asks all workers of the load to stop. checkStopping sees it through.
func (c *core) stop(now time.Time) {
	if !c.active() || c.state == locust.StateStopping {
		return
	}
	c.state = locust.StateStopping
	c.ended = now.Unix()
	c.stopBy = now.Add(c.stopTimeout + c.stopSlack)
	for id, w := range c.workers {
		if w.engaged {
			w.stopping = true
			c.send(id, wire.TypeStop, nil)
		}
	}
	c.checkStopping(now)
}

func (c *core) checkStopping(now time.Time) {
	if c.state != locust.StateStopping {
		return
	}
	for _, w := range c.sorted() {
		if !w.stopping {
			continue
		}
		if now.Before(c.stopBy) {
			return
		}
		// It is not counted until it says client_ready.
		c.log.Warn("worker does not stop; going on without it", "worker", w.id)
		w.state, w.stopping = locust.StateStopped, false
	}
	c.finish()
}

// finish makes the master idle. What the load measured can still be read.
func (c *core) finish() {
	c.state = locust.StateStopped
	c.load = nil
	c.target = 0
	for _, w := range c.workers {
		w.engaged = false
	}
	close(c.idle)
}

// clientStopped takes a worker's client_stopped.
func (c *core) clientStopped(now time.Time, w *worker) {
	w.state, w.stopping = locust.StateStopped, false
	for class := range w.users {
		w.users[class] = 0
	}
	c.checkStopping(now)
}

func (c *core) userCount() int {
	n := 0
	for _, w := range c.workers {
		n += w.userCount()
	}
	return n
}

// workerCount is Locust's: workers that are ready, spawning or running.
func (c *core) workerCount() int {
	n := 0
	for _, w := range c.workers {
		if w.live() {
			n++
		}
	}
	return n
}
