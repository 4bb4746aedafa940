//go:build linux

package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// TestPythonWorkersOnOurMaster drives our master with a Python worker.
func TestPythonWorkersOnOurMaster(t *testing.T) {
	waitingTest(t)
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		waitingTest(t)
		w := newWorld(t)
		m := w.master()
		p.Worker(t, eagerPython, "127.0.0.1", m.wire)
		w.workers(m, 1)
		w.drives(m)
	})
}

// TestOurWorkersOnPythonMaster drives a Python master with one of our workers.
func TestOurWorkersOnPythonMaster(t *testing.T) {
	waitingTest(t)
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		waitingTest(t)
		w := newWorld(t)
		m := daemon{pylocust.FreePort(t), pylocust.FreePort(t)}
		p.Master(t, eagerPython, m.web, m.wire)
		w.worker(m, w.file("eager.yaml", eager))
		w.drives(m)
	})
}

// drives runs an experiment through a master that already runs, and compares the
// numbers with the server's.
func (w *world) drives(m daemon) {
	w.t.Helper()
	server := newKnown(w.t)
	w.file("mixed.yaml", experiment("{url: "+server.URL+"}", "{masterURL: "+m.url()+", spawnRate: 100}",
		"{users: [60]}", "{duration: 5s, settle: 1s, cooldown: 0s}"))
	w.run(2*patience, "run", "mixed.yaml", "--out", "run").wantExit(0)
	rows := w.wantSuccess("run", 1)
	if rows[0].Workers != 1 {
		w.t.Errorf("the row has %s workers, want the 1 found", strconv.Itoa(rows[0].Workers))
	}
	got := measured(w.t, w, "run")
	// Enough to see a wrong unit, share or sum; TestKnownLatencies looks closely.
	if wrong := server.compare(w.t, got, tolerance{latency: .2, rate: .1}); len(wrong) > 0 {
		w.t.Error(strings.Join(wrong, "\n"))
	}
}
