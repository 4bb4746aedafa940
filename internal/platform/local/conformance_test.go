package local

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
)

func TestConforms(t *testing.T) {
	suite := &platformtest.Suite{
		New: newSubject,
		NewUnmanaged: func(t *testing.T) platform.Platform {
			cfg := testConfig(t.TempDir(), t.TempDir())
			cfg.Target, cfg.TargetURL = nil, "http://127.0.0.1:1/"
			return newPlatform(t, cfg)
		},
		NewCrashing: func(t *testing.T) platform.Platform {
			cfg := testConfig(t.TempDir(), t.TempDir())
			cfg.Target = &Workload{Command: self("crash", "{{port}}")}
			return newPlatform(t, cfg)
		},
	}
	suite.Run(t)
}

// newSubject leaves ScaleElsewhere and Count nil: nobody else can scale our
// children, and they die with us.
func newSubject(t *testing.T) *platformtest.Subject {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.DrainTimeout = time.Hour // Hold lets go
	p := newPlatform(t, cfg)
	return &platformtest.Subject{
		Platform: p,
		Peer: func(t *testing.T) platform.Platform {
			peer := cfg
			peer.RunDir = t.TempDir()
			return newPlatform(t, peer)
		},
		DieHolding: func(t *testing.T, holder platform.Holder) {
			d := startDriver(t, "-run", holder.Run, "-run-dir", t.TempDir(), "-lock-dir", cfg.LockDir)
			d.kill(t)
		},
		Kill: func(t *testing.T, _ platform.Role, id string) {
			if err := syscall.Kill(processOf(t, p, id).cmd.Process.Pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		},
		Hold: func(t *testing.T) func() { return holdOpen(t, p, 2) },
		BreakReadiness: func(t *testing.T) func() {
			tellAll(t, p, "/break")
			return func() { tellAll(t, p, "/mend") }
		},
		FreezeInstrument: func(t *testing.T) func() {
			signalBalancer(t, p, syscall.SIGSTOP)
			return func() { signalBalancer(t, p, syscall.SIGCONT) }
		},
		EndInstrument: func(t *testing.T) { signalBalancer(t, p, syscall.SIGKILL) },
	}
}

func signalBalancer(t *testing.T, p *Platform, sig syscall.Signal) {
	t.Helper()
	pid := p.current().guard.cmd.Process.Pid
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
	if sig == syscall.SIGSTOP {
		await(t, "the balancer stands still", func() bool { return standsStill(pid) })
	}
}

// standsStill tells whether every thread of a process is stopped, as it is a moment after it
// was told to; where /proc does not tell, it is believed.
func standsStill(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil {
		return true
	}
	for _, path := range threads {
		if text, err := os.ReadFile(path); err == nil && !strings.Contains(string(text), ") T ") {
			return false
		}
	}
	return true
}

func newPlatform(t *testing.T, cfg Config) *Platform {
	t.Helper()
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Release(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// processOf is the process behind a replica.
func processOf(t *testing.T, p *Platform, id string) *process {
	t.Helper()
	s := p.current()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workloads {
		for _, r := range w.replicas {
			if r.id == id && r.proc != nil {
				return r.proc
			}
		}
	}
	t.Fatalf("no replica %s", id)
	return nil
}

// tellAll sends a GET to every replica of the target, past the balancer.
func tellAll(t *testing.T, p *Platform, path string) {
	t.Helper()
	st, err := p.Status(t.Context(), platform.Target)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range st.Replicas {
		get(t, "http://"+loopback(processOf(t, p, r.ID).port)+path)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", url, res.Status, err)
	}
	return string(body)
}

// dialTarget opens a connection through the balancer and waits for an answer on it.
func dialTarget(t *testing.T, p *Platform) net.Conn {
	t.Helper()
	url, err := p.Address(platform.Target)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp4", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("answer %+v, %v", res, err)
	}
	return conn
}

// holdOpen opens one connection to each of n replicas.
func holdOpen(t *testing.T, p *Platform, n int) (release func()) {
	t.Helper()
	var conns []net.Conn
	for range n {
		conns = append(conns, dialTarget(t, p))
	}
	return func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}
}

// driver is a process that drives a platform.
type driver struct {
	cmd *exec.Cmd
	url string
}

// startDriver starts one and waits until it has done what args say.
func startDriver(t *testing.T, args ...string) *driver {
	t.Helper()
	argv := self("driver", args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d := &driver{cmd: cmd}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	d.url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the driver did not come up: %v", err)
	}
	d.url = strings.TrimSpace(d.url)
	return d
}

// kill kills it and waits for its end.
func (d *driver) kill(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = d.cmd.Wait()
}
