package platform_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// readings are counters of two containers, the second one read 5 s before the first.
func readings(at time.Time, a, b, periods, throttled float64) platform.Usage {
	return platform.Usage{Source: "cadvisor", At: at, Replicas: 2, Memory: 5, Throttled: -1, Counters: map[string]platform.UsageCounters{
		"a": {At: at, CPUSeconds: a, Periods: periods, ThrottledPeriods: throttled}, "b": {At: at.Add(-5 * time.Second), CPUSeconds: b},
	}}
}

func TestUsageSince(t *testing.T) {
	began := time.Unix(100, 0)
	before, now := readings(began, 10, 50, 100, 10), readings(began.Add(20*time.Second), 20, 60, 300, 60)
	late := now.Counters["b"]
	late.At = began.Add(35 * time.Second) // 40 s after its first reading
	now.Counters["b"] = late
	want := now
	want.CPU, want.Throttled, want.Window = 0.5+0.25, 0.25, 40*time.Second
	want.ByReplica = map[string]float64{"a": 0.5, "b": 0.25}
	if got, err := now.Since(before, began); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	means := platform.Usage{Source: "metrics.k8s.io", At: began.Add(30 * time.Second), Window: 30 * time.Second, CPU: 3, Throttled: -1}
	if got, err := means.Since(means, began); err != nil || cmp.Diff(means, got) != "" {
		t.Errorf("without counters: %v\n%s", err, cmp.Diff(means, got))
	}
}

// TestUsageNotKnown: what would look better than it is, is not told.
func TestUsageNotKnown(t *testing.T) {
	began := time.Unix(100, 0)
	first := readings(began, 10, 50, 0, 0)
	means := platform.Usage{Source: "metrics.k8s.io", At: began.Add(29 * time.Second), Window: 30 * time.Second}
	other := readings(began.Add(20*time.Second), 20, 60, 0, 0)
	other.Counters["c"] = other.Counters["b"]
	more := readings(began.Add(20*time.Second), 20, 60, 0, 0)
	more.Counters["c"] = more.Counters["b"]
	delete(other.Counters, "b")
	last := readings(began.Add(10*time.Second), 20, 60, 0, 0)
	for name, test := range map[string]struct {
		first, last platform.Usage
		want        string
	}{
		"two sources":                 {first, means, "from cadvisor at first and from metrics.k8s.io at the end"},
		"means from before":           {means, means, "means over 30s, which began too early"},
		"a first reading from before": {first, last, "of 10s, which began 5s too early"},
		"the same reading":            {first, first, "no second reading"},
		"another container":           {first, other, "did not report c at first"},
		"more containers":             {first, more, "of 2 containers at first and of 3 at the end"},
	} {
		if _, err := test.last.Since(test.first, began); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
