package master

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// scene is a core with scripted workers and a clock of its own.
type scene struct {
	t       *testing.T
	now     time.Time
	c       *core
	workers map[string]*scripted
	// heard and shed are what the wire says.
	heard map[string]time.Time
	shed  wire.Shed
}

// scripted is a worker that does what it is told until it is made not to.
type scripted struct {
	connected, silent, stubborn bool
	users                       map[string]int
	inbox                       []wire.Message
	// got counts messages by type.
	got map[string]int
}

func newScene(t *testing.T, classes map[string]float64) *scene {
	s := &scene{t: t, now: time.Unix(1_700_000_000, 0), workers: map[string]*scripted{}}
	s.c = newCore(s.now, s, slog.New(slog.DiscardHandler), classes, defaultLimits())
	return s
}

// Send implements sender.
func (s *scene) Send(id string, payload []byte) error {
	w := s.workers[id]
	if w == nil || !w.connected {
		return wire.ErrUnknownPeer
	}
	m, err := wire.DecodeMessage(payload)
	if err != nil {
		s.t.Fatal(err)
	}
	w.inbox = append(w.inbox, m)
	return nil
}

// Connected implements sender.
func (s *scene) Connected(id string) bool { return s.workers[id] != nil && s.workers[id].connected }

// Heard implements sender.
func (s *scene) Heard(id string) time.Time { return s.heard[id] }

// Admit implements sender.
func (s *scene) Admit(string) {}

// Dismiss implements sender.
func (s *scene) Dismiss(string) {}

// Shed implements sender.
func (s *scene) Shed() wire.Shed { return s.shed }

// connect adds a worker that says nothing.
func (s *scene) connect(id string) *scripted {
	w := &scripted{connected: true, users: map[string]int{}, got: map[string]int{}}
	s.workers[id] = w
	return w
}

// join adds a worker and registers it with its classes.
func (s *scene) join(id string, classes ...string) *scripted {
	w := s.connect(id)
	for _, class := range classes {
		w.users[class] = 0
	}
	s.say(id, wire.TypeClientReady, wire.ClientReady{Version: "2.47.0"})
	s.say(id, wire.TypeReport, wire.Report{UserClassesCount: w.users, CompleteUntil: s.now.Unix()})
	s.obey()
	return w
}

func (s *scene) say(id, typ string, data wire.Payload) {
	s.t.Helper()
	p, err := parse(id, wire.Encode(typ, data, id))
	if err != nil {
		s.t.Fatal(err)
	}
	s.c.receive(s.now, p)
}

// obey lets every worker answer what it was sent.
func (s *scene) obey() {
	for again := true; again; {
		again = false
		for _, id := range slices.Sorted(maps.Keys(s.workers)) {
			w := s.workers[id]
			for len(w.inbox) > 0 && w.connected && !w.silent {
				m := w.inbox[0]
				w.inbox = w.inbox[1:]
				w.got[m.Type]++
				s.answer(id, w, m)
				again = true
			}
		}
	}
}

func (s *scene) answer(id string, w *scripted, m wire.Message) {
	switch {
	case w.stubborn:
	case m.Type == wire.TypeSpawn:
		spawn, err := wire.DecodeSpawn(m.Data)
		if err != nil {
			s.t.Fatal(err)
		}
		maps.Copy(w.users, spawn.UserClassesCount)
		s.say(id, wire.TypeSpawning, nil)
		s.say(id, wire.TypeSpawningComplete, wire.SpawningComplete{UserClassesCount: w.users, UserCount: sum(w.users)})
	case m.Type == wire.TypeStop:
		for class := range w.users {
			w.users[class] = 0
		}
		s.say(id, wire.TypeClientStopped, nil)
		s.say(id, wire.TypeClientReady, wire.ClientReady{Version: "2.47.0"})
	}
}

// pass lets time pass, with heartbeats from all that can.
func (s *scene) pass(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		s.now = s.now.Add(tickEvery)
		if s.now.Nanosecond() == 0 {
			for _, id := range slices.Sorted(maps.Keys(s.workers)) {
				if w := s.workers[id]; w.connected && !w.silent {
					s.say(id, wire.TypeHeartbeat, wire.Heartbeat{State: "running", CPU: 10})
				}
			}
		}
		s.c.tick(s.now)
		s.obey()
	}
}

func (s *scene) swarm(users int, rate float64) {
	s.t.Helper()
	if err := s.c.swarm(s.now, swarmRequest{users: users, rate: rate}); err != nil {
		s.t.Fatal(err)
	}
	s.obey()
}

func (s *scene) want(state string, users map[string]int) {
	s.t.Helper()
	got := map[string]int{}
	for id, w := range s.workers {
		if n := sum(w.users); n > 0 || users[id] > 0 {
			got[id] = n
		}
	}
	if diff := cmp.Diff(users, got); diff != "" {
		s.t.Errorf("users (-want +got):\n%s", diff)
	}
	if s.c.state != state {
		s.t.Errorf("state %s, want %s", s.c.state, state)
	}
}

func (s *scene) events(typ string) int {
	n := 0
	for _, e := range s.c.events {
		if e.Type == typ {
			n++
		}
	}
	return n
}

func TestLoadFromReadyToStopped(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 3, "B": 1})
	s.join("h_1", "A", "B")
	s.join("h_2", "A", "B")
	s.want(locust.StateReady, map[string]int{})
	s.swarm(8, 2)
	s.want(locust.StateSpawning, map[string]int{"h_1": 1})
	s.pass(2 * time.Second)
	s.want(locust.StateSpawning, map[string]int{"h_1": 2, "h_2": 3})
	s.pass(2 * time.Second)
	s.want(locust.StateRunning, map[string]int{"h_1": 4, "h_2": 4})
	if got := s.workers["h_1"].users; got["A"] != 3 || got["B"] != 1 {
		t.Errorf("classes of h_1: %v", got)
	}
	if s.workers["h_1"].got[wire.TypeSpawningComplete] != 1 {
		t.Error("the end of the ramp was not told once")
	}
	s.swarm(4, 100)
	s.pass(100 * time.Millisecond)
	s.want(locust.StateRunning, map[string]int{"h_1": 2, "h_2": 2})
	s.c.stop(s.now)
	s.obey()
	s.want(locust.StateStopped, map[string]int{})
	if n := s.c.workerCount(); n != 2 {
		t.Errorf("%d workers after the stop", n)
	}
	s.swarm(2, 100)
	s.pass(100 * time.Millisecond)
	s.want(locust.StateRunning, map[string]int{"h_1": 1, "h_2": 1})
}

func TestSwarmIsRefused(t *testing.T) {
	s := newScene(t, nil)
	refused := func(why string, r swarmRequest) {
		t.Helper()
		if err := s.c.swarm(s.now, r); err == nil {
			t.Errorf("%s: accepted", why)
		}
		if s.c.state != locust.StateReady {
			t.Errorf("%s: state %s", why, s.c.state)
		}
	}
	ok := swarmRequest{users: 1, rate: 1}
	refused("no workers", ok)
	w := s.connect("h_1")
	s.say("h_1", wire.TypeClientReady, wire.ClientReady{})
	refused("no classes known", ok)
	s.say("h_1", wire.TypeStats, wire.StatsReport{UserClassesCount: map[string]int{"A": 0}})
	refused("negative users", swarmRequest{users: -1, rate: 1})
	refused("no rate", swarmRequest{users: 1})
	s.join("h_2", "B")
	refused("workers with different classes", ok)
	if w.got[wire.TypeSpawn] != 0 {
		t.Error("a refused load was begun")
	}
}

func TestLostWorkersUsersMoveAtOnce(t *testing.T) {
	for name, lose := range map[string]struct {
		how    func(*scene)
		within time.Duration
		event  string
	}{
		"connection ended": {func(s *scene) { s.workers["h_2"].connected = false }, 1100 * time.Millisecond, locust.EventWorkerLost},
		"silent":           {func(s *scene) { s.workers["h_2"].silent = true }, 4200 * time.Millisecond, locust.EventWorkerLost},
		"quit":             {func(s *scene) { s.say("h_2", wire.TypeQuit, nil); s.obey() }, 0, locust.EventWorkerQuit},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, map[string]float64{"A": 1, "B": 1})
			for i := range 3 {
				s.join(fmt.Sprint("h_", i+1), "A", "B")
			}
			s.swarm(9, 100)
			s.pass(time.Second)
			before := maps.Clone(s.workers["h_1"].users)
			lose.how(s)
			s.pass(lose.within)
			delete(s.workers, "h_2")
			if s.workers["h_1"].users["A"]+s.workers["h_3"].users["A"] != 5 || s.c.userCount() != 9 {
				t.Errorf("users after the loss: %v and %v", s.workers["h_1"].users, s.workers["h_3"].users)
			}
			for class, n := range before {
				if s.workers["h_1"].users[class] < n {
					t.Errorf("a user of %s left a worker that stayed", class)
				}
			}
			if s.events(lose.event) != 1 || s.events(locust.EventRedispatched) != 1 {
				t.Errorf("events: %+v", s.c.events)
			}
			if s.c.state != locust.StateRunning {
				t.Errorf("state %s", s.c.state)
			}
		})
	}
}

func TestShortBreakOfTheConnectionLosesNothing(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	w := s.join("h_1", "A")
	s.join("h_2", "A")
	s.swarm(4, 100)
	s.pass(time.Second)
	w.connected = false
	s.pass(500 * time.Millisecond)
	w.connected = true
	spawns := w.got[wire.TypeSpawn]
	s.c.reconnected(s.now, "h_1")
	s.pass(3 * time.Second)
	s.want(locust.StateRunning, map[string]int{"h_1": 2, "h_2": 2})
	if s.events(locust.EventWorkerLost) != 0 || s.events(locust.EventRedispatched) != 1 || w.got[wire.TypeSpawn] != spawns+1 {
		t.Errorf("events %+v, %d spawns more", s.c.events, w.got[wire.TypeSpawn]-spawns)
	}
}

func TestLostWorkerComesBack(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	w := s.join("h_1", "A")
	s.join("h_2", "A")
	s.swarm(4, 100)
	s.pass(time.Second)
	w.silent = true
	s.pass(5 * time.Second)
	w.silent = false
	s.pass(2 * time.Second)
	// Its stray users are stopped, it is registered again under its index, and nobody's users move.
	s.want(locust.StateRunning, map[string]int{"h_2": 4})
	if w.got[wire.TypeStop] != 1 || s.c.workers["h_1"] == nil || s.c.workers["h_1"].index != 0 {
		t.Errorf("stopped %d times, worker %+v", w.got[wire.TypeStop], s.c.workers["h_1"])
	}
	s.swarm(6, 100)
	s.pass(time.Second)
	s.want(locust.StateRunning, map[string]int{"h_1": 3, "h_2": 3})
}

func TestLastWorkerLostEndsTheLoad(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A").silent = true
	s.swarm(4, 100)
	s.pass(5 * time.Second)
	if s.c.state != locust.StateStopped || s.c.userCount() != 0 {
		t.Errorf("state %s, %d users", s.c.state, s.c.userCount())
	}
	<-s.c.idle
}

func TestUnknownWorkersAreAdopted(t *testing.T) {
	for _, typ := range []string{wire.TypeHeartbeat, wire.TypeSpawning, wire.TypeSpawningComplete, wire.TypeStats} {
		s := newScene(t, map[string]float64{"A": 1})
		w := s.connect("h_1")
		s.say("h_1", typ, nil)
		s.say("h_1", typ, nil)
		s.obey()
		if w.got[wire.TypeStop] != 1 || w.got[wire.TypeAck] != 1 || s.c.workerCount() != 1 {
			t.Errorf("%s: got %v", typ, w.got)
		}
	}
}

func TestRepeatedClientReadyKeepsUsers(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(3, 100)
	s.pass(time.Second)
	s.say("h_1", wire.TypeClientReady, wire.ClientReady{Version: "2.47.0"})
	s.obey()
	s.pass(time.Second)
	s.want(locust.StateRunning, map[string]int{"h_1": 3})
}

func TestStopIsBounded(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	w := s.join("h_1", "A")
	s.swarm(3, 100)
	s.pass(time.Second)
	w.stubborn = true
	s.c.stop(s.now)
	s.pass(4 * time.Second)
	if s.c.state != locust.StateStopping {
		t.Errorf("state %s", s.c.state)
	}
	if err := s.c.swarm(s.now, swarmRequest{users: 1, rate: 1}); err == nil {
		t.Error("a load was started while the last one was stopping")
	}
	s.pass(1100 * time.Millisecond)
	if s.c.state != locust.StateStopped || s.c.workerCount() != 0 {
		t.Errorf("state %s, %d workers", s.c.state, s.c.workerCount())
	}
}

func TestRunTime(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	start := func(runTime time.Duration) {
		if err := s.c.swarm(s.now, swarmRequest{users: 2, rate: 100, runTime: runTime}); err != nil {
			t.Fatal(err)
		}
		s.obey()
	}
	start(3 * time.Second)
	s.pass(2 * time.Second)
	s.want(locust.StateRunning, map[string]int{"h_1": 2})
	s.c.stop(s.now)
	s.obey()
	// The first timer must not stop the second load (locust-protocol.md 29).
	start(0)
	s.pass(2 * time.Second)
	s.want(locust.StateRunning, map[string]int{"h_1": 2})
	s.c.stop(s.now)
	s.obey()
	start(time.Second)
	s.pass(1100 * time.Millisecond)
	s.want(locust.StateStopped, map[string]int{})
}

func TestLease(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	if !s.c.takeLease(s.now, "me", 3*time.Second) || s.c.takeLease(s.now, "you", time.Second) {
		t.Fatal("the lease is not exclusive")
	}
	s.swarm(2, 100)
	s.pass(2 * time.Second)
	s.c.renewLease(s.now, "me")
	s.pass(2 * time.Second)
	s.c.renewLease(s.now, "you")
	s.want(locust.StateRunning, map[string]int{"h_1": 2})
	s.pass(1100 * time.Millisecond)
	s.want(locust.StateStopped, map[string]int{})
	if s.events(locust.EventLeaseExpired) != 1 || !s.c.takeLease(s.now, "you", time.Second) {
		t.Errorf("events %+v, lease %+v", s.c.events, s.c.lease)
	}
	if s.c.releaseLease(s.now, "me") || !s.c.releaseLease(s.now, "you") {
		t.Error("only the holder may release")
	}
}

// sliceOf is a report of n requests of 10 ms in the second.
func sliceOf(t *testing.T, second, n int64) wire.Report {
	h := stats.NewHistogram()
	h.RecordN(10_000, n)
	b, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return wire.Report{
		CompleteUntil: second + 1,
		Slices:        []wire.ReportSlice{{Second: second, Method: "GET", Name: "/", OK: b, Bytes: 5}},
	}
}

func TestLateReports(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	w2 := s.join("h_2", "A")
	s.swarm(2, 100)
	s.pass(time.Second)
	second := s.now.Unix()
	s.say("h_1", wire.TypeReport, sliceOf(t, second, 1))
	s.c.stop(s.now)
	s.obey()
	// The tail of the load counts (locust-protocol.md 17).
	s.say("h_1", wire.TypeReport, sliceOf(t, second, 10))
	if got := s.c.stats.total.requests; got != 11 {
		t.Errorf("%d requests with the tail, want 11", got)
	}
	w2.stubborn = true
	s.swarm(2, 100)
	if s.c.stats.total.requests != 0 || len(s.c.ring.seconds) != 0 {
		t.Error("the new load begins with the old one's requests")
	}
	// h_2 has not taken up the new load: what it reports is of the old one.
	s.say("h_2", wire.TypeReport, sliceOf(t, second, 100))
	s.say("h_1", wire.TypeReport, sliceOf(t, second, 1000))
	if got := s.c.stats.total.requests; got != 1000 {
		t.Errorf("%d requests of the new load, want 1000", got)
	}
}

func TestSlicesAreCompleteWhenAllWorkersSaySo(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	for _, id := range []string{"h_1", "h_2"} {
		s.join(id, "A")
	}
	s.swarm(2, 100)
	first := s.now.Unix()
	s.pass(3 * time.Second)
	s.say("h_1", wire.TypeReport, sliceOf(t, first+1, 3))
	if got := s.c.completeUntil(s.now); got != first {
		t.Errorf("complete until %d before h_2 reported, want %d", got, first)
	}
	s.say("h_2", wire.TypeReport, sliceOf(t, first+1, 4))
	if got := s.c.completeUntil(s.now); got != first+2 {
		t.Errorf("complete until %d, want %d", got, first+2)
	}
	got := s.c.ring.slices(first, first+2).Slices
	if len(got) != 1 || got[0].Bytes != 10 {
		t.Fatalf("slices %+v", got)
	}
	h, err := stats.DecodeHistogram([]byte(got[0].OK))
	if err != nil || h.Count() != 7 {
		t.Errorf("merged histogram has %d requests: %v", h.Count(), err)
	}
	s.workers["h_2"].connected = false
	s.say("h_1", wire.TypeReport, sliceOf(t, first+2, 1))
	s.pass(2 * time.Second)
	if got := s.c.completeUntil(s.now); got != first+3 {
		t.Errorf("complete until %d after h_2 was lost, want %d", got, first+3)
	}
}

func TestRingForgets(t *testing.T) {
	r := newRing()
	add := func(now, second, n int64) {
		rep, err := parseReport(sliceOf(t, second, n).AppendMsg(nil))
		if err != nil {
			t.Fatal(err)
		}
		if lost := r.add(now, "h_1", rep); (lost > 0) != (second > now+maxAhead) {
			t.Errorf("%d slices of second %d lost at %d", lost, second, now)
		}
	}
	add(1000, 1000, 1)
	add(1000, 1000, 2)
	add(1010, 1010, 1)
	r.freeze(1010)
	if c := r.seconds[1000].cells[stats.Endpoint{Method: "GET", Name: "/"}]; c.ok.hist != nil || c.ok.encoded == nil {
		t.Error("an old second is still decoded")
	}
	add(1010, 1000, 4)
	add(1010, 5000, 4)
	got := r.slices(0, 10_000)
	h, err := stats.DecodeHistogram([]byte(got.Slices[0].OK))
	if err != nil || h.Count() != 7 || len(got.Slices) != 2 {
		t.Errorf("%d slices, %d requests: %v", len(got.Slices), h.Count(), err)
	}
	r.expire(1000 + ringSeconds)
	if got := r.slices(0, 10_000); len(got.Slices) != 1 || got.Oldest != 1001 {
		t.Errorf("%d slices from %d on", len(got.Slices), got.Oldest)
	}
}

// TestHeartbeatsCountWhenTheyCame: a master that was held up for long must not consider
// workers lost whose messages are waiting.
func TestHeartbeatsCountWhenTheyCame(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.join("h_2", "A")
	s.now = s.now.Add(20 * time.Second)
	s.heard = map[string]time.Time{"h_1": s.now.Add(-time.Second)}
	s.c.tick(s.now)
	if len(s.c.workers) != 1 || s.c.workers["h_1"] == nil {
		t.Errorf("workers %v, want h_1, which was heard from, and not h_2", slices.Collect(maps.Keys(s.c.workers)))
	}
	p, err := parse("h_1", wire.Encode(wire.TypeHeartbeat, wire.Heartbeat{State: "running"}, "h_1"))
	if err != nil {
		t.Fatal(err)
	}
	p.at = s.now.Add(-3 * time.Second)
	s.c.receive(s.now, p)
	if got := s.c.workers["h_1"].heard; !got.Equal(p.at) {
		t.Errorf("the heartbeat counts at %s, it came at %s", got, p.at)
	}
}

// TestStatusTellsVitals: as the last heartbeat had them, with how many classes there are; of a
// worker that sends none nothing is told.
func TestStatusTellsVitals(t *testing.T) {
	s := newScene(t, nil)
	s.join("h_1", "A", "B")
	s.join("h_2", "A", "B")
	s.say("h_1", wire.TypeHeartbeat, wire.Heartbeat{State: "ready", Vitals: &wire.Vitals{Waits: 8, LongWaits: 1, GCMicros: 6000, Periods: 4, Throttled: 2, Lags: []int64{5, 1}}})
	s.say("h_2", wire.TypeHeartbeat, wire.Heartbeat{State: "ready"})
	got := s.c.status(s.now).Workers
	want := &locust.Vitals{Waits: 8, LongWaits: 1, GCMicros: 6000, Periods: 4, Throttled: 2, Lags: stats.Delays{5, 1}}
	if diff := cmp.Diff(want, got[0].Vitals); diff != "" || got[0].Classes != 2 {
		t.Errorf("%d classes, want 2 (-want +got):\n%s", got[0].Classes, diff)
	}
	if got[1].Vitals != nil {
		t.Errorf("vitals %+v of a worker that told none", got[1].Vitals)
	}
}

// TestAbsurdReportIsRefused: one worker's nonsense enters no figure, and is reported.
func TestAbsurdReportIsRefused(t *testing.T) {
	m := start(t, Options{})
	d, err := wire.Dial(t.Context(), m.WireAddr(), "host_1")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	report := func(sum float64, n int64) {
		r := wire.StatsReport{Stats: []wire.StatsEntry{{Name: "/", Method: "GET", Requests: n, TotalResponseTime: sum, MaxResponseTime: 5}}}
		if err := d.Send(wire.Encode(wire.TypeStats, r, "host_1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Send(wire.Encode(wire.TypeClientReady, wire.ClientReady{Version: "-1"}, "host_1")); err != nil {
		t.Fatal(err)
	}
	report(-1e308, 1)
	report(-1e308, 1)
	report(10, 2)
	within(t, "the good report", func() (there bool) {
		m.do(func(c *core, _ time.Time) { there = c.stats.total.requests > 0 })
		return there
	})
	resp, body := call(t, m, http.MethodGet, "/stats/requests", nil, nil)
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, `"num_requests": 2`) {
		t.Errorf("%s: %s", resp.Status, body)
	}
	_, body = call(t, m, http.MethodGet, locust.StatusPath, nil, nil)
	if want := "total_response_time is -1e+308, want 0 to 1e+14"; strings.Count(body, want) != 1 || !strings.Contains(body, locust.EventReportDropped) {
		t.Errorf("status does not say %q once: %s", want, body)
	}
}

// TestRingMakesTheOldestGo: the oldest seconds are dropped for lack of room, and the answer says so.
func TestRingMakesTheOldestGo(t *testing.T) {
	r := newRing()
	r.room = 100 << 10
	hists := histograms(t, 10)
	for n := int64(1000); n < 1100; n++ {
		rep, err := parseReport(manySlices(hists, n, 10).AppendMsg(nil))
		if err != nil {
			t.Fatal(err)
		}
		if lost := r.add(n, "h_1", rep); lost > 0 {
			t.Errorf("%d slices of second %d are lost", lost, n)
		}
		r.freeze(n)
	}
	got := r.slices(0, 10_000)
	if r.bytes > r.room || got.Oldest <= 1000 || got.Oldest > 1095 || got.Slices[0].Second != got.Oldest {
		t.Errorf("%d bytes, seconds from %d on are kept", r.bytes, got.Oldest)
	}
	rep, err := parseReport(sliceOf(t, got.Oldest-1, 1).AppendMsg(nil))
	if err != nil {
		t.Fatal(err)
	}
	if r.add(1100, "h_1", rep) != 1 {
		t.Error("a slice of a second that is gone counts")
	}
	sum := 0
	for _, sec := range r.seconds {
		sum += sec.bytes
	}
	if sum != r.bytes {
		t.Errorf("the account says %d, the seconds %d", r.bytes, sum)
	}
}

// TestSlicesComeInParts: a request for more than one answer can hold is answered in parts.
func TestSlicesComeInParts(t *testing.T) {
	r := newRing()
	hists := histograms(t, 1000)
	for n := int64(1000); n < 1010; n++ {
		rep, err := parseReport(manySlices(hists, n, 300).AppendMsg(nil))
		if err != nil {
			t.Fatal(err)
		}
		r.add(n, "h_1", rep)
	}
	seconds, answers := int64(0), 0
	for from := int64(1000); from < 1010; answers++ {
		got := r.slices(from, 1010)
		until := min(got.CompleteUntil, 1010)
		if until <= from || got.Slices[0].Second != from || got.Slices[len(got.Slices)-1].Second != until-1 {
			t.Fatalf("asked from %d, answered until %d", from, until)
		}
		seconds += int64(len(got.Slices) / 300)
		from = until
	}
	if seconds != 10 || answers < 2 {
		t.Errorf("%d seconds in %d answers", seconds, answers)
	}
}

// TestHazardsDoNotHurt has what ends a Python master's listener (locust-protocol.md 4), and more like it.
func TestHazardsDoNotHurt(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(1, 100)
	for _, payload := range []string{
		"\x93\xa5stats\xc0",                    // cut short
		"\x93\xa9heartbeat\xc0\xa3h_1",         // without the CPU
		"\x93\xacclient_ready\x07\xa3h_1",      // an integer for a version
		"\x93\xb1spawning_complete\xc0\xa3h_9", // from an unknown id
		"\x93\xa5stats\xc0\xa3h_1",
		"\x93\xb0swarmgrid.report\xc0\xa3h_1",
		"\x93\xb0swarmgrid.report\x81\xa6slices\x91\x81\xa2ok\xa4junk\xa3h_1",
		"\x93\xa9exception\xc0\xa3h_1",
		"\x93\xa4logs\xc0\xa3h_1",
		"\x93\xa7unknown\xc0\xa3h_1",
	} {
		if p, err := parse("h_1", []byte(payload)); err == nil {
			s.c.receive(s.now, p)
		}
	}
	s.obey()
	s.pass(2 * time.Second)
	s.want(locust.StateRunning, map[string]int{"h_1": 1})
}

// FuzzReceive: no payload may panic the master or leave it unable to start a load.
func FuzzReceive(f *testing.F) {
	for _, typ := range []string{
		wire.TypeClientReady, wire.TypeHeartbeat, wire.TypeStats, wire.TypeSpawning, wire.TypeSpawningComplete,
		wire.TypeClientStopped, wire.TypeException, wire.TypeLogs, wire.TypeQuit, wire.TypeReport,
	} {
		f.Add(wire.Encode(typ, nil, "h_1"))
	}
	h := stats.NewHistogram()
	h.RecordN(1000, 3)
	b, err := h.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wire.Encode(wire.TypeReport, wire.Report{
		CompleteUntil: 1_700_000_001,
		Slices:        []wire.ReportSlice{{Second: 1_700_000_000, Name: "/", OK: b, Failed: b}},
		Errors:        []wire.ReportError{{Second: 1_700_000_000, Name: "/", Error: "e", Occurrences: 1}},
	}, "h_1"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		s := newScene(t, map[string]float64{"A": 1})
		s.join("h_1", "A")
		s.join("h_2", "A")
		s.swarm(2, 100)
		if p, err := parse("h_1", payload); err == nil {
			s.c.receive(s.now, p)
		}
		s.obey()
		s.pass(200 * time.Millisecond)
		s.c.statsJSON(s.now)
		s.c.stop(s.now)
		s.obey()
		s.pass(6 * time.Second)
		if s.c.state != locust.StateStopped {
			t.Errorf("state %s", s.c.state)
		}
	})
}

// BenchmarkReport is one report of a worker with three endpoints, decoded and merged.
func BenchmarkReport(b *testing.B) {
	h := stats.NewHistogram()
	for i := range int64(500) {
		h.RecordN(10_000+i*97, 1)
	}
	encoded, err := h.Encode()
	if err != nil {
		b.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 0)
	r := wire.Report{}
	for _, name := range []string{"a", "b", "c"} {
		r.Slices = append(r.Slices, wire.ReportSlice{Second: now.Unix(), Name: name, OK: encoded})
	}
	payload := wire.Encode(wire.TypeReport, r, "h_1")
	a, ring := newAggregate(now), newRing()
	b.ReportAllocs()
	for b.Loop() {
		p, err := parse("h_1", payload)
		if err != nil {
			b.Fatal(err)
		}
		ring.add(now.Unix(), "h_1", p.data.(report))
		a.addReport(now, p.data.(report))
	}
}
