//go:build linux

package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestInterrupt: the first Ctrl-C stops the load, keeps what was measured and
// writes the reports; the run goes on later from its directory alone.
func TestInterrupt(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	target := newCounter(t)
	w.file("busy.yaml", busy)
	w.file("two.yaml", experiment("{url: "+target.URL+"}", "{file: busy.yaml, spawnRate: 50}",
		"{workers: [1], users: [5, 10]}", "{duration: 3s, settle: 0s, cooldown: 0s}"))
	d := w.start("run", "two.yaml", "--out", "run", "--json")
	d.awaitPhase(2, run.PhaseMeasure)
	d.awaitEvent(1, func(e run.Event) bool { return e.Type == run.Sample && e.Key.Users == 10 && e.Live.Requests > 0 })
	w.ownGroups(d)
	d.interrupt()
	d.wait(20 * time.Second)
	interrupted := time.Now()
	d.wantExit(130, "interrupt again to leave at once", "run --resume run", "swarmgrid: interrupted")
	w.noOrphans()
	target.wantSilence(interrupted)
	if !d.finished().Interrupted {
		t.Error("the last event does not say that the run was interrupted")
	}
	w.wantInterrupted("run")
	w.remakes("run", 1)

	again := w.run(patience, "run", "--resume", "run", "--json")
	again.wantExit(0)
	again.wantOverhead()
	w.wantSuccess("run", 2)
	w.remakes("run", 0)
}

// wantInterrupted checks that the first of two scenarios is there, the other only in part.
func (w *world) wantInterrupted(dir string) {
	w.t.Helper()
	rows := w.csv(dir)
	if len(rows) != 2 || rows[0].Status != "SUCCESS" || !strings.HasPrefix(rows[1].Status, "SKIPPED: interrupted") {
		w.t.Errorf("rows %+v, want SUCCESS and SKIPPED: interrupted", rows)
	}
	records := w.journal(dir).Records
	last := records[len(records)-1]
	if last.Status != result.Interrupted || last.Terminal || last.Measured == nil || last.Measured.Requests == 0 {
		w.t.Errorf("last record %+v, want INTERRUPTED, not terminal, with what was measured", last)
	}
}

// ownGroups checks that no child is in the driver's process group, to which the
// terminal sends Ctrl-C.
func (w *world) ownGroups(d *driver) {
	w.t.Helper()
	children := w.processes()
	if len(children) < 4 { // driver, balancer, master, worker
		w.t.Errorf("only %v run", children)
	}
	for _, p := range children {
		if group, err := syscall.Getpgid(p.pid); err == nil && group == d.cmd.Process.Pid && p.pid != group {
			w.t.Errorf("%v is in the driver's process group", p)
		}
	}
}

// TestSecondInterrupt: a second interrupt does not wait for a target that does not end, and
// the run can still be continued.
func TestSecondInterrupt(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("busy.yaml", busy)
	stubborn := process("sh", "-c", "trap '' TERM; inference-sim --listen 127.0.0.1:{{port}} & while :; do sleep 1; done")
	w.file("stubborn.yaml", experiment(stubborn, "{file: busy.yaml, spawnRate: 50}",
		"{replicas: [1], workers: [1], users: [5]}", "{duration: 2s, settle: 0s, cooldown: 0s}"))
	d := w.start("run", "stubborn.yaml", "--out", "run", "--json")
	d.awaitMeasured(1)
	d.interrupt()
	if !d.awaitEvent(1, inPhase(run.PhaseStop)) {
		t.Fatal("the first interrupt did not end the attempt in order")
	}
	time.Sleep(200 * time.Millisecond) // the driver now waits for the target, if it did not leave
	if d.ended() {
		t.Fatal("the driver did not wait for the target after the first interrupt")
	}
	d.interrupt()
	d.wait(2 * time.Second)
	d.wantExit(130)
	w.noOrphans()

	again := w.run(patience, "run", "--resume", "run", "--json")
	again.wantExit(0)
	w.wantSuccess("run", 1)
}
