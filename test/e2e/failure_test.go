//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/builtin"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// atOnce is how long an error may take that needs no waiting.
const atOnce = 20 * time.Second

const tiny = "{replicas: [1], workers: [1], users: [5]}"

const tinyMeasure = "{duration: 1s, settle: 0s, cooldown: 0s}"

// onlyPredict is the built-in mix without its other tasks, and with a short timeout.
func onlyPredict(t *testing.T) string {
	t.Helper()
	text, _, ok := strings.Cut(string(builtin.Swarmfile()), "        - name: health_check")
	if !ok {
		t.Fatal("the built-in swarmfile has no health_check")
	}
	return strings.Replace(text, "{between: [1s, 2s]}", "{constant: 100ms}", 1)
}

// TestEverythingFails: a service that fails every request is not loaded or, on request,
// measured as that, and is never the best of anything.
func TestEverythingFails(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("predict.yaml", onlyPredict(t))
	w.file("down.yaml", experiment(simulator("--failure-rate", "1"), "{file: predict.yaml, spawnRate: 50}", tiny, tinyMeasure,
		"slo: [{metric: failures, below: 1%}]"))
	w.run(atOnce, "run", "down.yaml", "--out", "refused").wantExit(1, "nothing was measured", "500 Internal Server Error")
	d := w.run(patience, "run", "down.yaml", "--out", "run", "--try=false")
	d.wantExit(3)
	if rows := w.wantSuccess("run", 1); *rows[0].FailuresPct != 100 {
		t.Errorf("%.2f %% failures, want 100", *rows[0].FailuresPct)
	}
	for _, text := range []string{w.read("run/auto_summary.md"), d.output()} {
		for _, line := range strings.Split(text, "\n") {
			if strings.Contains(strings.ToLower(line), "best") && strings.Contains(line, "1 replica") {
				t.Errorf("a failing row is called best: %s", line)
			}
		}
	}
	if w.remakes("run", 3); t.Failed() {
		t.Log(d.output())
	}
}

// TestBadTargets: what is wrong with the target's command is reported within seconds, with
// the end of its output, and nothing is measured.
func TestBadTargets(t *testing.T) {
	waitingTest(t)
	tests := []struct {
		name   string
		target string
		code   int
		said   []string
	}{
		{"missing", process("no-such-program", "{{port}}"), 2, []string{"no-such-program", "not found"}},
		{"crash", process("sh", "-c", "echo the model file is missing; exit 3", "{{port}}"), 1, []string{"exit status 3", "the model file is missing"}},
		{
			"never ready", strings.Replace(process("sh", "-c", "echo waiting for the database; sleep 600", "{{port}}"), "20s", "2s", 1), 1,
			[]string{"not ready after 2s", "waiting for the database"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			waitingTest(t)
			w := newWorld(t)
			w.file("bad.yaml", experiment(tt.target, "{}", tiny, tinyMeasure))
			d := w.run(atOnce, "run", "bad.yaml", "--out", "run")
			d.wantExit(tt.code, tt.said...)
			if _, err := os.Stat(filepath.Join(w.dir, "run", "experiment.json")); err == nil {
				t.Error("a run was begun")
			}
			w.noOrphans()
		})
	}
}

// TestSecondRunIsRefused: two loads on one target would measure each other.
func TestSecondRunIsRefused(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("busy.yaml", busy)
	w.file("long.yaml", experiment(quick(), "{file: busy.yaml}", tiny, "{duration: 60s, settle: 0s, cooldown: 0s}"))
	first := w.start("run", "long.yaml", "--out", "first", "--json")
	first.awaitPhase(1, run.PhaseMeasure)
	id := w.journal("first").Header.RunID
	pid := fmt.Sprintf("process %d", first.cmd.Process.Pid)
	w.run(atOnce, "run", "long.yaml", "--out", "second").wantExit(1, id, pid)
	w.run(atOnce, "run", "long.yaml", "--resume", "first").wantExit(1, "in use")
	w.run(atOnce, "cleanup", "long.yaml").wantExit(1, id, pid)
	first.kill()
	w.noOrphans()
	w.run(atOnce, "cleanup", "long.yaml").wantExit(0)
}

// TestFewOpenFiles: a limit that is too low is reported before anything starts.
func TestFewOpenFiles(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("many.yaml", experiment(quick(), "{}", "{replicas: [1], workers: [1], users: [500]}", tinyMeasure))
	d := w.startCommand("sh", "-c", "ulimit -n 64; exec swarmgrid run many.yaml --out run")
	d.wait(atOnce)
	d.wantExit(1, "open files", "64", "ulimit -n")
	if found, _ := filepath.Glob(w.path("run/logs/*")); len(found) > 0 {
		t.Errorf("%v was started", found)
	}
}

// TestNoLocust: a Python without Locust is a usage error that says what to install.
func TestNoLocust(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("locust.yaml", experiment(quick(), "{engine: locust}", tiny, tinyMeasure))
	// -S leaves the virtual environment's packages out.
	plain := w.file("python", "#!/bin/sh\nexec "+pylocust.New(t).Path+" -S \"$@\"\n")
	if err := os.Chmod(plain, 0o755); err != nil {
		t.Fatal(err)
	}
	w.run(atOnce, "run", "locust.yaml", "--python", plain).wantExit(2, plain, "has no Locust", "pip install locust")
	w.run(atOnce, "run", "locust.yaml", "--python", "no-such-python").wantExit(2, "no-such-python", "--python")
}

// TestBrokenLocustfile: Python's own message reaches the user.
func TestBrokenLocustfile(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("broken.py", "raise RuntimeError('the users.csv of this load is missing')\n")
	w.file("broken.yaml", experiment(quick(), "{engine: locust, file: broken.py}", tiny, tinyMeasure))
	w.run(patience, "run", "broken.yaml", "--out", "run", "--python", pylocust.New(t).Path).
		wantExit(2, "cannot be imported: RuntimeError: the users.csv of this load is missing (line 1)", "broken.py")
	d := w.run(patience, "run", "broken.yaml", "--out", "run", "--try=false", "--python", pylocust.New(t).Path)
	d.wantExit(1, "the users.csv of this load is missing", "broken.py")
	w.noOrphans()
}
