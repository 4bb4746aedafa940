//go:build linux

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/run"
)

// driver is one swarmgrid process.
type driver struct {
	w   *world
	cmd *exec.Cmd
	// done is closed when the process has ended and its output is read.
	done chan struct{}

	mu     sync.Mutex
	stdout bytes.Buffer
	stderr bytes.Buffer
	events []run.Event
}

// start runs swarmgrid in a process group of its own, like a shell's foreground job.
func (w *world) start(args ...string) *driver {
	w.t.Helper()
	return w.startCommand(filepath.Join(bin, "swarmgrid"), args...)
}

func (w *world) startCommand(name string, args ...string) *driver {
	w.t.Helper()
	d := &driver{w: w, cmd: exec.Command(name, args...), done: make(chan struct{})}
	d.cmd.Dir, d.cmd.Env = w.dir, w.env()
	d.cmd.Stderr = writer(func(p []byte) { d.locked(func() { d.stderr.Write(p) }) })
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	started := make(chan error)
	go d.live(stdout, started)
	if err := <-started; err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = d.cmd.Process.Kill()
		<-d.done
		if w.t.Failed() {
			w.t.Logf("%v: %v\nstandard error:\n%s", d.cmd.Args, d.cmd.ProcessState, d.errors())
		}
	})
	return d
}

// live keeps the thread that forked, since Pdeathsig fires at its end.
func (d *driver) live(stdout io.Reader, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := d.cmd.Start()
	started <- err
	if err != nil {
		close(d.done)
		return
	}
	d.read(stdout)
	_ = d.cmd.Wait() // the tests look at ProcessState
	close(d.done)
}

func (d *driver) read(stdout io.Reader) {
	for lines := bufio.NewReader(stdout); ; {
		line, err := lines.ReadBytes('\n')
		d.locked(func() {
			d.stdout.Write(line)
			var e run.Event
			if json.Unmarshal(line, &e) == nil && e.Type != "" {
				d.events = append(d.events, e)
			}
		})
		if err != nil {
			return
		}
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

func (d *driver) locked(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *driver) output() (s string) { d.locked(func() { s = d.stdout.String() }); return s }
func (d *driver) errors() (s string) { d.locked(func() { s = d.stderr.String() }); return s }

// seen counts the events so far that match.
func (d *driver) seen(match func(run.Event) bool) (n int) {
	d.locked(func() {
		for _, e := range d.events {
			if match(e) {
				n++
			}
		}
	})
	return n
}

func (d *driver) ended() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

// awaitEvent waits until n events match. It returns false when the process ends before that.
func (d *driver) awaitEvent(n int, match func(run.Event) bool) bool {
	d.w.t.Helper()
	d.w.await(patience, "the event comes", func() bool { return d.seen(match) >= n || d.ended() }, d.errors)
	return d.seen(match) >= n
}

// awaitPhase waits until the n-th phase of that name has begun.
func (d *driver) awaitPhase(n int, phase run.Phase) {
	d.w.t.Helper()
	if !d.awaitEvent(n, inPhase(phase)) {
		d.w.t.Fatalf("the run ended before phase %s number %d:\n%s", phase, n, d.errors())
	}
}

// awaitMeasured waits until the n-th window has shown its first numbers.
func (d *driver) awaitMeasured(n int) {
	d.w.t.Helper()
	ok := d.awaitEvent(n, func(e run.Event) bool {
		return e.Type == run.Sample && e.Phase == run.PhaseMeasure && e.Live != nil && e.Live.Requests > 0
	})
	if !ok {
		d.w.t.Fatalf("the run ended before it measured:\n%s", d.errors())
	}
}

func inPhase(phase run.Phase) func(run.Event) bool {
	return func(e run.Event) bool { return e.Type == run.PhaseStarted && e.Phase == phase }
}

// wait waits for the end and returns the exit code.
func (d *driver) wait(within time.Duration) int {
	d.w.t.Helper()
	d.w.await(within, "the process ends", d.ended, d.errors)
	return d.cmd.ProcessState.ExitCode()
}

// kill ends the driver by SIGKILL, and it alone.
func (d *driver) kill() {
	d.w.t.Helper()
	_ = d.cmd.Process.Kill()
	d.wait(patience)
}

// interrupt does what Ctrl-C in a terminal does.
func (d *driver) interrupt() {
	d.w.t.Helper()
	if err := syscall.Kill(-d.cmd.Process.Pid, syscall.SIGINT); err != nil {
		d.w.t.Fatal(err)
	}
}

// finished is the summary that ends the event stream.
func (d *driver) finished() *run.Summary {
	d.w.t.Helper()
	var s *run.Summary
	d.locked(func() {
		for _, e := range d.events {
			if e.Type == run.RunFinished {
				s = e.Run
			}
		}
	})
	if s == nil {
		d.w.t.Fatalf("no %s event; standard output:\n%s", run.RunFinished, d.output())
	}
	return s
}

// overheadGoal is the median time per scenario, in seconds, that our engine may need locally
// on top of ramp, settling, measuring and cool-down.
const overheadGoal = 2

// wantOverhead checks that the event stream has the overhead, and returns it.
func (d *driver) wantOverhead() float64 {
	d.w.t.Helper()
	s := d.finished().OverheadMedian
	d.w.t.Logf("median overhead per scenario: %.2f s, goal %d s", s, overheadGoal)
	if s <= 0 {
		d.w.t.Errorf("median overhead per scenario is %v, want more than nothing", s)
	}
	return s
}

// run runs swarmgrid to its end.
func (w *world) run(within time.Duration, args ...string) *driver {
	w.t.Helper()
	d := w.start(args...)
	d.wait(within)
	return d
}

// wantExit checks the exit code and the output.
func (d *driver) wantExit(code int, said ...string) {
	d.w.t.Helper()
	if got := d.cmd.ProcessState.ExitCode(); got != code {
		d.w.t.Errorf("exit code %d, want %d (%v)", got, code, d.cmd.ProcessState)
	}
	for _, text := range said {
		if !strings.Contains(d.errors(), text) {
			d.w.t.Errorf("standard error lacks %q:\n%s", text, d.errors())
		}
	}
}
