//go:build linux && e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/queueing"
)

// answerLimit is the bound of p95 for the queue of TestTruthOfRealRuns, in seconds. One
// replica then carries 84 users.
const answerLimit = .3

// carries is the most users with whom p95 of one replica stays below the limit, by the law.
func carries(t *testing.T) int {
	t.Helper()
	for users := truthServers; ; users++ {
		q, err := queueing.NewClosed(truthServers, users, truthThink, truthService)
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

// holds tells whether the bounds of every replica count hold the truth. The balancer deals
// the connections out in turn, so that each replica has its part of the users and is a queue
// of its own.
func (a answered) holds(truth int) bool {
	for _, c := range a.Capacity {
		if truth*c.Replicas < *c.Low || *c.High < truth*c.Replicas {
			return false
		}
	}
	return true
}

// TestTruthOfAnswers searches for the most users of a service whose law is known. Of twenty
// runs with three replica counts the published bounds hold the truth in 19 at least, for two
// fifths of the grid's load; of a single one, with one replica, only bounds are asked, since
// those of one in twenty may not hold it.
func TestTruthOfAnswers(t *testing.T) {
	truth, replicas := carries(t), "[1, 2, 3]"
	if *answers == 1 {
		waitingTest(t)
		replicas = "[1]"
	}
	held, spent, grid := 0, 0., 0.
	for n := range *answers {
		a := search(t, replicas, n+1)
		if a.holds(truth) {
			held++
		}
		spent, grid = spent+a.Search.Load, grid+a.Search.Grid
		t.Logf("run %d: %d users a replica: %v; %.0f s of load, the grid about %.0f s", n+1, truth, a.holds(truth), a.Search.Load, a.Search.Grid)
	}
	t.Logf("the bounds hold the truth in %d of %d runs, with %.0f %% of the grid's load", held, *answers, 100*spent/grid)
	if wrong := *answers - held; wrong > max(*answers/20, 1) {
		t.Errorf("the bounds hold the truth, %d users a replica, in %d of %d runs", truth, held, *answers)
	}
	if *answers > 1 && spent > .4*grid {
		t.Errorf("the search took %.0f %% of the grid's load, want 40 at most", 100*spent/grid)
	}
}

// search is one run. No number of users is within a fifth of what a replica count carries, or
// the truth would lie on either side by chance.
func search(t *testing.T, replicas string, seed int) (a answered) {
	t.Helper()
	w := newWorld(t)
	w.file("thinking.yaml", thinking(truthThink))
	target := simulator("--servers", fmt.Sprint(truthServers), "--service", "exp", "--mean", fmt.Sprintf("%gs", truthService), "--seed", fmt.Sprint(seed))
	w.file("answer.yaml", experiment(target, "{file: thinking.yaml, spawnRate: 100}",
		"{replicas: "+replicas+", workers: [1], users: [15, 30, 45, 60, 110, 120, 130, 195, 200, 300, 320, 340]}",
		"{duration: 10s, settle: 2s, cooldown: 0s}", "answer: capacity", fmt.Sprintf("slo: [{metric: p95, below: %gms}]", 1e3*answerLimit), "gate: off"))
	w.run(20*patience, "run", "answer.yaml", "--out", "run").wantExit(0)
	if err := json.Unmarshal([]byte(w.read("run/summary.json")), &a); err != nil {
		t.Fatal(err)
	}
	for _, c := range a.Capacity {
		t.Logf("%d replicas: %d users to %d", c.Replicas, *c.Low, *c.High)
	}
	return a
}
