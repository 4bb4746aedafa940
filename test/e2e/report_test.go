//go:build linux

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/page"
	"github.com/swarmgrid/swarmgrid/internal/report"
)

// remakes deletes every report of a run and has them made again, byte for byte.
func (w *world) remakes(dir string, code int) {
	w.t.Helper()
	before := map[string]string{}
	for _, f := range append(report.Files(), page.File("")) {
		if f.Backed != nil {
			continue // not of a run on one machine
		}
		path := w.path(filepath.Join(dir, f.Name))
		before[path] = w.read(path)
		if err := os.Remove(path); err != nil {
			w.t.Fatal(err)
		}
	}
	w.run(patience, "report", dir).wantExit(code)
	for path, want := range before {
		if diff := cmp.Diff(want, w.read(path)); diff != "" {
			w.t.Errorf("%s is not the same (-run +report):\n%s", path, diff)
		}
	}
}

// TestReport: reports need nothing but the run's directory.
func TestReport(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("busy.yaml", busy)
	w.file("slo.yaml", experiment(quick(), "{file: busy.yaml, spawnRate: 50}", "{replicas: [1, 2], workers: [1], users: [5]}",
		"{duration: 1s, settle: 0s, cooldown: 0s}", "slo: [{metric: p95, below: 10s}]"))
	d := w.run(patience, "run", "slo.yaml", "--out", "run")
	d.wantExit(0)
	w.wantSuccess("run", 2)
	w.remakes("run", 0)
	if diff := cmp.Diff(d.output(), w.run(patience, "report", "run").output()); diff != "" {
		t.Errorf("the table is not the same (-run +report):\n%s", diff)
	}
	if err := os.Rename(w.path("run"), w.path("moved")); err != nil {
		t.Fatal(err)
	}
	w.remakes("moved", 0)
}
