package local

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func TestReadStat(t *testing.T) {
	const line = "42 (a b) c) S 7 43 43 0 -1 4194560 100 200 0 0 150 50 30 20 20 0 4 0 1000 12345678 25 18446744073709551615 1 1\n"
	group, u, err := readStat([]byte(line))
	if err != nil || group != 43 || u.cpu != 2500*time.Millisecond || u.memory != 25*int64(os.Getpagesize()) {
		t.Errorf("group %d, %+v, %v", group, u, err)
	}
	for _, bad := range []string{"", "1 (x) S 1 1", "42 (a) S 7 43 43 0 -1 4194560 100 200 0 0 x 50 30 20 20 0 4 0 1000 12345678 25 1"} {
		if _, _, err := readStat([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestUsedBy: a group's time is that of its processes, whether they run or have ended.
func TestUsedBy(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// Two children work until each has used 0.2 s; one of them has then ended.
	cmd := exec.CommandContext(ctx, "sh", "-c", `work() { while :; do set -- $(cut -d" " -f14 /proc/self/stat); i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; n=$((n+1)); [ $n -gt 20 ] && return; done; }
		(work); echo; work; echo; sleep 60`)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); _ = cmd.Wait() }()
	groups := map[int]string{cmd.Process.Pid: "it"}
	read := func() used {
		t.Helper()
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		u, err := usedBy(groups)
		if err != nil {
			t.Fatal(err)
		}
		return u[cmd.Process.Pid]
	}
	first := read()
	second := read()
	if first.cpu <= 0 || second.cpu <= first.cpu || second.memory <= 0 {
		t.Errorf("%v after a child has worked and ended, %v after its parent has; %d bytes", first.cpu, second.cpu, second.memory)
	}
}
