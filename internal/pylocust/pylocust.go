// Package pylocust starts real Python Locust for tests: masters, workers and
// scripts in Locust's Python, which has pyzmq and msgpack as well. Only tests use
// it. Processes run in groups of their own, end with the test and even with the
// test binary, and their output is in the failure.
package pylocust

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The environment variables that name the Pythons which have Locust installed.
const (
	EnvPython    = "SWARMGRID_TEST_LOCUST_PYTHON"
	EnvPythonOld = "SWARMGRID_TEST_LOCUST_PYTHON_OLD"
)

// Python is an interpreter with Locust installed.
type Python struct {
	// Version is Locust's.
	Version string
	// Path is the interpreter.
	Path string
}

// New returns the Python of the newest pinned Locust; the test fails when there is none.
func New(t testing.TB) Python {
	t.Helper()
	return find(t, "2.47.0", EnvPython)
}

// Old returns the Python of the last Locust whose /stop is a GET.
func Old(t testing.TB) Python {
	t.Helper()
	return find(t, "2.46.3", EnvPythonOld)
}

// Both runs f as a subtest with each Locust.
func Both(t *testing.T, f func(t *testing.T, p Python)) {
	t.Helper()
	for _, p := range []Python{New(t), Old(t)} {
		t.Run(p.Version, func(t *testing.T) { f(t, p) })
	}
}

func find(t testing.TB, version, env string) Python {
	t.Helper()
	path := os.Getenv(env)
	if path == "" {
		t.Fatalf("%s is not set, so there is no Locust %s; run through `make test`, which installs it", env, version)
	}
	return Python{Version: version, Path: path}
}

// Worker starts a Locust worker for the master at host:port. locustfile is the file's content.
func (p Python) Worker(t testing.TB, locustfile, host string, port int, args ...string) *Process {
	t.Helper()
	all := []string{"-m", "locust", "--worker", "-f", File(t, "locustfile.py", locustfile), "--master-host", host, "--master-port", strconv.Itoa(port)}
	return p.Start(t, append(all, args...)...)
}

// Master starts a Locust master on loopback and returns once both of its ports accept.
func (p Python) Master(t testing.TB, locustfile string, webPort, wirePort int, args ...string) *Process {
	t.Helper()
	all := []string{
		"-m", "locust", "--master", "-f", File(t, "locustfile.py", locustfile),
		"--web-host", "127.0.0.1", "--web-port", strconv.Itoa(webPort),
		"--master-bind-host", "127.0.0.1", "--master-bind-port", strconv.Itoa(wirePort),
	}
	m := p.Start(t, append(all, args...)...)
	m.WaitPort(t, webPort)
	m.WaitPort(t, wirePort)
	return m
}

// File writes content to a new temporary folder and returns its path.
func File(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// FreePort returns a loopback port that nothing listens on at the moment.
func FreePort(t testing.TB) int {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// Process is one running child.
type Process struct {
	cmd  *exec.Cmd
	out  output
	done chan struct{}
	err  error
}

// output is a buffer that may be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// Start runs the interpreter with args until the test ends.
func (p Python) Start(t testing.TB, args ...string) *Process {
	t.Helper()
	proc := &Process{cmd: exec.Command(p.Path, args...), done: make(chan struct{})}
	proc.cmd.Stdout, proc.cmd.Stderr = &proc.out, &proc.out
	proc.cmd.Env = append(os.Environ(), "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")
	proc.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go proc.run(started)
	if err := <-started; err != nil {
		t.Fatalf("starting %s: %v", p.Path, err)
	}
	t.Cleanup(func() { proc.cleanup(t) })
	return proc
}

// run keeps the thread that forked: Pdeathsig fires when it ends, not the process.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

func (p *Process) cleanup(t testing.TB) {
	p.Kill()
	if t.Failed() {
		t.Logf("output of %v:\n%s", p.cmd.Args, p.out.String())
	}
}

// Kill ends the process and its group by SIGKILL and waits for it.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// Signal sends a signal to the process alone.
func (p *Process) Signal(sig os.Signal) error { return p.cmd.Process.Signal(sig) }

// Wait returns the process's error when it has ended.
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

// Output is what the process has written so far, both streams together.
func (p *Process) Output() string { return p.out.String() }

// WaitPort waits until a loopback port accepts, and fails the test after 30 s or
// when the process ends.
func (p *Process) WaitPort(t testing.TB, port int) {
	t.Helper()
	Eventually(t, 30*time.Second, "port "+strconv.Itoa(port)+" to accept", func() bool {
		p.mustRun(t)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return false
		}
		_ = c.Close()
		return true
	})
}

func (p *Process) mustRun(t testing.TB) {
	t.Helper()
	select {
	case <-p.done:
		t.Fatalf("%v ended: %v", p.cmd.Args, p.err)
	default:
	}
}

// Eventually polls a condition and fails the test when it does not come true in time.
func Eventually(t testing.TB, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s", within, what)
		}
	}
}
