//go:build linux

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// TestWorkerIsBounded measures the memory of a worker with a thousand tasks while its master
// neither reads nor answers, and then sends messages of the largest size.
func TestWorkerIsBounded(t *testing.T) {
	waitingTest(t)
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(target.Close)
	r, err := wire.Listen(t.Context(), "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	pid := startWorker(t, r.Addr().(*net.TCPAddr).Port, target.URL)
	id := ""
	until(t, r, wire.TypeClientReady, func(e wire.Event) {
		id = e.Identity
		r.Admit(id)
	})
	send := func(typ string, data wire.Payload) error { return r.Send(id, wire.Encode(typ, data, id)) }
	if err := send(wire.TypeAck, wire.Ack{Protocol: wire.Protocol}); err != nil {
		t.Fatal(err)
	}
	if err := send(wire.TypeHeartbeat, wire.HeartbeatReply{NowMicros: time.Now().UnixMicro()}); err != nil {
		t.Fatal(err)
	}
	if err := send(wire.TypeSpawn, wire.Spawn{Timestamp: 1, UserClassesCount: map[string]int{"Many": 50}}); err != nil {
		t.Fatal(err)
	}
	until(t, r, wire.TypeSpawningComplete, nil)
	t.Logf("with 50 users: %d MiB", peakMiB(t, pid))
	time.Sleep(15 * time.Second)
	t.Logf("after 15 s that nobody read: %d MiB", peakMiB(t, pid))
	go func() {
		for _, err := r.Recv(t.Context()); err == nil; _, err = r.Recv(t.Context()) {
		}
	}()
	large, sent := wire.Logs{Lines: []string{strings.Repeat("x", 4<<20-1000)}}, 0
	for end := time.Now().Add(5 * time.Second); sent < 100 && time.Now().Before(end); {
		if send("noise", large) == nil {
			sent++
		} else {
			time.Sleep(5 * time.Millisecond)
		}
	}
	peak := peakMiB(t, pid)
	t.Logf("after %d messages of 4 MiB: %d MiB", sent, peak)
	if peak > 256 || sent == 0 {
		t.Errorf("the worker took %d MiB, want 256 at most; %d messages were sent", peak, sent)
	}
}

// until handles messages up to the first of a type.
func until(t *testing.T, r *wire.Router, typ string, each func(wire.Event)) {
	t.Helper()
	for {
		e, err := r.Recv(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if each != nil {
			each(e)
		}
		if m, err := wire.DecodeMessage(e.Payload); err == nil && m.Type == typ {
			return
		}
	}
}

// startWorker starts one with a thousand tasks and returns its pid.
func startWorker(t *testing.T, port int, target string) int {
	t.Helper()
	var file strings.Builder
	file.WriteString("apiVersion: swarmgrid.dev/v1alpha1\nkind: Swarmfile\nmetadata: {name: many}\nspec:\n  users:\n    - name: Many\n      tasks:\n")
	for i := range 1000 {
		fmt.Fprintf(&file, "        - {name: task-%d, request: {path: /%d}}\n", i, i)
	}
	path := filepath.Join(t.TempDir(), "swarmfile.yaml")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "swarmgrid"), "worker", "-f", path, "--master-port", strconv.Itoa(port), "--host", target)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd.Process.Pid
}
