//go:build linux && e2e

package e2e

import (
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// TestFullMatrix measures the 24 default scenarios with our engine.
func TestFullMatrix(t *testing.T) {
	w := newWorld(t)
	w.file("full.yaml", experiment(simulator(), "{spawnRate: 200}", "{}", "{attempts: 10, settle: 2s}"))
	d := w.run(20*time.Minute, "run", "full.yaml", "--duration", "3s", "--cooldown", "0s", "--out", "run", "--json")
	d.wantExit(0)
	w.wantLatencies(w.wantSuccess("run", 24))
	if d.wantOverhead() > overheadGoal {
		t.Error("the overhead is above its goal")
	}
	w.remakes("run", 0)
	w.tellFindings("run")
}

// tellFindings logs what the checks said of each attempt: of an idle machine, nothing of the
// instrument.
func (w *world) tellFindings(dir string) {
	w.t.Helper()
	for _, rec := range w.journal(dir).Records {
		for _, f := range rec.Findings {
			w.t.Logf("%v, attempt %d: %s %s", rec.Key, rec.Attempt, f.ID, f.Text)
		}
	}
}

// TestSmokeWithLocust measures the smoke preset with real Locust.
func TestSmokeWithLocust(t *testing.T) {
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		waitingTest(t)
		w := newWorld(t)
		w.file("smoke.yaml", experiment(simulator(), "{engine: locust, spawnRate: 100}", "{}", "{attempts: 10, settle: 3s}"))
		d := w.run(10*time.Minute, "run", "smoke.yaml", "--preset", "smoke", "--duration", "9s", "--out", "run", "--json", "--python", p.Path)
		d.wantExit(0)
		w.wantLatencies(w.wantSuccess("run", 3))
		d.wantOverhead()
		w.remakes("run", 0)
	})
}

// TestDisturbedLocustIsRepeated: what holds for our engine holds for real Locust.
func TestDisturbedLocustIsRepeated(t *testing.T) {
	waitingTest(t)
	for _, d := range []disturbance{
		{"worker", []string{"locust", "--worker"}, "load worker worker-000"},
		{"master", []string{"locust", "--master"}, "load master master-000"},
		{"target replica", []string{"inference-sim"}, "target replica target-000"},
	} {
		t.Run(d.name, func(t *testing.T) {
			waitingTest(t)
			pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
				waitingTest(t)
				w := newWorld(t)
				run := w.disturbed("{engine: locust, file: busy.py, spawnRate: 50}", "{duration: 12s, settle: 0s, cooldown: 0s}", d, "--python", p.Path)
				d.wantRepeated(w, run)
			})
		})
	}
}

// TestKilledDriverStopsLocust: Python's processes die with the driver as well.
func TestKilledDriverStopsLocust(t *testing.T) {
	waitingTest(t)
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		waitingTest(t)
		w := newWorld(t)
		target := newCounter(t)
		w.file("busy.py", busyPython)
		w.file("url.yaml", experiment("{url: "+target.URL+"}", "{engine: locust, file: busy.py, spawnRate: 50}",
			"{workers: [2], users: [20]}", "{duration: 60s, settle: 0s, cooldown: 0s}"))
		d := w.start("run", "url.yaml", "--out", "run", "--json", "--python", p.Path)
		d.awaitMeasured(1)
		d.kill()
		killed := time.Now()
		w.noOrphans()
		target.wantSilence(killed.Add(time.Second))
	})
}
