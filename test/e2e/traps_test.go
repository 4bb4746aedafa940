//go:build linux

package e2e

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	objectives "github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestTrapOfALostWorker: half of the load is gone in the middle of the window. That is no
// verdict about the target, whatever it is judged by.
func TestTrapOfALostWorker(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	lost := disturbances()[0]
	d := w.disturbed("{file: busy.yaml, spawnRate: 50}", "{duration: 6s, settle: 0s, cooldown: 0s}", lost)
	d.wait(2 * patience)
	d.wantExit(0)
	w.wantNoVerdict("run", lost.reason)
}

// TestTrapOfAStarvedGenerator: a worker that has a twentieth of the processor, as with a limit
// of 50m, would see a target of 5 ms answer in 100. The target has not failed.
func TestTrapOfAStarvedGenerator(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("busy.yaml", busy)
	w.file("one.yaml", experiment(quick(), "{file: busy.yaml, spawnRate: 50}", "{replicas: [1], workers: [1], users: [10]}",
		"{duration: 8s, settle: 0s, cooldown: 0s}"))
	d := w.start("run", "one.yaml", "--out", "run", "--json")
	d.awaitMeasured(1)
	d.starve(w.find("swarmgrid", "worker")[0].pid)
	d.wait(2 * patience)
	d.wantExit(0)
	w.wantNoVerdict("run", "stood still for ")
}

// starve lets a process run for 5 ms of each 100, as the kernel does with a quota, until
// another attempt has ended.
func (d *driver) starve(pid int) {
	ended := func(e run.Event) bool { return e.Type == run.AttemptFinished }
	for before := d.seen(ended); d.seen(ended) == before && !d.ended(); {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
		time.Sleep(95 * time.Millisecond)
		_ = syscall.Kill(pid, syscall.SIGCONT)
		time.Sleep(5 * time.Millisecond)
	}
}

// wantNoVerdict checks that an attempt is INVALID for the reason, that even an SLO that it
// cannot meet does not fail it, and that another attempt stands for the scenario.
func (w *world) wantNoVerdict(dir, reason string) {
	w.t.Helper()
	slo := []objectives.Objective{{Metric: "p95", Bound: .001, Text: "1us"}}
	records := w.journal(dir).Records
	i := slices.IndexFunc(records, func(r result.Record) bool {
		return r.Status == result.Invalid && strings.Contains(r.StatusText(), reason)
	})
	if i < 0 || records[i].Terminal {
		w.t.Fatalf("records %+v, want one INVALID for %q and one more", records, reason)
	}
	if v := analysis.Judge(records[i], slo).Verdict; v != analysis.NoData {
		w.t.Errorf("the attempt is judged: %s", v)
	}
	w.wantSuccess(dir, 1)
	if v := analysis.Judge(records[len(records)-1], slo).Verdict; v != analysis.Fail {
		w.t.Errorf("the attempt that stands has the verdict %s, want FAIL: the SLO cannot be met", v)
	}
}
