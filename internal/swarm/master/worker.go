package master

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// worker is one registered worker. Its states are Locust's ready, spawning and
// running, and stopped from client_stopped to its next client_ready.
type worker struct {
	id     string
	index  int
	ready  wire.ClientReady
	state  string
	cpu    float64
	memory int64
	vitals *wire.Vitals
	heard  time.Time
	// gone is when its connection ended; zero while it is connected.
	gone time.Time
	// users and classes are as last reported; classes without users are included.
	users   map[string]int
	classes map[string]bool
	// classBytes is the memory that these take.
	classBytes int
	// engaged says that the present load's spawn was sent, inLoad that the worker has
	// answered one: what it reports from then on belongs to the load.
	engaged, inLoad bool
	// stopping waits for client_stopped.
	stopping bool
	slices   bool
	// clock is used for workers that send no slices.
	clock pyClock
	// covered is the moment up to which its measurements are in the statistics, in Unix
	// microseconds; reported is how many requests it reported in this load; silent is how long
	// its heartbeats stayed away.
	covered  int64
	reported int64
	silent   time.Duration
	// completeUntil is the first second that the worker may still add to.
	completeUntil int64
	// dropped is when it was last reported that something of its was lost.
	dropped time.Time
}

func (w *worker) userCount() int { return sum(w.users) }

// live tells whether the worker can take users.
func (w *worker) live() bool { return w.state != locust.StateStopped }

// lacks lists the classes that the worker is known not to have. Of a worker that never
// reported its classes nothing is known.
func (w *worker) lacks(classes map[string]float64) []string {
	if len(w.classes) == 0 {
		return nil
	}
	var missing []string
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		if !w.classes[class] {
			missing = append(missing, class)
		}
	}
	return missing
}

const (
	// classesRoom is how many bytes the class counts of all workers may take.
	classesRoom = 16 << 20
	// classSize is what one class of one worker takes besides its name.
	classSize = 128
)

// reportUsers takes what a worker says about its users; nothing said changes nothing.
func (c *core) reportUsers(now time.Time, w *worker, counts map[string]int) {
	if len(counts) == 0 {
		return
	}
	grown := 0
	for class := range counts {
		if !w.classes[class] {
			grown += classSize + 2*len(class)
		}
	}
	if c.classBytes+grown > classesRoom {
		c.dropped(now, w, "there is no room for its user classes")
		return
	}
	c.classBytes += grown
	w.classBytes += grown
	w.users = counts
	if w.classes == nil {
		w.classes = map[string]bool{}
	}
	for class := range counts {
		w.classes[class] = true
	}
}

// register takes a client_ready.
func (c *core) register(now time.Time, id string, ready wire.ClientReady) {
	if ready.Absent {
		c.log.Error("worker is older than Locust 2.0 and cannot be used", "worker", id)
		return
	}
	index := c.index(id)
	ready.Version = ready.Version[:min(len(ready.Version), maxVersion)]
	old := c.workers[id]
	w := &worker{id: id, index: index, ready: ready, state: locust.StateReady, heard: now, users: map[string]int{}}
	c.workers[id] = w
	delete(c.adopted, id)
	c.out.Admit(id)
	c.send(id, wire.TypeAck, wire.Ack{Index: index, Protocol: wire.Protocol})
	if old == nil {
		c.event(now, locust.EventWorkerJoined, id, fmt.Sprintf("index %d, version %q", index, ready.Version))
		return
	}
	w.classes, w.classBytes, w.slices, w.completeUntil = old.classes, old.classBytes, old.slices, old.completeUntil
	w.clock, w.covered, w.reported, w.silent = old.clock, old.covered, old.reported, old.silent
	w.cpu, w.memory, w.vitals = old.cpu, old.memory, old.vitals
	c.reengage(now, w, old)
}

// maxVersion bounds a worker's version, in bytes.
const maxVersion = 100

// index is a worker's number, the same whenever it comes back.
func (c *core) index(id string) int {
	if index, known := c.indexes[id]; known {
		return index
	}
	if len(c.indexes) >= maxIDs {
		maps.DeleteFunc(c.indexes, func(id string, _ int) bool { return c.workers[id] == nil })
	}
	c.indexes[id] = c.nextIndex
	c.nextIndex++
	return c.indexes[id]
}

// reengage continues with a worker that announced itself again. If it takes part in the load
// and was not told to stop, it gets its users again: client_ready may be repeated at any
// time, and the counts of spawn are absolute.
func (c *core) reengage(now time.Time, w, old *worker) {
	switch {
	case c.state == locust.StateStopping:
		// Its client_stopped may have been lost; client_ready means the same.
		c.checkStopping(now)
	case c.active() && old.engaged && old.live():
		w.state, w.users, w.inLoad = old.state, old.users, old.inLoad
		c.sendSpawn(now, w)
	}
}

// checkWorkers finds lost workers.
func (c *core) checkWorkers(now time.Time) {
	for _, w := range c.sorted() {
		// A message that came but is not handled yet counts as heard.
		heard := w.heard
		if came := c.out.Heard(w.id); came.After(heard) {
			heard = came
		}
		switch {
		case now.Sub(heard) > c.silence:
			c.remove(now, w, locust.EventWorkerLost, fmt.Sprintf("silent for %.1f s", now.Sub(heard).Seconds()))
		case c.out.Connected(w.id):
			w.gone = time.Time{}
		case w.gone.IsZero():
			w.gone = now
		case now.Sub(w.gone) >= c.reconnect:
			c.remove(now, w, locust.EventWorkerLost, "connection ended")
		}
	}
}

// reconnected sends a worker's users again: a spawn may have been lost with the old
// connection, and our own workers stop their users when it breaks. So the load was
// disturbed, and a driver must be able to see that.
func (c *core) reconnected(now time.Time, id string) {
	w := c.workers[id]
	if w == nil {
		return
	}
	w.gone = time.Time{}
	switch {
	case w.stopping:
		c.send(id, wire.TypeStop, nil)
	case w.engaged && c.active():
		c.sendSpawn(now, w)
		c.event(now, locust.EventRedispatched, id, "the worker's connection broke and was made again")
	}
}

// remove forgets a worker and gives its users to the others at once.
func (c *core) remove(now time.Time, w *worker, event, detail string) {
	delete(c.workers, w.id)
	c.logs.remove(w.id)
	c.classBytes -= w.classBytes
	c.out.Dismiss(w.id)
	c.event(now, event, w.id, detail)
	if !c.active() {
		return
	}
	moved := sum(c.load.assigned[w.id])
	delete(c.load.assigned, w.id)
	if c.state == locust.StateStopping {
		c.checkStopping(now)
		return
	}
	order := c.usable()
	if len(order) == 0 {
		c.log.Warn("the last worker is gone, ending the load")
		c.ended = min(now.Unix(), w.completeUntil)
		c.finish()
		return
	}
	if moved > 0 {
		c.dispatch(now)
		c.event(now, locust.EventRedispatched, "", fmt.Sprintf("%d users of %s moved to %d other workers", moved, w.id, len(order)))
	}
}

// adoptUnknown makes a worker that this master does not know register again:
// every Locust worker answers stop with client_stopped and client_ready (locust-protocol.md 13).
func (c *core) adoptUnknown(now time.Time, id string) {
	if last, ok := c.adopted[id]; ok && now.Sub(last) < c.adopt || len(c.adopted) >= maxAdopted {
		return
	}
	c.adopted[id] = now
	c.log.Info("stopping an unknown worker to make it register", "worker", id)
	c.send(id, wire.TypeStop, nil)
}

// errNoClasses may go away within seconds, see classesWait.
var errNoClasses = errors.New("no user classes are known: no worker has reported its own yet")

// usable lists the workers that the load's users may go to, in dispatch order.
func (c *core) usable() []string {
	var ids []string
	for id, w := range c.workers {
		if w.live() && len(w.lacks(c.load.weights)) == 0 {
			ids = append(ids, id)
		}
	}
	return workerOrder(ids)
}

// classes are the weights to dispatch by: the configured ones, or 1 for each
// class that the live workers told of. Its error names the next step.
func (c *core) classes() (map[string]float64, error) {
	weights := maps.Clone(c.configured)
	if len(weights) == 0 {
		weights = map[string]float64{}
		for _, w := range c.workers {
			for class := range w.classes {
				weights[class] = 1
			}
		}
	}
	if len(newClassStream(weights).heads) == 0 {
		return nil, errNoClasses
	}
	for _, w := range c.sorted() {
		if missing := w.lacks(weights); w.live() && len(missing) > 0 {
			return nil, fmt.Errorf("worker %s has no user class %s; start all workers and the master with the same file", w.id, strings.Join(missing, ", "))
		}
	}
	return weights, nil
}
