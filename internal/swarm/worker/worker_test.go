package worker

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// TestLife is a whole life with our own master: spawn up and down, stop, quit.
func TestLife(t *testing.T) {
	m, srv := newScript(t, wire.Protocol), newTarget(t)
	m.skew = -time.Hour // the worker must cut seconds on the master's clock
	wait, _ := m.run(srv.URL, nil)

	m.until(wire.TypeReport, nil)
	if diff := cmp.Diff(map[string]int{"Alpha": 0, "Beta": 0}, m.reports[0].UserClassesCount); diff != "" {
		t.Errorf("first report's classes: %s", diff)
	}
	m.spawn(1, map[string]int{"Alpha": 2, "Beta": 1}, "", 0)
	m.until(wire.TypeSpawning, nil)
	m.until(wire.TypeSpawningComplete, nil)
	if diff := cmp.Diff(wire.SpawningComplete{UserClassesCount: map[string]int{"Alpha": 2, "Beta": 1}, UserCount: 3}, m.complete); diff != "" {
		t.Error(diff)
	}
	m.until(wire.TypeHeartbeat, func() bool { return m.beat.State == stateRunning && m.beat.Memory > 0 })
	m.until(wire.TypeReport, func() bool {
		requests, _ := m.reported()
		return min(requests["ok"], requests["bad"], requests["slow"]) > 0
	})

	m.spawn(2, map[string]int{"Alpha": 1}, "", 0) // Beta is not named and stays
	m.until(wire.TypeSpawningComplete, nil)
	if diff := cmp.Diff(wire.SpawningComplete{UserClassesCount: map[string]int{"Alpha": 1, "Beta": 1}, UserCount: 2}, m.complete); diff != "" {
		t.Error(diff)
	}
	m.send(wire.TypeStop, nil)
	m.until(wire.TypeClientStopped, nil)
	if last := m.log[len(m.log)-2]; last != wire.TypeReport {
		t.Errorf("%s before client_stopped", last)
	}
	m.until(wire.TypeClientReady, nil)
	m.checkTotals(srv)
	m.checkSeconds()
	m.send(wire.TypeQuit, nil)
	m.until(wire.TypeQuit, nil)
	if err := wait(); err != nil {
		t.Error(err)
	}
	if !regexp.MustCompile(`^[^_]+_[0-9a-f]{32}$`).MatchString(m.id) {
		t.Errorf("identity %q", m.id)
	}
}

// checkTotals compares with the server's own counts. At most one request per
// stopped user was cut off after the server had counted it.
func (m *script) checkTotals(srv *target) {
	m.t.Helper()
	requests, failures := m.reported()
	for name, served := range map[string]int64{"ok": srv.ok.Load(), "bad": srv.bad.Load(), "slow": srv.slow.Load()} {
		if got := requests[name]; got > served || got < served-3 || got == 0 {
			m.t.Errorf("%s: %d reported, %d served", name, got, served)
		}
	}
	if failures["bad"] != requests["bad"] || failures["ok"] != 0 {
		m.t.Errorf("failures %v of %v", failures, requests)
	}
	var errors int64
	for _, r := range m.reports {
		for _, e := range r.Errors {
			if e.Name != "bad" || e.Error != "503 Service Unavailable" {
				m.t.Errorf("error %+v", e)
			}
			errors += e.Occurrences
		}
	}
	if errors != failures["bad"] {
		m.t.Errorf("%d errors of %d failures", errors, failures["bad"])
	}
}

// checkSeconds: no slice for what was complete, and all on the master's clock.
func (m *script) checkSeconds() {
	m.t.Helper()
	complete, now := int64(0), time.Now().Add(m.skew).Unix()
	for i, r := range m.reports {
		for _, s := range r.Slices {
			if s.Second < complete || s.Second > now || s.Second < now-30 {
				m.t.Errorf("report %d: slice of second %d, complete until %d, now %d", i, s.Second, complete, now)
			}
		}
		if r.CompleteUntil < complete || r.CompleteUntil > now+1 {
			m.t.Errorf("report %d: complete until %d after %d, now %d", i, r.CompleteUntil, complete, now)
		}
		complete = r.CompleteUntil
	}
}

// TestStatsForPython checks the reports that Python's master gets.
func TestStatsForPython(t *testing.T) {
	m, srv := newScript(t, 0), newTarget(t)
	m.run("http://127.0.0.1:1", nil) // the spawn's host wins
	m.until(wire.TypeStats, nil)
	first := m.stats[0]
	if first.Total.Name != "Aggregated" || first.Total.MinResponseTime != nil || len(first.UserClassesCount) != 2 {
		t.Errorf("first report %+v", first)
	}
	m.spawn(1, map[string]int{"Alpha": 1, "Beta": 1}, srv.URL, 0)
	m.until(wire.TypeStats, func() bool { return srv.ok.Load() > 5 && srv.bad.Load() > 5 })
	m.send(wire.TypeStop, nil)
	m.until(wire.TypeClientStopped, nil)
	if last := m.log[len(m.log)-2]; last != wire.TypeStats {
		t.Errorf("%s before client_stopped", last)
	}
	var requests, failures, errors int64
	for _, r := range m.stats {
		requests += r.Total.Requests
		failures += r.Total.Failures
		for _, e := range r.Errors {
			errors += e.Occurrences
		}
	}
	served := srv.ok.Load() + srv.bad.Load() + srv.slow.Load()
	if requests > served || requests < served-2 || failures == 0 || failures != errors {
		t.Errorf("%d requests of %d served, %d failures, %d errors", requests, served, failures, errors)
	}
	if len(m.reports) != 0 {
		t.Error("slices sent to Python's master")
	}
}

func TestUnknownClass(t *testing.T) {
	m, srv := newScript(t, 0), newTarget(t)
	m.run(srv.URL, nil)
	m.until(wire.TypeStats, nil)
	m.spawn(1, map[string]int{"Alpha": 1, "Nope": 2, "Gone": 0}, "", 0)
	m.until(wire.TypeSpawningComplete, nil)
	if len(m.exceptions) != 1 || !strings.Contains(m.exceptions[0].Msg, `"Nope" is not in the swarmfile`) {
		t.Errorf("exceptions %+v", m.exceptions)
	}
	if m.complete.UserCount != 1 {
		t.Errorf("%d users", m.complete.UserCount)
	}
}

func TestNoHost(t *testing.T) {
	m := newScript(t, 0)
	m.run("", nil)
	m.until(wire.TypeStats, nil)
	m.spawn(1, map[string]int{"Alpha": 1}, "", 0)
	m.until(wire.TypeSpawningComplete, nil)
	if len(m.exceptions) != 1 || !strings.Contains(m.exceptions[0].Msg, "the host to send to is empty; give a base URL") || m.complete.UserCount != 0 {
		t.Errorf("exceptions %+v, %d users", m.exceptions, m.complete.UserCount)
	}
}

func TestOldSpawnIsIgnored(t *testing.T) {
	m, srv := newScript(t, 0), newTarget(t)
	m.run(srv.URL, nil)
	m.until(wire.TypeStats, nil)
	m.spawn(2.5, map[string]int{"Alpha": 1}, "", 0)
	m.until(wire.TypeSpawningComplete, nil)
	for _, timestamp := range []float64{2.5, 2.4} {
		m.spawn(timestamp, map[string]int{"Alpha": 5}, "", 0)
		m.until(wire.TypeSpawningComplete, nil)
		if m.complete.UserCount != 1 {
			t.Errorf("spawn of %v was followed", timestamp)
		}
	}
}

// TestGrace: with a stop timeout a running request ends and counts; without one it is cut off.
func TestGrace(t *testing.T) {
	for _, grace := range []float64{0, 10} {
		m, srv := newScript(t, wire.Protocol), newTarget(t)
		m.run(srv.URL, nil)
		m.until(wire.TypeReport, nil)
		m.spawn(1, map[string]int{"Beta": 1}, "", grace)
		m.until(wire.TypeSpawningComplete, nil)
		for srv.open.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		m.send(wire.TypeStop, nil)
		m.until(wire.TypeClientStopped, nil)
		requests, _ := m.reported()
		if served := srv.slow.Load(); grace > 0 && requests["slow"] != served {
			t.Errorf("%d reported of %d served with a grace", requests["slow"], served)
		}
	}
}

// TestSpawnDuringStop: it waits for the stop's end.
func TestSpawnDuringStop(t *testing.T) {
	m, srv := newScript(t, 0), newTarget(t)
	m.run(srv.URL, nil)
	m.until(wire.TypeStats, nil)
	m.spawn(1, map[string]int{"Beta": 3}, "", 10)
	m.until(wire.TypeSpawningComplete, nil)
	m.send(wire.TypeStop, nil)
	m.spawn(2, map[string]int{"Alpha": 1, "Beta": 0}, "", 10)
	m.until(wire.TypeClientStopped, nil)
	m.until(wire.TypeSpawningComplete, nil)
	if diff := cmp.Diff(map[string]int{"Alpha": 1, "Beta": 0}, m.complete.UserClassesCount); diff != "" {
		t.Error(diff)
	}
}

// TestReconnect: a lost connection stops the users, and the worker comes back.
func TestReconnect(t *testing.T) {
	m, srv := newScript(t, wire.Protocol), newTarget(t)
	addr := m.r.Addr().String()
	m.run(srv.URL, nil)
	m.until(wire.TypeReport, nil)
	m.spawn(5, map[string]int{"Beta": 4}, "", 0)
	m.until(wire.TypeSpawningComplete, nil)
	if err := m.r.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := wire.Listen(t.Context(), addr, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	m.r, m.log, m.reports = again, nil, nil
	m.skew = -time.Minute // another master's clock, and older spawns
	m.until(wire.TypeReport, nil)
	if m.log[0] != wire.TypeClientReady || m.reports[0].UserCount != 0 {
		t.Errorf("came back with %s and %d users", m.log[0], m.reports[0].UserCount)
	}
	m.spawn(1, map[string]int{"Alpha": 1}, "", 0)
	m.until(wire.TypeSpawningComplete, func() bool { return m.complete.UserCount == 1 })
	m.until(wire.TypeReport, func() bool { return m.reports[len(m.reports)-1].CompleteUntil > 0 })
	if now := time.Now().Add(m.skew).Unix(); m.reports[len(m.reports)-1].CompleteUntil > now+1 {
		t.Errorf("complete until %d, now is %d", m.reports[len(m.reports)-1].CompleteUntil, now)
	}
}

// TestReconnectMessage: users and record stay, only the connection is new.
func TestReconnectMessage(t *testing.T) {
	m, srv := newScript(t, 0), newTarget(t)
	m.run(srv.URL, nil)
	m.until(wire.TypeStats, nil)
	m.spawn(1, map[string]int{"Beta": 2}, "", 0)
	m.until(wire.TypeSpawningComplete, nil)
	m.log = nil
	m.send(wire.TypeReconnect, nil)
	m.until(wire.TypeStats, func() bool { return m.connections == 2 })
	if slices.Contains(m.log, wire.TypeClientReady) || m.stats[len(m.stats)-1].UserCount != 2 {
		t.Errorf("after reconnect: %v, %d users", m.log, m.stats[len(m.stats)-1].UserCount)
	}
}

// TestSilentMaster: a master that stops answering is asked again, and then given up.
func TestSilentMaster(t *testing.T) {
	m, srv := newScript(t, 0), newTarget(t)
	wait, _ := m.run(srv.URL, func(o *Options) {
		o.ReadyInterval, o.MasterTimeout = 150*time.Millisecond, 600*time.Millisecond
	})
	m.until(wire.TypeHeartbeat, nil)
	m.until(wire.TypeHeartbeat, nil)
	m.log, m.mute = nil, true
	m.until(wire.TypeClientReady, nil)
	m.until(wire.TypeQuit, nil)
	if err := wait(); err == nil || !strings.Contains(err.Error(), "silent for 600ms") {
		t.Errorf("error %v", err)
	}
}

func TestNeverAccepted(t *testing.T) {
	m := newScript(t, 0)
	port := m.r.Addr()
	_ = m.r.Close()
	wait, _ := m.run("http://127.0.0.1:1", func(o *Options) {
		o.ReadyInterval, o.ReadyAttempts = 50*time.Millisecond, 3
	})
	if err := wait(); err == nil || !strings.Contains(err.Error(), "not accepted within 150ms") || !strings.Contains(err.Error(), port.String()) {
		t.Errorf("error %v", err)
	}
}

// TestNoAckIsRepeated: a master that swallows the first client_ready gets another.
func TestNoAckIsRepeated(t *testing.T) {
	m := newScript(t, 0)
	m.run("http://127.0.0.1:1", func(o *Options) { o.ReadyInterval = 100 * time.Millisecond })
	e, err := m.r.Recv(t.Context())
	for ; err == nil && e.Kind != wire.PeerMessage; e, err = m.r.Recv(t.Context()) {
		m.id = e.Identity
	}
	if err != nil {
		t.Fatal(err)
	}
	m.until(wire.TypeClientReady, nil)
	m.until(wire.TypeHeartbeat, nil)
}

// TestCancel: the end of the context flushes and says goodbye.
func TestCancel(t *testing.T) {
	m, srv := newScript(t, 0), newTarget(t)
	wait, cancel := m.run(srv.URL, nil)
	m.until(wire.TypeStats, nil)
	m.spawn(1, map[string]int{"Alpha": 2}, "", 0)
	m.until(wire.TypeSpawningComplete, nil)
	cancel()
	m.until(wire.TypeQuit, nil)
	if last := m.log[len(m.log)-2]; last != wire.TypeStats {
		t.Errorf("%s before quit", last)
	}
	if err := wait(); err != nil {
		t.Error(err)
	}
}
