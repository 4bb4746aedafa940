package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// stuck scales a role to one replica and returns why it never becomes ready.
func stuck(t *testing.T, cfg Config, role platform.Role) string {
	t.Helper()
	p := acquired(t, cfg)
	if err := p.Scale(t.Context(), role, 1); err != nil {
		t.Fatal(err)
	}
	var st platform.Status
	await(t, "the "+string(role)+" is stuck", func() bool {
		st = look(t, p, role)
		return st.Stuck != ""
	})
	return st.Stuck
}

// TestNotReadySaysWhy: what was asked, what came, and what may be done.
func TestNotReadySaysWhy(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		command    []string
		want       string
	}{
		{"status", "/nowhere", nil, "/nowhere: 404 Not Found; next step"},
		{"deaf", "", self("sleep", "{{port}}"), ": nothing listens on that port, which is its {{port}}; next step"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := testConfig(t.TempDir(), t.TempDir())
			cfg.Target.ReadyPath, cfg.Target.ReadyTimeout, cfg.Target.NotReady = tt.path, 300*time.Millisecond, "next step"
			if tt.command != nil {
				cfg.Target.Command = tt.command
			}
			if got := stuck(t, cfg, platform.Target); !strings.Contains(got, "not ready after 300ms: ") || !strings.Contains(got, tt.want) {
				t.Errorf("Stuck = %q, want %q in it", got, tt.want)
			}
		})
	}
}

// TestAsked: a probe that gets no answer says so, and wraps the original error.
func TestAsked(t *testing.T) {
	err := asked("GET http://x/healthz", startTimeout, fmt.Errorf("dialing: %w", context.DeadlineExceeded))
	if err == nil || err.Error() != "GET http://x/healthz: no answer within 2s" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v", err)
	}
	if err := asked("GET http://x/healthz", startTimeout, nil); err != nil {
		t.Errorf("error = %v", err)
	}
}

// TestExplained: a process that has written why it will never be ready is not waited for.
func TestExplained(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.Master = &Workload{
		Command: []string{"sh", "-c", "echo no web interface; exec sleep 60", "{{port}}"}, ReadyPath: "/",
		Explain: func(output string) string {
			if output != "no web interface\n" {
				return ""
			}
			return "it has none"
		},
	}
	if got := stuck(t, cfg, platform.Master); got != "master-0001 will not be ready: it has none" {
		t.Errorf("Stuck = %q", got)
	}
}

// TestOtherPort: a process that wants a port of its own choice, which is taken, is told apart
// from one whose {{port}} was.
func TestOtherPort(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.Target.Command = append(cfg.Target.Command, "-second", taken.Addr().String())
	cfg.CrashLoop = 2
	if got := stuck(t, cfg, platform.Target); !strings.Contains(got, " wants a port that is taken, other than its {{port}} (") || !strings.HasSuffix(got, "address already in use") {
		t.Errorf("Stuck = %q", got)
	}
}

// TestTakenPort: after ten ports that were taken, the message names the eleventh.
func TestTakenPort(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	port := taken.Addr().(*net.TCPAddr).Port
	w := &workload{Workload: &Workload{Command: []string{"x", "{{port}}"}}, role: platform.Target}
	r := &replica{ports: [2]int{port, 0}, lastExit: "target-0011 ended"}
	if got := (&session{}).clashed(w, r); got != port {
		t.Errorf("port %d clashed, want %d", got, port)
	}
	r.clashes = maxClashes
	if got := (&session{}).clashed(w, r); got != 0 || !strings.Contains(r.lastExit, "is taken by another program (see lsof -i :") {
		t.Errorf("port %d clashed, last exit %q", got, r.lastExit)
	}
}

// TestFirstWords are the beginning of a log, and of none.
func TestFirstWords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("first"+strings.Repeat(".", 2*firstBytes)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := firstWords(path); len(got) != firstBytes || !strings.HasPrefix(got, "first") {
		t.Errorf("%d bytes", len(got))
	}
	if got := firstWords(path + "-none"); got != "" {
		t.Errorf("%q", got)
	}
}
