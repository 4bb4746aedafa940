package local

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
)

func acquired(t *testing.T, cfg Config) *Platform {
	t.Helper()
	p := newPlatform(t, cfg)
	if err := p.Acquire(t.Context(), platform.Holder{Run: "a"}); err != nil {
		t.Fatal(err)
	}
	return p
}

func settle(t *testing.T, p *Platform, role platform.Role, n int) platform.Status {
	t.Helper()
	if err := settleAll(t.Context(), p, map[platform.Role]int{role: n}); err != nil {
		t.Fatal(err)
	}
	return look(t, p, role)
}

func look(t *testing.T, p *Platform, role platform.Role) platform.Status {
	t.Helper()
	st, err := p.Status(t.Context(), role)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestDrainIsCutAtTheTimeout(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	p := acquired(t, cfg)
	settle(t, p, platform.Target, 1)
	conn := dialTarget(t, p)
	before := time.Now()
	if err := p.Scale(t.Context(), platform.Target, 0); err != nil {
		t.Fatal(err)
	}
	_, err := conn.Read(make([]byte, 1))
	if took := time.Since(before); !errors.Is(err, syscall.ECONNRESET) || took < cfg.DrainTimeout {
		t.Errorf("an open connection ended after %v with %v, want a reset after %v", took, err, cfg.DrainTimeout)
	}
	await(t, "the target is gone", func() bool { return look(t, p, platform.Target).Settled(0) })
}

func TestDrainWithoutConnectionsDoesNotWait(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.DrainTimeout = time.Hour
	p := acquired(t, cfg)
	settle(t, p, platform.Target, 2)
	settle(t, p, platform.Target, 1)
}

// TestScheduled: a replica says since when it has a process.
func TestScheduled(t *testing.T) {
	p := acquired(t, testConfig(t.TempDir(), t.TempDir()))
	before := time.Now()
	settle(t, p, platform.Target, 1)
	if at := look(t, p, platform.Target).Replicas[0].Scheduled; at.Before(before) || at.After(time.Now()) {
		t.Errorf("it was started at %v, after it was asked for at %v", at, before)
	}
}

func TestReleaseDoesNotWaitForConnections(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.DrainTimeout = time.Hour
	p := acquired(t, cfg)
	settle(t, p, platform.Target, 1)
	dialTarget(t, p)
	if err := p.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStubbornProcessIsKilled(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.KillGrace = 50 * time.Millisecond
	cfg.Worker = &Workload{Command: self("stubborn")}
	p := acquired(t, cfg)
	settle(t, p, platform.Worker, 1)
	settle(t, p, platform.Worker, 0)
}

func TestReleaseStopsBeingPolite(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.KillGrace = time.Hour
	cfg.Worker = &Workload{Command: []string{"sh", "-c", "trap '' TERM; while :; do sleep 3600; done"}}
	p := acquired(t, cfg)
	settle(t, p, platform.Worker, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := p.Release(ctx); err != nil {
		t.Error(err)
	}
}

func TestPlaceholdersAndEnvironment(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.Target.Env = map[string]string{"MASTER": "{{master.port}} {{master.port2}}", "SELF": "{{target.url}}", "NAME": "{{replica}}", "KEPT": "{{.Names}}"}
	cfg.Target.Secrets = map[string]string{"SECRET": "{{port}}"}
	p := acquired(t, cfg)
	settle(t, p, platform.Target, 1)
	target, _ := p.Address(platform.Target)
	master, _ := p.Address(platform.Master)
	if got := get(t, target+"/env?name=MASTER"); !strings.HasSuffix(master, ":"+strings.Fields(got)[0]) || len(strings.Fields(got)) != 2 {
		t.Errorf("the master's ports are %q, its address %s", got, master)
	}
	if got := get(t, target+"/env?name=SELF"); got != target {
		t.Errorf("the target's URL is %q, want %q", got, target)
	}
	if got := get(t, target+"/env?name=NAME"); got != "target-0001" {
		t.Errorf("the replica is called %q, its log target-0001", got)
	}
	if got := get(t, target+"/env?name=KEPT"); got != "{{.Names}}" {
		t.Errorf("foreign braces became %q", got)
	}
	if got := get(t, target+"/env?name=SECRET"); got != "{{port}}" {
		t.Errorf("the secret became %q", got)
	}
	if got := get(t, target+"/env?name=PATH"); got != os.Getenv("PATH") {
		t.Errorf("PATH is %q, not ours", got)
	}
}

func TestPortClashHeals(t *testing.T) {
	p := acquired(t, testConfig(t.TempDir(), t.TempDir()))
	squatter := takePort(t, func() int { return p.current().masterPorts[1] })
	defer squatter.Close()
	before, _ := p.Address(platform.Master)
	st := settle(t, p, platform.Master, 1)
	if st.Replicas[0].Restarts != 0 {
		t.Errorf("a taken port counts as a restart: %+v", st.Replicas)
	}
	if after, _ := p.Address(platform.Master); after == before {
		t.Errorf("the master's address is still %s", after)
	}
}

// takePort listens on a port until it is somebody else's.
func takePort(t *testing.T, port func() int) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp4", loopback(port()))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A replica of the target finds its port taken: here by a command that takes it itself.
func TestTargetPortClashHeals(t *testing.T) {
	dir := t.TempDir()
	cfg := testConfig(dir, t.TempDir())
	serve := strings.Join(cfg.Target.Command, " ")
	// The first process starts a squatter in another session, which its group's end
	// does not reach, and then fails to listen itself.
	cfg.Target.Command = []string{"sh", "-c", `if mkdir "` + dir + `/once" 2>/dev/null; then
		setsid ` + serve + ` & echo $! > "` + dir + `/squatter"
		until ` + strings.Join(self("connect"), " ") + ` 127.0.0.1:{{port}}; do :; done
		exec ` + serve + `
	fi
	exec ` + serve}
	p := acquired(t, cfg)
	if err := p.Scale(t.Context(), platform.Target, 1); err != nil {
		t.Fatal(err)
	}
	await(t, "the second process serves", func() bool {
		st := look(t, p, platform.Target)
		return st.Settled(1) && st.Replicas[0].ID == "target-0002"
	})
	text, err := os.ReadFile(filepath.Join(dir, "squatter"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(atoi(t, string(text)), syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

func TestCommandThatCannotStart(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.Worker = &Workload{Command: []string{"no-such-program-anywhere"}}
	p := acquired(t, cfg)
	if err := p.Scale(t.Context(), platform.Worker, 1); err != nil {
		t.Fatal(err)
	}
	await(t, "the worker is stuck", func() bool {
		return strings.Contains(look(t, p, platform.Worker).Stuck, "no-such-program-anywhere")
	})
}

func TestCrashLoopTellsTheCause(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.Target = &Workload{Command: self("crash", "{{port}}")}
	cfg.CrashLoop = 3
	p := acquired(t, cfg)
	if err := p.Scale(t.Context(), platform.Target, 1); err != nil {
		t.Fatal(err)
	}
	var st platform.Status
	await(t, "the target is stuck", func() bool {
		st = look(t, p, platform.Target)
		return st.Stuck != ""
	})
	for _, want := range []string{"crash loop, 3 quick ends", "exit status 7", "loading the model\n" + platformtest.CrashOutput} {
		if !strings.Contains(st.Stuck, want) {
			t.Errorf("Stuck = %q, want %q in it", st.Stuck, want)
		}
	}
	log, err := os.ReadFile(filepath.Join(cfg.RunDir, "logs", "target-0001.log"))
	if err != nil || string(log) != "loading the model\n"+platformtest.CrashOutput+"\n" {
		t.Errorf("the first process's log is %q, %v", log, err)
	}
}

func TestNeverReadyIsStuck(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.Target.ReadyPath = "/nowhere"
	cfg.Target.ReadyTimeout = 300 * time.Millisecond
	p := acquired(t, cfg)
	if err := p.Scale(t.Context(), platform.Target, 1); err != nil {
		t.Fatal(err)
	}
	var st platform.Status
	await(t, "the target is stuck for the right reason", func() bool {
		st = look(t, p, platform.Target)
		return strings.Contains(st.Stuck, "/nowhere: 404") && strings.Contains(st.Stuck, "not ready after 300ms")
	})
	if st.Replicas[0].Restarts != 0 {
		t.Errorf("it was restarted: %+v", st)
	}
}

func TestBalancerThatCannotStart(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	cfg.Self = self("nonsense")
	p := newPlatform(t, cfg)
	err := p.Acquire(t.Context(), platform.Holder{Run: "a"})
	if err == nil || !strings.Contains(err.Error(), `no helper "nonsense"`) {
		t.Errorf("Acquire: %v, want the balancer's own words", err)
	}
	cfg.Self = self("balancer")
	acquired(t, cfg) // the lock was given back
}

func TestResumedRunKeepsItsLogs(t *testing.T) {
	cfg := testConfig(t.TempDir(), t.TempDir())
	var got []string
	for range 2 {
		p := acquired(t, cfg)
		got = append(got, settle(t, p, platform.Worker, 1).Replicas[0].ID)
		if err := p.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"worker-0001", "worker-0002"}, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestAtMostOneMaster(t *testing.T) {
	p := acquired(t, testConfig(t.TempDir(), t.TempDir()))
	var permanent *platform.PermanentError
	if err := p.Scale(t.Context(), platform.Master, 2); !errors.As(err, &permanent) {
		t.Errorf("Scale(master, 2) = %v, want a *PermanentError", err)
	}
}

func TestOpenFiles(t *testing.T) {
	if err := CheckOpenFiles(10); err != nil {
		t.Error(err)
	}
	argv := self("limit")
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"child has 256\n", "10000 open files", "the limit is 256", "ulimit -n 10000"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
}

// TestLoadedElsewhere: a run whose load does not go to its own processes locks the loaded
// address as well, whichever is locked first.
func TestLoadedElsewhere(t *testing.T) {
	cmd := &Workload{Command: []string{"true", portMark}}
	elsewhere := Config{Target: cmd, LoadedURL: "http://localhost:18000/"}.withDefaults()
	plain := Config{TargetURL: "http://127.0.0.1:18000"}.withDefaults()
	other := Config{Target: &Workload{Command: []string{"false", portMark}}, LoadedURL: "http://[::1]:18000"}.withDefaults()
	for _, pair := range [][2]Config{{elsewhere, plain}, {plain, elsewhere}, {elsewhere, other}} {
		dir := t.TempDir()
		l, err := takeLocks(dir, pair[0].lockIDs(), "target", platform.Holder{Run: "first"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = takeLocks(dir, pair[1].lockIDs(), "target", platform.Holder{Run: "second"})
		var held *platform.HeldError
		if !errors.As(err, &held) || held.Holder.Run != "first" {
			t.Errorf("%v beside %v: %v", pair[1].lockIDs(), pair[0].lockIDs(), err)
		}
		l.release()
		again, err := takeLocks(dir, pair[1].lockIDs(), "target", platform.Holder{Run: "second"})
		if err != nil {
			t.Errorf("after the release: %v", err)
		}
		again.release()
	}
}

func TestStaleLockIsHarmless(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.lock"), []byte(`{"Run":"ghost"`), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := takeLock(dir, "x", "target", platform.Holder{Run: "b", Detail: "pid 1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = takeLock(dir, "x", "target", platform.Holder{Run: "c"})
	var held *platform.HeldError
	if !errors.As(err, &held) || held.Holder != (platform.Holder{Run: "b", Detail: "pid 1"}) {
		t.Errorf("takeLock: %v", err)
	}
	l.release()
	l, err = takeLock(dir, "x", "target", platform.Holder{Run: "c"})
	if err != nil {
		t.Fatal(err)
	}
	l.release()
}

func TestTail(t *testing.T) {
	many := strings.Repeat("line\n", 50)
	for _, c := range []struct {
		text string
		cut  bool
		want string
	}{
		{"", false, ""},
		{"one\ntwo\n\n", false, "one\ntwo"},
		{"ne\ntwo", true, "two"},
		{"no end of line", true, "no end of line"},
		{many, false, strings.TrimSuffix(strings.Repeat("line\n", lastLines), "\n")},
		{"bad \xff byte", false, "bad \uFFFD byte"},
	} {
		if got := tail(c.text, c.cut); got != c.want {
			t.Errorf("tail(%q, %v) = %q, want %q", c.text, c.cut, got, c.want)
		}
	}
}
