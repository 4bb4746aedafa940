package master

import (
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// sender is the part of wire.Router that core needs. Send never blocks.
type sender interface {
	Send(identity string, payload []byte) error
	Connected(identity string) bool
	// Heard is when a worker's last message came, handled or not; zero when that is not known.
	Heard(identity string) time.Time
	// Admit keeps a worker's connections and gives them room for large messages. After Dismiss
	// they may be closed when others need their place.
	Admit(identity string)
	Dismiss(identity string)
	// Shed counts what had to be turned away so far.
	Shed() wire.Shed
}

// limits are the times by which core decides.
type limits struct {
	// silence is how long a worker may say nothing: Locust's 3 missed heartbeats
	// and the 1-s steps of its check, 4.1 s as measured (locust-protocol.md 5).
	silence time.Duration
	// reconnect is how long a worker whose connection ended may take to come back.
	reconnect time.Duration
	// report is how long workers may take to report the users of a finished ramp.
	report time.Duration
	// stopTimeout is how long users get to end, and stopSlack what workers get on top.
	stopTimeout, stopSlack time.Duration
	// adopt is the least time between two stops to the same unknown worker.
	adopt time.Duration
}

func defaultLimits() limits {
	return limits{
		silence: 4 * time.Second, reconnect: time.Second, report: 5 * time.Second,
		stopSlack: 5 * time.Second, adopt: 10 * time.Second,
	}
}

const (
	maxEvents = 256
	// maxIDs bounds the indexes that are remembered. When there are more, those of
	// workers that are gone are forgotten.
	maxIDs = 20_000
	// maxAdopted bounds the unknown workers that are remembered for some seconds.
	maxAdopted = 1000
	// shedEvery is how often it is logged that peers were turned away.
	shedEvery = time.Minute
)

// core is the master without its sockets and its clock: every method is told the
// time. It is not safe for concurrent use; Master holds a lock around it.
type core struct {
	limits
	out sender
	log *slog.Logger
	// configured are the class weights of the swarmfile; empty means learned, weight 1 each.
	configured map[string]float64

	state   string
	workers map[string]*worker
	indexes map[string]int
	// nextIndex is the next new worker's.
	nextIndex int
	adopted   map[string]time.Time
	// load is what runs; nil in ready and stopped.
	load *load
	// host is what /swarm last set; nil leaves it to the workers.
	host   *string
	target int
	// idle is closed while no load runs.
	idle      chan struct{}
	stopBy    time.Time
	lastSpawn float64

	stats      *aggregate
	ring       *ring
	exceptions *exceptions
	logs       *logs
	// classBytes is the memory that the workers' classes take.
	classBytes int
	// ended is the second in which the last load was told to end; 0 while one runs. Its users
	// may end at any moment of that second.
	ended int64
	// opaque says that requests of the present load came without slices.
	opaque bool

	lease    *lease
	events   []locust.Event
	eventSeq int64
	// shed is what had been turned away when that was last logged.
	shed   wire.Shed
	shedAt time.Time
}

func newCore(now time.Time, out sender, log *slog.Logger, classes map[string]float64, l limits) *core {
	c := &core{
		limits: l, out: out, log: log, configured: classes, state: locust.StateReady,
		workers: map[string]*worker{}, indexes: map[string]int{}, adopted: map[string]time.Time{},
		logs: newLogs(), idle: make(chan struct{}),
	}
	close(c.idle)
	c.clear(now)
	return c
}

// clear forgets all measurements.
func (c *core) clear(now time.Time) {
	c.stats = newAggregate(now)
	c.ring = newRing()
	c.exceptions = newExceptions()
	c.opaque = false
}

// resetStats zeroes what Locust's API shows; slices stay, as their readers choose their own span.
func (c *core) resetStats(now time.Time) {
	c.stats.reset(now)
	c.exceptions = newExceptions()
}

// tick does what is due by time alone. It is called many times a second.
func (c *core) tick(now time.Time) {
	c.checkWorkers(now)
	c.checkLease(now)
	c.checkLoad(now)
	c.checkStopping(now)
	c.ring.expire(now.Unix())
	c.ring.freeze(now.Unix())
	c.logShed(now)
	maps.DeleteFunc(c.adopted, func(_ string, t time.Time) bool { return now.Sub(t) > c.adopt })
}

// logShed says, now and then, how many peers were turned away.
func (c *core) logShed(now time.Time) {
	got := c.out.Shed()
	if got == c.shed || now.Sub(c.shedAt) < shedEvery {
		return
	}
	c.log.Warn("there was no room for what some peers sent",
		"closed_not_registered", got.Guests-c.shed.Guests, "closed_unfinished_message", got.Unfinished-c.shed.Unfinished, "closed_not_reading", got.Deaf-c.shed.Deaf,
		"large_messages_left_out", got.Strange-c.shed.Strange)
	c.shed, c.shedAt = got, now
}

func (c *core) event(now time.Time, typ, workerID, detail string) {
	detail = shorten(detail, maxText)
	c.eventSeq++
	c.events = append(c.events, locust.Event{
		Seq: c.eventSeq, TimeMicros: now.UnixMicro(), Type: typ, Worker: workerID, Detail: detail,
	})
	c.events = c.events[max(0, len(c.events)-maxEvents):]
	c.log.Info("load event", "type", typ, "worker", workerID, "detail", detail)
}

// send queues a message. That it cannot be sent is no error here: checkWorkers finds workers
// that are gone or do not read.
func (c *core) send(id, typ string, data wire.Payload) {
	if err := c.out.Send(id, wire.Encode(typ, data, id)); err != nil {
		c.log.Debug("message not sent", "type", typ, "worker", id, "error", err)
	}
}

func (c *core) active() bool { return c.load != nil }

// sorted lists the workers in order of their index.
func (c *core) sorted() []*worker {
	return slices.SortedFunc(maps.Values(c.workers), func(a, b *worker) int { return a.index - b.index })
}
