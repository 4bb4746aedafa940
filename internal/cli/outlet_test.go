package cli

import (
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// failing is a stream that cannot be written to.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestOutletKeepsTheOrder(t *testing.T) {
	var both bytes.Buffer
	o := newOutlet()
	stdout, stderr := o.through(&both), o.through(&both)
	for range 100 {
		_, _ = io.WriteString(stdout, "out ")
		_, _ = io.WriteString(stderr, "err ")
	}
	if err := o.close(0); err != nil {
		t.Error(err)
	}
	if want := strings.Repeat("out err ", 100); both.String() != want {
		t.Errorf("said %q", both.String())
	}
	_, _ = io.WriteString(stdout, "too late") // harmless
}

// TestOutletErrors: a reader that is gone is no error, a full disk is one.
func TestOutletErrors(t *testing.T) {
	for err, want := range map[error]string{
		&os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}:           "",
		&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EIO}:    "",
		&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}: "printing: write /dev/stdout: no space left on device",
	} {
		o := newOutlet()
		_, _ = io.WriteString(o.through(failing{err}), "text")
		got := ""
		if err := o.close(0); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

// TestOutletHoldsNobodyUp: a reader that does not read holds up neither the writer nor,
// after an interrupt, the end.
func TestOutletHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		o := newOutlet()
		out := o.through(w)
		for range 1000 {
			_, _ = io.WriteString(out, "line\n")
		}
		began := time.Now()
		if err := o.close(time.Second); err != nil || time.Since(began) != time.Second {
			t.Errorf("closing took %v: %v", time.Since(began), err)
		}
		_ = r.CloseWithError(syscall.EPIPE)
	})
}

// TestInterrupts: the first signal ends in order, a second by a person at once; hanging
// up is never a second.
func TestInterrupts(t *testing.T) {
	for _, test := range []struct {
		signals []os.Signal
		exits   int
	}{
		{[]os.Signal{os.Interrupt}, 0},
		{[]os.Signal{syscall.SIGHUP}, 0},
		{[]os.Signal{syscall.SIGHUP, syscall.SIGHUP}, 0},
		{[]os.Signal{syscall.SIGTERM, syscall.SIGHUP}, 0},
		{[]os.Signal{syscall.SIGHUP, syscall.SIGTERM}, 1},
		{[]os.Signal{os.Interrupt, os.Interrupt}, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			signals := make(chan os.Signal)
			defer close(signals)
			exits := 0
			ctx, stop := withInterrupts(t.Context(), &Env{Interrupts: signals, Exit: func(int) { exits++ }})
			defer stop()
			for _, s := range test.signals {
				signals <- s
				synctest.Wait()
			}
			if ctx.Err() == nil || exits != test.exits {
				t.Errorf("after %v: context %v, left at once %d times, want %d", test.signals, ctx.Err(), exits, test.exits)
			}
		})
	}
}

// TestFullDisk: the exit code says that output could not be written.
func TestFullDisk(t *testing.T) {
	for err, want := range map[error]int{syscall.ENOSPC: ExitFailed, syscall.EPIPE: ExitOK} {
		var stderr bytes.Buffer
		code := Main(&Env{
			Args: []string{"--version"}, Getenv: func(string) string { return "" },
			Stdout: failing{err}, Stderr: &stderr, StdoutWidth: func() int { return 0 }, StderrWidth: func() int { return 0 },
		})
		if code != want || strings.Contains(stderr.String(), err.Error()) != (want == ExitFailed) {
			t.Errorf("%v: exit code %d, said %q", err, code, &stderr)
		}
	}
}
