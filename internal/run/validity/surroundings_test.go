package validity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// TestThrottled: one percent of the scheduling periods is what p99 can bear.
func TestThrottled(t *testing.T) {
	for _, tt := range []struct {
		share float64
		want  []string
	}{
		{-1, nil}, // not known
		{0, nil},
		{.01, nil},
		{.124, []string{"the target was throttled by its CPU limit in 12.4 % of the time: its numbers are of that limit"}},
	} {
		if diff := cmp.Diff(tt.want, texts(DoubtThrottled(platform.Usage{Throttled: tt.share}))); diff != "" {
			t.Errorf("%g (-want +got):\n%s", tt.share, diff)
		}
	}
}

// TestNeighbours: a worker on a replica's node is a doubt, whichever of several it is.
func TestNeighbours(t *testing.T) {
	on := func(nodes ...string) (s platform.Status) {
		for _, n := range nodes {
			s.Replicas = append(s.Replicas, platform.Replica{ID: n, Traits: platform.Traits{platform.TraitNode: n}})
		}
		return s
	}
	for _, tt := range []struct {
		name            string
		target, workers platform.Status
		want            []string
	}{
		{"apart", on("a", "b"), on("c", "d"), nil},
		{"no nodes", on("", ""), on("", ""), nil},
		{"not ours", on("a"), platform.Status{}, nil},
		{"one", on("a", "b"), on("b", "c"), []string{"1 load worker ran on a node with replicas of the target (b): each took processor time from the other"}},
		{"all", on("a", "b"), on("b", "a", "b"), []string{"3 load workers ran on a node with replicas of the target (a, b): each took processor time from the other"}},
	} {
		w := open(time.Now())
		w.before = tt.target
		w.JudgeProcesses(platform.Worker, tt.workers)
		if diff := cmp.Diff(tt.want, texts(w.DoubtNeighbours())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
