package run_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// between is a world of a range, in which a replica serves 40 users.
func between(replicas string) setup {
	s := asking()
	s.spec[0] = "matrix: {replicas: " + replicas + ", workers: [1, 2], users: {from: 10, to: 200, within: 5%}}"
	s.spec[2] = "slo: [{metric: p95, below: 100ms}]\n  answer: capacity"
	return s
}

// checkBrackets holds the capacities against 40 users a replica.
func checkBrackets(t *testing.T, w *world, journal *result.Run) {
	t.Helper()
	rows := analysis.Rows(journal, w.exp.SLO)
	for _, c := range analysis.Capacities(rows) {
		carries := 40 * c.Replicas
		if c.Over == nil || c.Users > carries || c.Over.Users <= carries || float64(c.Over.Users) > 1.05*float64(c.Users) && c.Over.Users > c.Users+1 {
			t.Errorf("%d replicas: %s, want a bracket of 5 %% around %d", c.Replicas, c.Sentence(), carries)
		}
	}
	inOrder := slices.IsSortedFunc(rows, func(a, b analysis.Row) int {
		k, l := a.Record.Key, b.Record.Key
		return slices.Compare([]int{k.Replicas, k.Workers, k.Users}, []int{l.Replicas, l.Workers, l.Users})
	})
	if !inOrder {
		t.Errorf("rows in disorder: %v", measured(w, journal))
	}
	if d := analysis.Demands(rows); len(d) != 1 || d[0].Users != 10 || d[0].Replicas != 1 {
		t.Errorf("demands: %+v", d)
	}
	gate := analysis.Gate(v1alpha1.GateAnswer, w.exp.SLO, rows)
	if gate.Sentence != "the gate is met: the fewest users of the range pass" || analysis.Exit(journal, gate, rows) != 0 {
		t.Errorf("exit %d: %+v", analysis.Exit(journal, gate, rows), gate)
	}
}

// TestRange ends with a bracket around each capacity, with fewer scenarios than expected at worst.
func TestRange(t *testing.T) {
	inWorld(t, between("[1, 2, 3]"), func(w *world) {
		w.serves()
		journal := w.run()
		checkBrackets(t, w, journal)
		costs := run.Costs(w.exp)
		if len(costs) != 1 || costs[0].Answer != v1alpha1.AnswerCapacity || len(measured(w, journal)) > costs[0].Worst || costs[0].Scenarios > costs[0].Worst {
			t.Errorf("%d scenarios, expected %+v", len(measured(w, journal)), costs)
		}
	})
}

// TestRangeGoesOn wherever it dies, and never measures twice what is over.
func TestRangeGoesOn(t *testing.T) {
	var want []string
	inWorld(t, between("[1]"), func(w *world) {
		w.serves()
		want = measured(w, w.run())
	})
	for n, more := 1, true; more; n += 997 {
		inWorld(t, between("[1]"), func(w *world) {
			w.serves()
			more, _ = w.dieAt(n, false)
			journal := w.run()
			if diff := cmp.Diff(want, measured(w, journal)); diff != "" {
				t.Errorf("killed at call %d (-want +got):\n%s", n, diff)
			}
			checkBrackets(t, w, journal)
		})
	}
}

// TestRangeOfAnother: a run of a range is continued by that range only.
func TestRangeOfAnother(t *testing.T) {
	inWorld(t, between("[1]"), func(w *world) {
		w.serves()
		journal := w.run()
		w.exp.Within = .1
		err := run.CheckResume(journal, w.exp)
		if err == nil || !strings.Contains(err.Error(), "spec.matrix.users was 10 to 200 within 5%, is 10 to 200 within 10%") {
			t.Errorf("error %v", err)
		}
	})
}

// TestRangeBorrows: what fewer replicas pass has a row of its own with more, which says so.
func TestRangeBorrows(t *testing.T) {
	inWorld(t, between("[1, 2]"), func(w *world) {
		w.on(func(e run.Event) {
			if e.Type == run.AttemptStarted {
				latency := 10 * time.Millisecond
				if e.Key.Users > 50 { // however many replicas
					latency = time.Second
				}
				w.master.Set(func(k *locustsim.Knobs) { k.Latencies = []time.Duration{latency} })
			}
		})
		rows := analysis.Rows(w.run(), w.exp.SLO)
		one, two := analysis.Capacities(rows)[0], analysis.Capacities(rows)[1]
		if one.Users != two.Users || one.Over.Users != two.Over.Users || two.Users > 50 || two.Over.Users <= 50 {
			t.Errorf("1 replica: %s\n2 replicas: %s", one.Sentence(), two.Sentence())
		}
		if !two.Holds.Inferred && !two.Over.Inferred {
			t.Errorf("nothing of it is inferred: %s", two.Sentence())
		}
	})
}
