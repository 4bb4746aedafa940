package worker

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
)

// TestVitals: the runtime has the metrics, and they grow.
func TestVitals(t *testing.T) {
	before := vitals()
	for range 1000 {
		done := make(chan bool)
		go close(done)
		<-done
	}
	runtime.GC()
	now := vitals()
	// Go counts a random eighth of the waits.
	if now.Waits <= before.Waits || now.LongWaits < before.LongWaits || now.LongWaits > now.Waits || now.GCMicros < before.GCMicros {
		t.Errorf("%+v, then %+v", before, now)
	}
	known := map[string]bool{}
	for _, d := range metrics.All() {
		known[d.Name] = true
	}
	if !known["/sched/latencies:seconds"] || !known["/sched/pauses/total/gc:seconds"] {
		t.Error("this release of Go has no such metrics any more")
	}
}

// TestBeyond: a bucket that begins below the bound may hold nothing above it.
func TestBeyond(t *testing.T) {
	of := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(of)
	h := of[0].Value.Float64Histogram()
	for i := range h.Counts {
		h.Counts[i] = 1
	}
	all, long, least := beyond(of[0].Value, longWait)
	var want int64
	for _, from := range h.Buckets[:len(h.Counts)] {
		if from >= .001 {
			want++
		}
	}
	if all != int64(len(h.Counts)) || long != want || long == 0 || long == all || least < .001*float64(long) || math.IsInf(least, 0) {
		t.Errorf("%d values, %d long, %g s at least; want %d, %d", all, long, least, len(h.Counts), want)
	}
}

func TestCgroupThrottled(t *testing.T) {
	for _, tc := range []struct {
		name, self, file, content string
		periods, throttled        int64
	}{
		{"version 2", "0::/pod/a\n", "pod/a/cpu.stat", "usage_usec 7\nnr_periods 120\nnr_throttled 12\nthrottled_usec 99\n", 120, 12},
		{"version 1", "3:cpu:/pod/a\n", "cpu/cpu.stat", "nr_periods 5\nnr_throttled 1\nthrottled_time 99\n", 5, 1},
		{"no quota", "0::/\n", "cpu.stat", "usage_usec 7\n", 0, 0},
		{"nonsense", "0::/\n", "cpu.stat", "nr_periods many\nnr_throttled\n", 0, 0},
		{"nothing", "", "other", "", 0, 0},
	} {
		root := t.TempDir()
		path, self := filepath.Join(root, tc.file), filepath.Join(root, "self")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{path: tc.content, self: tc.self} {
			if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if periods, throttled := cgroupThrottled(self, root); periods != tc.periods || throttled != tc.throttled {
			t.Errorf("%s: %d of %d, want %d of %d", tc.name, throttled, periods, tc.throttled, tc.periods)
		}
	}
}
