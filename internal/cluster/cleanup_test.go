package cluster

import (
	"slices"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestCleanupOfARunThatMeasuredNothing keeps nothing for a run that was stopped in its
// only attempt, and says so.
func TestCleanupOfARunThatMeasuredNothing(t *testing.T) {
	c, _ := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	s := submit(t, c, exp)
	runstest.Drive(t, c.Client, exp, selfOf(s), func(h result.Header) result.Record {
		r := runstest.Record(h)
		r.Status, r.Terminal, r.Measured = result.Interrupted, false, nil
		return r
	})
	var told []string
	if err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(text string) { told = append(told, text) }}); err != nil {
		t.Fatal(err)
	}
	if want := "run " + s.Run + " measured nothing in 1 attempt, so none of its results are kept"; !slices.Contains(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	nothingMade(t, c, manifests.Selector(exp.LoadMatrix))
}
