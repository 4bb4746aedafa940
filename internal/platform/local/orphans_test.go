//go:build unix

package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A driver that is killed takes its children along, and theirs.
func TestKilledDriverLeavesNoOrphans(t *testing.T) {
	pids, d := startFamily(t)
	d.kill(t)
	for _, pid := range pids {
		await(t, fmt.Sprintf("process %d is gone", pid), func() bool { return gone(pid) })
	}
}

// Ctrl-C in a terminal goes to the foreground process group, which is the driver's.
func TestInterruptReachesOnlyTheDriver(t *testing.T) {
	pids, d := startFamily(t)
	if err := syscall.Kill(-d.cmd.Process.Pid, syscall.SIGSTOP); err != nil { // would stop whoever is in the group
		t.Fatal(err)
	}
	for _, pid := range pids {
		if group, err := syscall.Getpgid(pid); err != nil || group == d.cmd.Process.Pid {
			t.Errorf("process %d is in the driver's group (%d, %v)", pid, group, err)
		}
	}
	if err := syscall.Kill(-d.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if got := get(t, d.url+"/pid"); got == "" { // balancer and target go on while the driver stands still
		t.Error("the target does not answer")
	}
	if err := syscall.Kill(-d.cmd.Process.Pid, syscall.SIGCONT); err != nil { // now the interrupt arrives
		t.Fatal(err)
	}
	_ = d.cmd.Wait()
	for _, pid := range pids {
		await(t, fmt.Sprintf("process %d is gone", pid), func() bool { return gone(pid) })
	}
}

// startFamily starts a driver with two targets, and a worker that is a shell script
// with a child, and returns all their process ids and the balancer's.
func startFamily(t *testing.T) ([]int, *driver) {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf("echo $$ > %[1]s/parent.new; sleep 3600 & echo $! > %[1]s/child.new; "+
		"mv %[1]s/parent.new %[1]s/parent; mv %[1]s/child.new %[1]s/child; wait", dir)
	d := startDriver(t, "-run-dir", dir, "-lock-dir", t.TempDir(), "-script", script, "-replicas", "2")
	pids := []int{atoi(t, get(t, d.url+"/pid")), atoi(t, get(t, d.url+"/pid"))}
	if pids[0] == pids[1] {
		t.Fatalf("two connections reached the same replica %d", pids[0])
	}
	for _, name := range []string{"parent", "child"} {
		path := filepath.Join(dir, name)
		await(t, path+" is written", func() bool { _, err := os.Stat(path); return err == nil })
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, atoi(t, string(text)))
	}
	return append(pids, childrenOf(t, d.cmd.Process.Pid)...), d
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// gone tells whether a process does not run any more; a zombie does not.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}

// childrenOf finds a process's children, the balancer among them, where /proc tells.
func childrenOf(t *testing.T, parent int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pids = append(pids, atoi(t, filepath.Base(filepath.Dir(path))))
		}
	}
	return pids
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so after %v: %s", patience, what)
		}
	}
}
