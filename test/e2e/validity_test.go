//go:build linux

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// disturbance is a process killed while measuring.
type disturbance struct {
	name string
	// words find the process.
	words []string
	// reason is what the record must say.
	reason string
}

func disturbances() []disturbance {
	return []disturbance{
		{"worker", []string{"swarmgrid", "worker"}, "load worker worker-000"},
		{"master", []string{"swarmgrid", "master"}, "load master master-000"},
		{"target replica", []string{"inference-sim"}, "target replica target-000"},
	}
}

// disturbed starts a run of one scenario and kills a process in its first window.
func (w *world) disturbed(load, measure string, d disturbance, flags ...string) *driver {
	w.t.Helper()
	w.file("busy.yaml", busy)
	w.file("busy.py", busyPython)
	w.file("one.yaml", experiment(quick(), load, "{replicas: [2], workers: [2], users: [10]}", measure))
	driver := w.start(append([]string{"run", "one.yaml", "--out", "run", "--json"}, flags...)...)
	for last, hit := 0, false; !hit; {
		var opened bool
		if last, opened, hit = d.hit(w, driver, last); !opened {
			w.t.Fatalf("the run ended before another window was open:\n%s", driver.errors())
		}
	}
	return driver
}

// disturbedOnly starts runs of one attempt until it is the disturbance that one ended for.
func disturbedOnly(t *testing.T, d disturbance) (*world, *driver) {
	t.Helper()
	for range 20 {
		w := newWorld(t)
		w.file("busy.yaml", busy)
		w.file("one.yaml", experiment(quick(), "{file: busy.yaml, spawnRate: 50}", "{replicas: [2], workers: [2], users: [10]}",
			"{duration: 5s, settle: 0s, cooldown: 0s, attempts: 1}"))
		driver := w.start("run", "one.yaml", "--out", "run", "--json")
		if _, _, hit := d.hit(w, driver, 0); hit {
			return w, driver
		}
		driver.wait(2 * patience)
	}
	t.Fatal("something else stood still in each of 20 runs")
	return nil, nil
}

// hit disturbs the window of the next attempt after last and tells whether that is what it
// ended for: on an overloaded machine something may have stood still before, so that it may
// not even have opened.
func (d disturbance) hit(w *world, driver *driver, last int) (attempt int, opened, hit bool) {
	w.t.Helper()
	measuring := func(e run.Event) bool {
		ok := e.Type == run.Sample && e.Phase == run.PhaseMeasure && e.Attempt > last && e.Live != nil && e.Live.Requests > 0
		if ok {
			attempt = e.Attempt
		}
		return ok
	}
	if !driver.awaitEvent(1, measuring) {
		return last, false, false
	}
	w.strike(d.words...) // if they are gone, the attempt has ended for something else
	driver.awaitEvent(1, func(e run.Event) bool {
		ended := e.Type == run.AttemptFinished && e.Attempt == attempt
		hit = hit || ended && !stoodStill(*e.Record)
		return ended
	})
	return attempt, true, hit
}

// wantRepeated checks that the window was INVALID for the reason and that a second attempt succeeded.
func (d disturbance) wantRepeated(w *world, run *driver) {
	w.t.Helper()
	run.wait(2 * patience)
	run.wantExit(0)
	w.wantSuccess("run", 1)
	records := calm(w.journal("run").Records)
	if len(records) != 2 {
		w.t.Fatalf("%d records, want 2: %+v", len(records), records)
	}
	first, second := records[0], records[1]
	if first.Status != result.Invalid || first.Terminal || !strings.Contains(first.StatusText(), d.reason) {
		w.t.Errorf("first attempt: %s (terminal %v), want INVALID for %q, not terminal", first.StatusText(), first.Terminal, d.reason)
	}
	if second.Status != result.Success || !second.Terminal {
		w.t.Errorf("second attempt: %s (terminal %v), want SUCCESS, terminal", second.StatusText(), second.Terminal)
	}
	w.noOrphans()
}

// calm leaves out the attempts that are INVALID only because something stood still: on an
// overloaded machine that is true, and they are repeated.
func calm(records []result.Record) []result.Record {
	return slices.DeleteFunc(slices.Clone(records), stoodStill)
}

func stoodStill(r result.Record) bool {
	other := func(reason string) bool { return !strings.Contains(reason, " stood still for ") }
	return r.Status == result.Invalid && len(r.Reasons) > 0 && !slices.ContainsFunc(r.Reasons, other)
}

// TestDisturbedIsRepeated: whatever dies while measuring, the window is INVALID
// for that reason, and another attempt succeeds.
func TestDisturbedIsRepeated(t *testing.T) {
	waitingTest(t)
	for _, d := range disturbances() {
		t.Run(d.name, func(t *testing.T) {
			waitingTest(t)
			w := newWorld(t)
			d.wantRepeated(w, w.disturbed("{file: busy.yaml, spawnRate: 50}", "{duration: 5s, settle: 0s, cooldown: 0s}", d))
		})
	}
}

// TestDisturbedIsNeverBest: with one attempt only, the row says INVALID, nothing
// recommends it, and the exit code is that of a scenario that was not measured.
func TestDisturbedIsNeverBest(t *testing.T) {
	waitingTest(t)
	for _, d := range disturbances() {
		t.Run(d.name, func(t *testing.T) {
			waitingTest(t)
			w, run := disturbedOnly(t, d)
			run.wait(2 * patience)
			run.wantExit(1)
			rows := w.csv("run")
			if len(rows) != 1 || !strings.HasPrefix(rows[0].Status, "INVALID: ") || !strings.Contains(rows[0].Status, d.reason) {
				t.Errorf("rows %+v, want one INVALID for %q", rows, d.reason)
			}
			text := w.read(filepath.Join("run", "auto_summary.md"))
			if !strings.Contains(text, "INVALID") || strings.Contains(text, "2 replicas, 2 workers, 10 users") {
				t.Errorf("the report does not name the invalid row, or calls it something good:\n%s", text)
			}
			w.remakes("run", 1)
			w.noOrphans()
		})
	}
}

// TestKilledDriverStopsTheLoad: the run's own processes die with it.
func TestKilledDriverStopsTheLoad(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	target := newCounter(t)
	w.file("busy.yaml", busy)
	w.file("url.yaml", experiment("{url: "+target.URL+"}", "{file: busy.yaml, spawnRate: 50}",
		"{workers: [2], users: [20]}", "{duration: 60s, settle: 0s, cooldown: 0s}"))
	d := w.start("run", "url.yaml", "--out", "run", "--json")
	d.awaitMeasured(1)
	d.kill()
	killed := time.Now()
	w.noOrphans()
	target.wantSilence(killed.Add(time.Second))
}

// TestKilledDriverLosesTheLease: a master that was started separately stops the load when
// its driver is gone.
func TestKilledDriverLosesTheLease(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	target := newCounter(t)
	m := w.master()
	w.file("busy.yaml", busy)
	w.worker(m, "busy.yaml")
	w.file("foreign.yaml", experiment("{url: "+target.URL+"}", "{masterURL: "+m.url()+", spawnRate: 50}",
		"{users: [20]}", "{duration: 60s, settle: 0s, cooldown: 0s}"))
	d := w.start("run", "foreign.yaml", "--out", "run", "--json")
	d.awaitMeasured(1)
	d.kill()
	killed := time.Now()
	// The lease lasts 10 s, and requests under way may end.
	target.wantSilence(killed.Add(12 * time.Second))
	if last := target.last(); last.Sub(killed) < 2*time.Second {
		t.Errorf("the load ended %v after the kill: not by the lease", last.Sub(killed))
	}
}
