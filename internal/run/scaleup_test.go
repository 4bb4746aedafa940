package run_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestScaleUp: an attempt keeps how long the target took to get more replicas, and nothing if
// it got none.
func TestScaleUp(t *testing.T) {
	inWorld(t, setup{
		spec:     []string{"matrix: {replicas: [2, 5], workers: [2], users: [10, 20]}"},
		platform: platformtest.FakeOptions{Original: map[platform.Role]int{platform.Target: 1}, ReadyDelay: 7 * time.Second},
	}, func(w *world) {
		var got []*result.ScaleUp
		for _, r := range w.run().Records {
			got = append(got, r.ScaleUp)
			if up := r.ScaleUp; up != nil {
				if *up.Routed < 7 || *up.Routed > 7.1 { // when it was seen
					t.Errorf("routed after %v s, want 7", *up.Routed)
				}
				up.Routed = nil
			}
		}
		want := []*result.ScaleUp{
			{From: 1, To: 2, Scheduled: new(0.), Ready: new(7.)},
			nil,
			{From: 2, To: 5, Scheduled: new(0.), Ready: new(7.)},
			nil,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestScaleUpOfNobody: a target that is not ours to scale has none.
func TestScaleUpOfNobody(t *testing.T) {
	inWorld(t, setup{
		spec:     []string{"target: {url: \"http://service:8000\"}", "load: {builtin: forecasting}", "matrix: {workers: [2], users: [10]}"},
		platform: platformtest.FakeOptions{Unmanaged: []platform.Role{platform.Target}},
	}, func(w *world) {
		if up := w.only(w.run()).ScaleUp; up != nil {
			t.Errorf("scale-up %+v", up)
		}
	})
}
