package worker

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// usage measures this process: processor time in percent of what it may use, and memory.
type usage struct {
	allowed float64 // processors
	at      time.Time
	cpu     time.Duration
	last    float64
}

// minUsageWindow is the shortest time over which a percentage means something.
const minUsageWindow = 200 * time.Millisecond

func newUsage() *usage {
	return &usage{allowed: allowedCPUs(), at: time.Now(), cpu: cpuTime()}
}

// measure returns the percentage since the last time, 0 to 100, and the
// resident set in bytes, 0 where it cannot be read.
func (u *usage) measure(now time.Time) (percent float64, memory int64) {
	wall := now.Sub(u.at)
	if wall < minUsageWindow {
		return u.last, residentBytes()
	}
	cpu := cpuTime()
	percent = 100 * float64(cpu-u.cpu) / (float64(wall) * u.allowed)
	u.at, u.cpu, u.last = now, cpu, min(max(percent, 0), 100)
	return u.last, residentBytes()
}

// allowedCPUs is GOMAXPROCS, or less under a smaller cgroup quota: GOMAXPROCS honours quotas
// too, but never goes below 2, so that a busy worker limited to one processor would look
// half idle.
func allowedCPUs() float64 {
	allowed := float64(runtime.GOMAXPROCS(0))
	if quota := cgroupQuota("/proc/self/cgroup", "/sys/fs/cgroup"); quota > 0 {
		allowed = min(allowed, quota)
	}
	return allowed
}

// cgroupQuota is the processors that this process's own cgroup (version 2, or
// version 1 as seen in a container) grants, 0 for no limit.
func cgroupQuota(self, root string) float64 {
	if b, err := os.ReadFile(filepath.Join(root, cgroupPath(self), "cpu.max")); err == nil {
		return ratio(bytes.Fields(b))
	}
	quota, _ := os.ReadFile(filepath.Join(root, "cpu", "cpu.cfs_quota_us"))
	period, _ := os.ReadFile(filepath.Join(root, "cpu", "cpu.cfs_period_us"))
	return ratio([][]byte{bytes.TrimSpace(quota), bytes.TrimSpace(period)})
}

// cgroupPath is where this process's own cgroup of version 2 is below the root; empty if it
// has none.
func cgroupPath(self string) (path string) {
	b, err := os.ReadFile(self)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if p, ok := strings.CutPrefix(line, "0::"); ok {
			path = strings.TrimSpace(p)
		}
	}
	return path
}

// ratio is quota by period; "max" and -1 are no limit.
func ratio(fields [][]byte) float64 {
	if len(fields) != 2 {
		return 0
	}
	quota, err := strconv.ParseFloat(string(fields[0]), 64)
	period, err2 := strconv.ParseFloat(string(fields[1]), 64)
	if err != nil || err2 != nil || quota <= 0 || period <= 0 {
		return 0
	}
	return quota / period
}

func residentBytes() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
