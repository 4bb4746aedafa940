//go:build linux

package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/run"
)

// oneScenario writes an experiment with one scenario, and as many attempts as a busy machine
// may need, and returns the file's name.
func (w *world) oneScenario() string {
	w.t.Helper()
	w.file("busy.yaml", busy)
	w.file("one.yaml", experiment(quick(), "{file: busy.yaml, spawnRate: 50}", "{replicas: [1], workers: [1], users: [5]}", "{duration: 5s, settle: 0s, cooldown: 0s, attempts: 6}"))
	return "one.yaml"
}

// hangUp does what closing a terminal does: it and its shell each send a hang-up.
func (d *driver) hangUp() {
	d.w.t.Helper()
	for range 2 {
		if err := syscall.Kill(-d.cmd.Process.Pid, syscall.SIGHUP); err != nil {
			d.w.t.Fatal(err)
		}
	}
}

// TestHangUp: a terminal that is closed ends a run as Ctrl-C does.
func TestHangUp(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("busy.yaml", busy)
	w.file("two.yaml", experiment(quick(), "{file: busy.yaml, spawnRate: 50}", "{replicas: [1], workers: [1], users: [5, 10]}", "{duration: 5s, settle: 0s, cooldown: 0s, attempts: 6}"))
	d := w.start("run", "two.yaml", "--out", "run", "--json")
	d.awaitEvent(1, func(e run.Event) bool { return e.Type == run.Sample && e.Key.Users == 10 && e.Live.Requests > 0 })
	d.hangUp()
	d.wait(20 * time.Second)
	d.wantExit(130, "run --resume run", "swarmgrid: interrupted")
	w.noOrphans()
	w.wantInterrupted("run")
	w.remakes("run", 1)
}

// TestNoHangUp: under nohup a run outlives its terminal.
func TestNoHangUp(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	d := w.startCommand("sh", "-c", `trap "" HUP; exec swarmgrid run `+w.oneScenario()+` --out run --json`)
	d.awaitMeasured(1)
	d.hangUp()
	d.wait(patience)
	d.wantExit(0)
	w.wantSuccess("run", 1)
}

// TestReaderLeaves: the reader of the output may leave, and the run ends as it would have.
func TestReaderLeaves(t *testing.T) {
	waitingTest(t)
	for name, pipe := range map[string]string{
		"lines": "2>&1 | head -n 1", "json": "--json | head -n 1", "all json": "--json 2>&1 | head -n 1", "nobody": "2>&1 | true",
	} {
		t.Run(name, func(t *testing.T) {
			waitingTest(t)
			w := newWorld(t)
			redirected, reader, _ := strings.Cut(pipe, "|")
			d := w.startCommand("sh", "-c", `{ swarmgrid run `+w.oneScenario()+
				` --out run `+redirected+`; echo $? > code; } |`+reader)
			d.wait(patience)
			w.await(patience, "the run ends", func() bool { return len(w.processes()) == 0 })
			if code := strings.TrimSpace(w.read("code")); code != "0" {
				t.Errorf("exit code %s, want 0", code)
			}
			w.wantSuccess("run", 1)
		})
	}
}

// TestReaderWaits: a pager that does not read on does not hold up a measurement.
func TestReaderWaits(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	// The pipe is full before the run begins.
	d := w.startCommand("sh", "-c", `{ head -c 65536 /dev/zero; swarmgrid run `+w.oneScenario()+
		` --out run --json; echo $? > code; } | { until test -e run/auto_summary.csv; do sleep 0.1; done; cat > /dev/null; }`)
	d.wait(patience)
	if code := strings.TrimSpace(w.read("code")); code != "0" {
		t.Errorf("exit code %s, want 0", code)
	}
	w.wantSuccess("run", 1)
}
