package worker

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strconv"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// The delays that count as long: a goroutine's wait for a processor, which is part of a
// latency that is measured then, and a stop by the garbage collector.
const (
	longWait = 1e-3 // seconds
	longStop = 5e-3
)

// vitals reads what this process has gone through since it began: what the looks at the clock
// (pulse) are too coarse to see.
func vitals() *wire.Vitals {
	samples := []metrics.Sample{{Name: "/sched/latencies:seconds"}, {Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(samples)
	v := &wire.Vitals{}
	v.Waits, v.LongWaits, _ = beyond(samples[0].Value, longWait)
	_, _, stopped := beyond(samples[1].Value, longStop)
	v.GCMicros = int64(stopped * 1e6)
	v.Periods, v.Throttled = cgroupThrottled("/proc/self/cgroup", "/sys/fs/cgroup")
	return v
}

// beyond counts a histogram's values, and those in buckets that begin at a bound or above it,
// with the least that these can add up to.
func beyond(of metrics.Value, bound float64) (all, long int64, least float64) {
	if of.Kind() != metrics.KindFloat64Histogram {
		return 0, 0, 0 // a metric that this release of Go no longer has
	}
	h := of.Float64Histogram()
	for i, n := range h.Counts {
		all += int64(n)
		if from := h.Buckets[i]; from >= bound {
			long += int64(n)
			least += from * float64(n)
		}
	}
	return all, long, least
}

// cgroupThrottled is how many scheduling periods this process's own cgroup has had, and in how
// many of them its quota was used up; 0 without a quota.
func cgroupThrottled(self, root string) (periods, throttled int64) {
	b, err := os.ReadFile(filepath.Join(root, cgroupPath(self), "cpu.stat"))
	if err != nil {
		b, _ = os.ReadFile(filepath.Join(root, "cpu", "cpu.stat"))
	}
	for line := range bytes.Lines(b) {
		if f := bytes.Fields(line); len(f) == 2 {
			n, _ := strconv.ParseInt(string(f[1]), 10, 64)
			switch string(f[0]) {
			case "nr_periods":
				periods = n
			case "nr_throttled":
				throttled = n
			}
		}
	}
	return periods, throttled
}
