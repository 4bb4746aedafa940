//go:build linux

package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// balanced starts a run of a target behind the balancer.
func (w *world) balanced(matrix, measure string, flags ...string) *driver {
	w.t.Helper()
	w.file("busy.yaml", busy)
	w.file("balanced.yaml", experiment(quick(), "{file: busy.yaml, spawnRate: 50}", matrix, measure))
	return w.start(append([]string{"run", "balanced.yaml", "--out", "run", "--json"}, flags...)...)
}

// balancer finds the balancer's process.
func (w *world) balancer() int {
	w.t.Helper()
	found := w.find("swarmgrid", "balancer")
	if len(found) != 1 {
		w.t.Fatalf("%d balancers run: %v", len(found), found)
	}
	return found[0].pid
}

// wantFirst checks the run's first record. How many follow does not depend on the
// disturbance alone: an overloaded machine makes windows INVALID, too.
func (w *world) wantFirst(dir string, reason string) {
	w.t.Helper()
	got := w.journal(dir).Records
	if len(got) == 0 {
		w.t.Fatal("no records")
	}
	if r := got[0]; r.Status != result.Invalid || r.Terminal || !strings.Contains(r.StatusText(), reason) {
		w.t.Errorf("first attempt: %s (terminal %v), want INVALID for %q, not terminal", r.StatusText(), r.Terminal, reason)
	}
}

// TestKilledBalancer: without it nothing counts as measured, and nothing is lost. The run
// can be continued, even with only one attempt.
func TestKilledBalancer(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	d := w.balanced("{replicas: [2], workers: [1], users: [5, 10]}", "{duration: 8s, settle: 0s, cooldown: 0s, attempts: 1}")
	d.awaitMeasured(1)
	w.kill("swarmgrid", "balancer")
	d.wait(patience)
	d.wantExit(1, "the balancer has ended (signal: killed)", "run --resume run")
	w.wantFirst("run", "the balancer has ended (signal: killed)")
	for _, row := range w.csv("run") {
		if !strings.HasPrefix(row.Status, "SKIPPED: not measured yet") {
			t.Errorf("row %+v, want SKIPPED: not measured yet", row)
		}
	}
	w.noOrphans()

	// The number of attempts is not part of what is measured.
	w.file("balanced.yaml", strings.Replace(w.read("balanced.yaml"), "attempts: 1", "attempts: 6", 1))
	again := w.run(2*patience, "run", "balanced.yaml", "--resume", "run", "--json")
	again.wantExit(0)
	w.wantSuccess("run", 2)
}

// TestStoppedBalancer: while it stands still every request waits, which is not the target's
// latency.
func TestStoppedBalancer(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	d := w.balanced("{replicas: [2], workers: [1], users: [10]}", "{duration: 8s, settle: 0s, cooldown: 0s, attempts: 20}")
	d.awaitMeasured(1)
	pid := w.balancer()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// This is the disturbance: it is asked every second, and has two seconds to answer.
	time.Sleep(4500 * time.Millisecond)
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	d.wait(2 * patience)
	d.wantExit(0)
	w.wantFirst("run", "the balancer did not answer for 2s")
	w.wantSuccess("run", 1)
}

// TestBrieflyStoppedBalancer: the same if it answered every time it was asked.
func TestBrieflyStoppedBalancer(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	d := w.balanced("{replicas: [2], workers: [1], users: [10]}", "{duration: 8s, settle: 0s, cooldown: 0s, attempts: 20}")
	d.awaitMeasured(1)
	pid := w.balancer()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1200 * time.Millisecond)
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	d.wait(2 * patience)
	d.wantExit(0)
	w.wantFirst("run", "the balancer stood still for 1.")
	w.wantSuccess("run", 1)
}

// TestBalancerWithoutFiles: what it cannot accept is not what the target refused.
func TestBalancerWithoutFiles(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	// Users come for five seconds: some of them only when the limit is there.
	d := w.balanced("{replicas: [2], workers: [1], users: [10]}", "{duration: 8s, settle: 0s, cooldown: 0s, attempts: 20}", "--spawn-rate", "2")
	d.awaitPhase(1, run.PhaseWorkers)
	limit := func(change func(*unix.Rlimit)) {
		var l unix.Rlimit
		pid := w.balancer()
		if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &l); err != nil {
			t.Fatal(err)
		}
		change(&l)
		if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &l, nil); err != nil {
			t.Fatal(err)
		}
	}
	limit(func(l *unix.Rlimit) { l.Cur = 3 })
	if !d.awaitEvent(1, func(e run.Event) bool { return e.Type == run.AttemptFinished }) {
		t.Fatal("the run ended")
	}
	limit(func(l *unix.Rlimit) { l.Cur = l.Max })
	d.wait(2 * patience)
	d.wantExit(0)
	w.wantFirst("run", "the balancer: accepting a connection")
	w.wantSuccess("run", 1)
}
