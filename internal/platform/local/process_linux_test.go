package local

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
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
