package platform_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func TestUsageSince(t *testing.T) {
	at := time.Unix(100, 0)
	before := platform.Usage{At: at, Counters: map[string]platform.UsageCounters{
		"a": {CPUSeconds: 10, Periods: 100, ThrottledPeriods: 10}, "gone": {CPUSeconds: 50},
	}}
	now := platform.Usage{At: at.Add(20 * time.Second), Replicas: 2, Memory: 5, Throttled: -1, Counters: map[string]platform.UsageCounters{
		"a": {CPUSeconds: 20, Periods: 300, ThrottledPeriods: 60}, "new": {CPUSeconds: 9},
	}}
	want := now
	want.Replicas, want.CPU, want.Throttled, want.Window = 1, 0.5, 0.25, 20*time.Second
	if diff := cmp.Diff(want, now.Since(before)); diff != "" {
		t.Error(diff)
	}
	means := platform.Usage{At: at, CPU: 3, Throttled: -1}
	if diff := cmp.Diff(means, means.Since(before)); diff != "" {
		t.Errorf("without counters:\n%s", diff)
	}
}
