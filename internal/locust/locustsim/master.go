package locustsim

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Ours is the version of our own master, as against "2.47.0" and the like.
const Ours = ""

// Knobs are what a test may change, at any time, with Master.Set.
type Knobs struct {
	// Rate is requests per second and user; default 1.
	Rate float64
	// Latencies of the requests, in turn; default 10 ms to 100 ms in ten steps.
	Latencies []time.Duration
	// FailEvery makes every n-th request fail; 1 means all, 0 none.
	FailEvery int
	// Error is the text of failures, and of requests that could not be sent; default a 503.
	Error string
	// Frozen users send nothing.
	Frozen bool
	// UserLimit is how many users can be started at most; 0 means as many as asked for.
	UserLimit int
	// CPU is what every worker reports, in percent.
	CPU float64
	// Register is how long a new worker takes to register.
	Register time.Duration
	// Stop is how long the load takes to stop; default 1 s with Python, as in reality.
	Stop time.Duration
	// Hasty answers /stop before the load has stopped.
	Hasty bool
	// Columns are the percentiles of the CSV; default Locust's.
	Columns []string
	// Login is a login in front of every route.
	Login Login
	// Phases are how long after the load's start each worker first reports, where they report
	// every 3 s; by default all after 3 s.
	Phases []time.Duration
	// Opaque workers of our master send no slices, as Python's do.
	Opaque bool
	// Corrupt slices cannot be decoded; Overflow is how many requests each says that no
	// histogram could hold.
	Corrupt  bool
	Overflow int64
	// Stuck requests of GET /hang have been under way since the load began.
	Stuck int
	// Stood is how long the first worker did not run in each second, Unsent how many requests
	// could not be sent in each, Retries how many were sent twice,
	// Redirected how many were redirected.
	Stood                       time.Duration
	Unsent, Retries, Redirected int64
	// Late holds slices back for that long.
	Late time.Duration
	// Down refuses connections, Hung never answers.
	Down, Hung bool
	// Status answers a path with a bare HTTP status.
	Status map[string]int
	// Shape is the locustfile's LoadTestShape, which starts three users.
	Shape string
	// Exceptions are what user code raised.
	Exceptions []locust.Exception
}

// Login is how a master asks for a login (locust-protocol.md 26).
type Login int

// The logins.
const (
	NoLogin Login = iota
	// LoginRedirect sends everyone to /login.
	LoginRedirect
	// LoginPage is half configured: each route answers 200 with a page.
	LoginPage
)

// Request is one that the master received.
type Request struct {
	At           time.Time
	Method, Path string
	Form         url.Values
	// Lease is the holder named in the header.
	Lease string
}

// String is "POST /swarm".
func (r Request) String() string { return r.Method + " " + r.Path }

// Master is a fake master. Its methods may be called from any goroutine.
type Master struct {
	version string

	mu        sync.Mutex
	knobs     Knobs
	requests  []Request
	onRequest func(Request)
	*life
}

// life is the state that a restart of the master loses.
type life struct {
	// at is the moment that the simulation has reached.
	at       time.Time
	state    string
	workers  []*worker
	named    int
	target   int
	rate     float64
	swarmAt  time.Time
	stopBy   time.Time
	timers   []time.Time
	due      float64 // requests owed
	served   int
	entries  map[stats.Endpoint]*entry
	seconds  map[int64]map[stats.Endpoint]*stats.Tally
	memo     []byte
	memoAt   time.Time
	events   []locust.Event
	lease    *locust.Lease
	leaseEnd time.Time
}

// worker is one worker process.
type worker struct {
	id string
	// from is when it registers; lost is when it was killed, quit when it is forgotten.
	from, lost time.Time
	missing    bool
	users      int
	engaged    bool
	// stalled is the moment until which it stands still.
	stalled time.Time
	// pending is what it has not reported yet, reported when it last reported, counted how much
	// it reported in this load, silent how long in all it was not heard from.
	pending  []sample
	reported time.Time
	counted  int64
	silent   time.Duration
}

// New returns a master of a Python Locust version, or of Ours.
func New(version string, k Knobs) *Master {
	m := &Master{version: version, knobs: k, life: newLife()}
	if k.Rate == 0 {
		m.knobs.Rate = 1
	}
	if k.Stop == 0 && !m.ours() {
		m.knobs.Stop = time.Second
	}
	if k.Latencies == nil {
		for i := range 10 {
			m.knobs.Latencies = append(m.knobs.Latencies, time.Duration(i+1)*10*time.Millisecond)
		}
	}
	if k.Columns == nil {
		m.knobs.Columns = strings.Split("50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%", ",")
	}
	return m
}

func newLife() *life {
	return &life{
		at: time.Now(), state: locust.StateReady,
		entries: map[stats.Endpoint]*entry{}, seconds: map[int64]map[stats.Endpoint]*stats.Tally{},
	}
}

func (m *Master) ours() bool { return m.version == Ours }

// Set turns knobs.
func (m *Master) Set(turn func(*Knobs)) {
	m.do(func(time.Time) { turn(&m.knobs) })
}

// do brings the simulation to the present and runs f.
func (m *Master) do(f func(now time.Time)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.advance(now)
	f(now)
}

// SetWorkers starts processes, or ends the newest ones in order, so that there are n.
func (m *Master) SetWorkers(n int) {
	m.do(func(now time.Time) {
		alive := m.alive()
		for range n - len(alive) {
			m.join()
		}
		for i := len(alive) - 1; i >= max(n, 0); i-- {
			m.forget(now, alive[i], locust.EventWorkerQuit)
		}
	})
}

// Workers lists the ids of the living processes.
func (m *Master) Workers() (ids []string) {
	m.do(func(time.Time) {
		for _, w := range m.alive() {
			ids = append(ids, w.id)
		}
	})
	return ids
}

// Join starts one more worker.
func (m *Master) Join() { m.do(func(time.Time) { m.join() }) }

// Lose kills the oldest worker: the master finds out after a while.
func (m *Master) Lose() {
	m.do(func(now time.Time) { m.alive()[0].lost = now })
}

// Stall lets the oldest worker stand still for d.
func (m *Master) Stall(d time.Duration) {
	m.do(func(now time.Time) {
		w := m.alive()[0]
		w.stalled = now.Add(d)
		w.silent += max(d-time.Second, 0)
	})
}

// EndUsers ends n users of the oldest worker.
func (m *Master) EndUsers(n int) { m.do(func(time.Time) { m.alive()[0].users -= n }) }

// Blink loses a worker and gets another between two observations; only events tell.
func (m *Master) Blink() {
	m.do(func(now time.Time) {
		id := m.alive()[0].id
		m.event(now, locust.EventWorkerLost, id)
		m.event(now, locust.EventWorkerJoined, id)
	})
}

// Reconnect breaks a worker's connection for a moment.
func (m *Master) Reconnect() {
	m.do(func(now time.Time) { m.event(now, locust.EventRedispatched, m.alive()[0].id) })
}

// Drop loses a worker's report.
func (m *Master) Drop() {
	m.do(func(now time.Time) { m.event(now, locust.EventReportDropped, m.workers[0].id) })
}

// Restart loses all that the master knows; the workers register again.
func (m *Master) Restart() {
	m.do(func(time.Time) {
		n, named := len(m.alive()), m.named
		m.life = newLife()
		m.named = named
		for range n {
			m.join()
		}
	})
}

// State is the master's state, uncached, with the users that run.
func (m *Master) State() (state string, users int) {
	m.do(func(time.Time) { state, users = m.state, m.users() })
	return state, users
}

// Truth is what really completed in the seconds [from, to), reported or not.
func (m *Master) Truth(from, to int64) *stats.Tally {
	sum := stats.NewTally()
	m.do(func(time.Time) {
		for s := from; s < to; s++ {
			for _, t := range m.seconds[s] {
				sum.Merge(t)
			}
		}
	})
	return sum
}

// Requests lists what the master received, in order.
func (m *Master) Requests() []Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.requests)
}

// OnRequest has fn called before each request is served, in its goroutine and with no lock held.
func (m *Master) OnRequest(fn func(Request)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onRequest = fn
}

func (m *Master) join() {
	m.named++
	w := &worker{id: fmt.Sprintf("worker_%d", m.named), from: m.at.Add(m.knobs.Register)}
	m.workers = append(m.workers, w)
	m.event(w.from, locust.EventWorkerJoined, w.id)
}

func (m *Master) forget(now time.Time, w *worker, event string) {
	if event == locust.EventWorkerQuit {
		m.flush(w)
	}
	m.workers = slices.DeleteFunc(m.workers, func(x *worker) bool { return x == w })
	m.event(now, event, w.id)
}

func (m *Master) event(at time.Time, typ, id string) {
	m.events = append(m.events, locust.Event{Seq: int64(len(m.events) + 1), TimeMicros: at.UnixMicro(), Type: typ, Worker: id})
}

// alive lists the processes that were not killed.
func (m *Master) alive() (out []*worker) {
	for _, w := range m.workers {
		if w.lost.IsZero() {
			out = append(out, w)
		}
	}
	return out
}
