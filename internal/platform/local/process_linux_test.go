package local

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Even without the guard the kernel kills the direct children.
func TestKernelKillsChildrenWithoutTheGuard(t *testing.T) {
	d := startDriver(t, "-run-dir", t.TempDir(), "-lock-dir", t.TempDir(), "-replicas", "2")
	var guard int
	var others []int
	for _, pid := range childrenOf(t, d.cmd.Process.Pid) {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(line), "helper:balancer") {
			guard = pid
		} else {
			others = append(others, pid)
		}
	}
	if guard == 0 || len(others) != 2 {
		t.Fatalf("the driver's children are guard %d and %v", guard, others)
	}
	// The guard must not see its input end before it is dead.
	if err := syscall.Kill(guard, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	d.kill(t)
	for _, pid := range others {
		await(t, fmt.Sprintf("process %d is gone", pid), func() bool { return gone(pid) })
	}
}

// At whatever moment of starting and stopping the driver is killed, nothing is left.
func TestKillAtAnyMomentLeavesNoOrphans(t *testing.T) {
	lockDir := t.TempDir()
	for i := range 8 {
		dir := t.TempDir() // the mark in the command lines of all that belongs to this driver
		argv := self("driver", "-churn", "-run-dir", dir, "-lock-dir", lockDir, "-script", "sh -c 'sleep 3600; : "+dir+"' & wait")
		cmd := exec.Command(argv[0], argv[1:]...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, "the driver has begun", func() bool { return len(marked(t, dir)) > 1 })
		time.Sleep(time.Duration(i*17) * time.Millisecond)
		all := append(marked(t, dir), childrenOf(t, cmd.Process.Pid)...)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		await(t, "the marked processes are gone", func() bool { return len(marked(t, dir)) == 0 })
		for _, pid := range all {
			await(t, fmt.Sprintf("process %d is gone", pid), func() bool { return gone(pid) })
		}
	}
}

// marked finds the processes with a mark in their command line.
func marked(t *testing.T, mark string) []int {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, path := range lines {
		line, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(line), mark) {
			pids = append(pids, atoi(t, filepath.Base(filepath.Dir(path))))
		}
	}
	return pids
}
