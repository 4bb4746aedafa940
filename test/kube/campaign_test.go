//go:build cluster

package kube

import (
	"fmt"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// readyToSwarmGoal is what the median from the last pod's Ready to the load's start
// must stay under; the old script slept 10 s and more.
const readyToSwarmGoal = 2.0

// TestCampaign runs a small matrix with one command, with both kinds of load.
func TestCampaign(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"swarm", "locust"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, experiment{
				engine: engine, replicas: "[1, 2]", workers: "[1, 2]", users: "[4, 8]",
				measure: fmt.Sprintf("{duration: %s, settle: 2s, cooldown: 1s}", *window),
			})
			c := l.start("all", "--json", "--out", "out")
			if code := c.wait(10*time.Minute + 10**window); code != 0 {
				t.Fatalf("exit code %d:\n%s", code, c.errors())
			}
			l.wantSuccess(l.journal("out"), 8)
			l.wantReports("out")
			l.wantRestored()
			summary := c.finished()
			t.Logf("from the last pod ready to the load's start: %.2f s (median, goal %.0f s); overhead per scenario %.1f s; elapsed %.0f s",
				summary.ReadyToSwarmMedian, readyToSwarmGoal, summary.OverheadMedian, summary.Elapsed)
			for _, r := range l.journal("out").Records {
				t.Logf("%v: scale %.1f s, workers %.1f s, swarm %.2f s, stop %.1f s; %v", r.Key, r.Phases.Scale, r.Phases.Workers, r.Phases.Swarm, r.Phases.Stop, r.Nodes)
				if n := r.Nodes; r.Status == result.Success && (n == nil || pods(n.Target) != r.Key.Replicas || pods(n.Load) != r.Key.Workers+1) {
					t.Errorf("%v: nodes %v, want those of %d replicas, the master and %d workers", r.Key, n, r.Key.Replicas, r.Key.Workers)
				}
			}
			// A Python pod is ready seconds before the Locust in it has started.
			if m := summary.ReadyToSwarmMedian; m <= 0 || m >= readyToSwarmGoal && engine == "swarm" {
				t.Errorf("median from ready to swarm %.2f s, want more than nothing and less than %.0f s", m, readyToSwarmGoal)
			}
		})
	}
}

// pods counts those on all nodes.
func pods(on map[string]int) (n int) {
	for _, here := range on {
		n += here
	}
	return n
}

// finished is the summary that ends the event stream.
func (c *command) finished() *run.Summary {
	c.l.t.Helper()
	var s *run.Summary
	for _, e := range c.events() {
		if e.Type == run.RunFinished {
			s = e.Run
		}
	}
	if s == nil {
		c.l.t.Fatalf("no %s event; standard output:\n%s", run.RunFinished, c.output())
	}
	return s
}
