package local

import (
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// limitFiles leaves the balancer room for n open files.
func limitFiles(t *testing.T, p *Platform, n uint64) {
	t.Helper()
	pid := p.current().guard.cmd.Process.Pid
	var limit unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = n
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}

func instrument(t *testing.T, p *Platform) platform.Instrument {
	t.Helper()
	i, err := p.Instrument(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// knock opens and closes a connection to the target's address.
func knock(t *testing.T, p *Platform) {
	t.Helper()
	url, err := p.Address(platform.Target)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp4", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return // reset before we had it
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = io.WriteString(conn, "GET /healthz HTTP/1.0\r\n\r\n")
	_, _ = io.ReadAll(conn)
}

// TestBalancerOutOfFiles: whether it cannot accept or cannot reach a replica, the balancer
// blames itself, and the target's state does not change. Which of the two happens depends on
// how many files are open already, so the limit is lowered step by step.
func TestBalancerOutOfFiles(t *testing.T) {
	p := acquired(t, testConfig(t.TempDir(), t.TempDir()))
	settle(t, p, platform.Target, 1)
	before := instrument(t, p)
	for _, want := range []string{"connecting to a replica: too many open files", "accepting a connection: accept tcp4"} {
		found := false
		for files := uint64(32); files > 3 && !found; files-- {
			limitFiles(t, p, files)
			knock(t, p)
			troubles, _ := instrument(t, p).Since(before)
			found = strings.Contains(strings.Join(troubles, "\n"), "the balancer: "+want)
		}
		if !found {
			t.Errorf("never told: %s", want)
		}
	}
	if st := look(t, p, platform.Target); !st.Settled(1) {
		t.Errorf("the target is %+v", st)
	}
}

// TestRefusingTargetIsNoTrouble: a target whose replicas are gone is not the balancer's fault.
func TestRefusingTargetIsNoTrouble(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.ProbePeriod = time.Hour // the balancer goes on sending there
	p := acquired(t, cfg)
	st := settle(t, p, platform.Target, 1)
	if err := syscall.Kill(processOf(t, p, st.Replicas[0].ID).cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		knock(t, p)
	}
	if i := instrument(t, p); len(i.Troubles) > 0 {
		t.Errorf("troubles %v", i.Troubles)
	}
}

// TestReleaseDoesNotWaitForAFrozenBalancer, however many replicas are to be drained.
func TestReleaseDoesNotWaitForAFrozenBalancer(t *testing.T) {
	p := acquired(t, testConfig(t.TempDir(), t.TempDir()))
	settle(t, p, platform.Target, 4)
	signalBalancer(t, p, syscall.SIGSTOP)
	began := time.Now()
	if err := p.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > forceTime+tellTimeout {
		t.Errorf("it took %v", took)
	}
}

// TestForeignTargetHasNoBalancer: a process that stands still there is in nobody's way. Its
// end is reported all the same, because it is also the guard.
func TestForeignTargetHasNoBalancer(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.Target, cfg.TargetURL = nil, "http://127.0.0.1:1"
	p := acquired(t, cfg)
	signalBalancer(t, p, syscall.SIGSTOP)
	if i := instrument(t, p); i.Stalled > 0 || len(i.Troubles) > 0 {
		t.Errorf("Instrument() = %+v", i)
	}
	signalBalancer(t, p, syscall.SIGKILL)
	await(t, "the guard's end is told", func() bool {
		_, err := p.Instrument(t.Context())
		return err != nil && strings.Contains(fmt.Sprint(err), "the balancer has ended (signal: killed)")
	})
}
