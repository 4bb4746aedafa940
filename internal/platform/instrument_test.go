package platform_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func TestInstrumentSince(t *testing.T) {
	before := platform.Instrument{Name: "the balancer", Troubles: map[string]int64{"old": 3, "again": 1}, Stalled: time.Second}
	now := platform.Instrument{Name: "the balancer", Troubles: map[string]int64{"old": 3, "again": 2, "new": 5}, Stalled: 4 * time.Second}
	troubles, stalled := now.Since(before)
	want := []string{"the balancer: again", "the balancer: new (5 times)"}
	if diff := cmp.Diff(want, troubles); diff != "" || stalled != 3*time.Second {
		t.Errorf("stalled %v, troubles (-want +got):\n%s", stalled, diff)
	}
	if troubles, stalled := now.Since(now); len(troubles) > 0 || stalled != 0 {
		t.Errorf("nothing happened, and Since says %v, %v", troubles, stalled)
	}
}
