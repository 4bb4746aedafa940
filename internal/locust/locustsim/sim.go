package locustsim

import (
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

const (
	// tick is the simulation's step.
	tick = 50 * time.Millisecond
	// reportInterval and missingAfter are Python Locust's (locust-protocol.md 5).
	reportInterval = 3 * time.Second
	missingAfter   = 4100 * time.Millisecond
	// reconnect is how long our master waits for a worker whose connection ended.
	reconnect = time.Second
	// sliceDelay is how long after a second our workers report it.
	sliceDelay = 50 * time.Millisecond
)

// sample is one completed request.
type sample struct {
	endpoint stats.Endpoint
	latency  time.Duration
	failed   bool
}

// advance brings the simulation to now.
func (m *Master) advance(now time.Time) {
	for !m.at.Add(tick).After(now) {
		m.at = m.at.Add(tick)
		m.checkWorkers()
		m.checkEnds()
		m.ramp()
		m.work()
	}
}

func (m *Master) active() bool {
	return m.state == locust.StateSpawning || m.state == locust.StateRunning
}

func (m *Master) checkWorkers() {
	for _, w := range append([]*worker{}, m.workers...) {
		switch {
		case w.lost.IsZero():
		case m.ours() && m.at.Sub(w.lost) >= reconnect:
			m.forget(m.at, w, locust.EventWorkerLost)
			m.event(m.at, locust.EventRedispatched, "")
			m.dispatch()
		case !m.ours() && !w.missing && m.at.Sub(w.lost) >= missingAfter:
			w.missing, w.users = true, 0
		}
	}
	if m.ours() && m.active() && len(m.workers) == 0 {
		m.state = locust.StateStopped
	}
}

// checkEnds stops the load for a lease or a run time that is over, and ends a stop.
func (m *Master) checkEnds() {
	if m.lease != nil && !m.at.Before(m.leaseEnd) {
		m.lease = nil
		if m.active() {
			m.event(m.at, locust.EventLeaseExpired, "")
			m.stop(m.at)
		}
	}
	for len(m.timers) > 0 && !m.at.Before(m.timers[0]) {
		m.timers = m.timers[1:]
		m.stop(m.at)
	}
	if m.state == locust.StateStopping && !m.at.Before(m.stopBy) {
		m.idle()
	}
}

func (m *Master) idle() {
	for _, w := range m.workers {
		m.flush(w)
	}
	m.state, m.target = locust.StateStopped, 0
	if !m.ours() {
		m.state = locust.StateReady // the workers register again
	}
	for _, w := range m.workers {
		w.users, w.engaged = 0, false
	}
}

func (m *Master) swarm(now time.Time, users int, rate float64, runTime time.Duration) {
	if !m.active() {
		m.entries, m.due = map[stats.Endpoint]*entry{}, 0
		for i, w := range m.workers {
			w.pending, w.counted, w.reported = nil, 0, now
			if n := len(m.knobs.Phases); n > 0 {
				w.reported = now.Add(m.knobs.Phases[i%n] - reportInterval)
			}
		}
	}
	if m.ours() || m.atLeast(2, 47) {
		m.timers = nil // older ones forget none (locust-protocol.md 29)
	}
	if runTime > 0 {
		m.timers = append(m.timers, now.Add(runTime))
	}
	m.state, m.target, m.rate, m.swarmAt = locust.StateSpawning, users, rate, now
	for _, w := range m.workers {
		w.engaged = m.registered(w)
	}
}

func (m *Master) stop(now time.Time) {
	if !m.active() {
		return
	}
	if m.atLeast(2, 47) {
		m.timers = nil
	}
	m.state, m.stopBy = locust.StateStopping, now.Add(m.knobs.Stop)
	if m.knobs.Stop == 0 {
		m.idle()
	}
}

func (m *Master) registered(w *worker) bool { return !m.at.Before(w.from) && !w.missing }

// ramp starts the users that are due by now.
func (m *Master) ramp() {
	if m.state != locust.StateSpawning {
		return
	}
	wanted := min(m.target, int(m.rate*m.at.Sub(m.swarmAt).Seconds()))
	if m.knobs.UserLimit > 0 {
		wanted = min(wanted, m.knobs.UserLimit)
	}
	m.spread(wanted)
	if wanted == m.target {
		m.state = locust.StateRunning
	}
}

// dispatch moves the users of workers that are gone.
func (m *Master) dispatch() {
	if m.active() {
		m.spread(min(m.target, int(m.rate*m.at.Sub(m.swarmAt).Seconds())))
	}
}

// spread gives users to the workers of the load in equal shares.
func (m *Master) spread(users int) {
	var load []*worker
	for _, w := range m.workers {
		if w.engaged && !w.missing {
			load = append(load, w)
		}
	}
	for i, w := range load {
		w.users = (users + len(load) - 1 - i) / len(load)
	}
}

// users is the number that the workers have reported.
func (m *Master) users() int {
	n := 0
	for _, w := range m.workers {
		n += w.users
	}
	return n
}

// work completes the requests of one tick, and has the workers report.
func (m *Master) work() {
	users := m.running()
	if m.active() && !m.knobs.Frozen {
		m.due += float64(len(users)) * m.knobs.Rate * tick.Seconds()
	}
	for ; m.due >= 1; m.due-- {
		m.complete(m.at.Add(-1).Unix(), users[m.served%len(users)])
	}
	for _, w := range m.alive() {
		if !m.at.Before(w.stalled) && (m.sendsSlices() || m.at.Sub(w.reported) >= reportInterval) {
			m.flush(w)
		}
	}
}

// running are the workers that do not stand still, one for each of their users.
func (m *Master) running() (users []*worker) {
	for i := range 1_000_000 {
		n := len(users)
		for _, w := range m.alive() {
			if i < w.users && !m.at.Before(w.stalled) {
				users = append(users, w)
			}
		}
		if len(users) == n {
			break
		}
	}
	return users
}

func (m *Master) sendsSlices() bool { return m.ours() && !m.knobs.Opaque }

// complete serves one request. Every fifth is a health check.
func (m *Master) complete(second int64, w *worker) {
	m.served++
	s := sample{
		endpoint: stats.Endpoint{Method: "POST", Name: "/predict"},
		latency:  m.knobs.Latencies[m.served%len(m.knobs.Latencies)],
		failed:   m.knobs.FailEvery > 0 && m.served%m.knobs.FailEvery == 0,
	}
	if m.served%5 == 0 {
		s.endpoint = stats.Endpoint{Method: "GET", Name: "/healthz"}
	}
	w.pending = append(w.pending, s)
	if m.seconds[second] == nil {
		m.seconds[second] = map[stats.Endpoint]*stats.Tally{}
	}
	t := m.seconds[second][s.endpoint]
	if t == nil {
		t = stats.NewTally()
		m.seconds[second][s.endpoint] = t
	}
	t.Bytes += 100
	if s.failed {
		t.Failed.Record(s.latency)
	} else {
		t.OK.Record(s.latency)
	}
}

// flush is a worker's report: what it completed enters the master's totals.
func (m *Master) flush(w *worker) {
	for _, s := range w.pending {
		if m.entries[s.endpoint] == nil {
			m.entries[s.endpoint] = newEntry()
		}
		m.entries[s.endpoint].add(s)
	}
	w.counted += int64(len(w.pending))
	w.pending, w.reported = nil, m.at
}
