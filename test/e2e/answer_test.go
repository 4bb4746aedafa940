//go:build linux && e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/queueing"
)

// The queue of TestTruthOfAnswers: that of TestTruthOfRealRuns in half the time, so that
// a short window has as many requests.
const (
	answerThink   = truthThink / 2
	answerService = truthService / 2
	answerLimit   = .15
)

// carries is the most users with whom p95 of one replica stays below the limit, by the law.
func carries(t *testing.T) int {
	t.Helper()
	for users := truthServers; ; users++ {
		q, err := queueing.NewClosed(truthServers, users, answerThink, answerService)
		if err != nil {
			t.Fatal(err)
		}
		if q.Quantile(.95) >= answerLimit {
			return users - 1
		}
	}
}

// answered is what is read of a summary.json here.
type answered struct {
	Capacity []struct {
		Replicas  int
		Low, High *int
	}
	Search struct {
		Load float64 `json:"load_s"`
		Grid float64 `json:"grid_load_s"`
	}
}

// holds tells whether the bounds hold the truth. The balancer deals the connections out in
// turn, so that each replica has its part of the users and is a queue of its own.
func (a answered) holds(truth int) bool {
	for _, c := range a.Capacity {
		if c.Low == nil || c.High == nil || truth*c.Replicas < *c.Low || *c.High < truth*c.Replicas {
			return false
		}
	}
	return len(a.Capacity) == 2
}

// TestTruthOfAnswers searches for the most users of a service whose law is known. Of twenty
// runs the published bounds hold the truth in 19 at least, for two fifths of the grid's load;
// of a single one only the load is asked, and that there are bounds.
func TestTruthOfAnswers(t *testing.T) {
	truth := carries(t)
	held, spent, grid := 0, 0., 0.
	for n := range *answers {
		w := newWorld(t)
		w.file("thinking.yaml", thinking(answerThink))
		target := simulator("--servers", fmt.Sprint(truthServers), "--service", "exp", "--mean", fmt.Sprintf("%gs", answerService), "--seed", fmt.Sprint(n+1))
		w.file("answer.yaml", experiment(target, "{file: thinking.yaml, spawnRate: 100}",
			"{replicas: [1, 2], workers: [1], users: [10, 20, 30, 45, 60, 72, 100, 120, 150, 200, 220, 240]}",
			"{duration: 10s, settle: 2s, cooldown: 0s}", "answer: capacity", "slo: [{metric: p95, below: 150ms}]", "gate: off"))
		w.run(20*patience, "run", "answer.yaml", "--out", "run").wantExit(0)
		var a answered
		if err := json.Unmarshal([]byte(w.read("run/summary.json")), &a); err != nil {
			t.Fatal(err)
		}
		if len(a.Capacity) != 2 || a.Capacity[0].Low == nil || a.Capacity[0].High == nil {
			t.Fatalf("no bounds: %+v", a)
		}
		if a.holds(truth) {
			held++
		}
		spent, grid = spent+a.Search.Load, grid+a.Search.Grid
		t.Logf("run %d: %s; %d users a replica hold: %v; %.0f s of load, the grid about %.0f s", n+1, w.read("run/auto_summary.md")[:400], truth, a.holds(truth), a.Search.Load, a.Search.Grid)
	}
	t.Logf("the bounds hold the truth in %d of %d runs, with %.0f %% of the grid's load", held, *answers, 100*spent/grid)
	if wrong := *answers - held; wrong > max(*answers/20, 1) {
		t.Errorf("the bounds hold the truth, %d users a replica, in %d of %d runs", truth, held, *answers)
	}
	if *answers > 1 && spent > .4*grid {
		t.Errorf("the search took %.0f %% of the grid's load, want 40 at most", 100*spent/grid)
	}
}
