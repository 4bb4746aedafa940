package run_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestResumeJudgesAnew: a changed SLO is journaled once, wherever the process dies, and
// the same one never again.
func TestResumeJudgesAnew(t *testing.T) {
	other := decode(t, short()...)
	other.LoadMatrix.Spec.SLO = []v1alpha1.Objective{{Metric: "p95", Below: "1s"}}
	other.LoadMatrix.Spec.Gate = v1alpha1.GateAll
	for n, more := 1, true; more; n++ {
		inWorld(t, setup{spec: short()}, func(w *world) {
			w.run()
			w.exp = other
			more, _ = w.dieAt(n, false)
			for range 2 {
				journal := w.run()
				if got := journal.Judged(); got.Gate != v1alpha1.GateAll || !cmp.Equal(got.Objectives, other.LoadMatrix.Spec.SLO) {
					t.Errorf("killed at call %d: judged by %+v", n, got)
				}
				if len(journal.Amendments) != 1 {
					t.Errorf("killed at call %d: %d amendments, want 1", n, len(journal.Amendments))
				}
			}
			about := w.events[len(w.events)-2].About
			if about == nil || len(about.SLO) != 1 || about.Gate != v1alpha1.GateAll || about.Load != "the built-in mix forecasting" {
				t.Errorf("the run began as %+v", about)
			}
		})
	}
}

// TestResumeMeasuresWhatWasAdded: scenarios that a line of the journal adds come after
// all others, with their role.
func TestResumeMeasuresWhatWasAdded(t *testing.T) {
	extra := result.Planned{Key: matrix.Key{Scenario: matrix.Scenario{Replicas: 3, Workers: 1, Users: 2}, Round: 1}, Role: "sentinel"}
	inWorld(t, setup{spec: short()}, func(w *world) {
		w.dieAt(30, false)
		store, err := w.disk.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := store.Amend(t.Context(), result.Amendment{Scenarios: &result.Scenarios{Time: time.Now().UTC(), Planned: []result.Planned{extra}}}); err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		journal := w.run()
		last := journal.Records[len(journal.Records)-1]
		if last.Key != extra.Key || last.Role != "sentinel" || last.Status != result.Success || len(journal.Final()) != 3 {
			t.Errorf("the last of %d records is %v as %s: %s", len(journal.Records), last.Key, last.Role, last.StatusText())
		}
	})
}

// TestRefusedRunPreparesNothing: what is kept beside the journal stays as it was.
func TestRefusedRunPreparesNothing(t *testing.T) {
	other := decode(t, append(short(), "measure: {duration: 2s, cooldown: 1s, settle: 0s}")...)
	inWorld(t, setup{spec: short()}, func(w *world) {
		prepared := 0
		w.prepare = func() error { prepared++; return nil }
		w.run()
		if prepared != 1 {
			t.Errorf("prepared %d times, want once", prepared)
		}
		w.exp = other
		if _, err := w.try(w.t.Context()); !errors.As(err, new(*run.ResumeError)) {
			t.Errorf("error = %v", err)
		}
		w.exp = decode(t, short()...)
		holder := w.platform.Peer()
		if err := holder.Acquire(t.Context(), platform.Holder{Run: "somebody-else"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.try(w.t.Context()); !errors.As(err, new(*platform.HeldError)) {
			t.Errorf("error = %v", err)
		}
		if prepared != 1 {
			t.Errorf("prepared %d times, also for a run that was refused", prepared)
		}
		if err := holder.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPrepareMayFail: then nothing of the load is started and nothing is journaled.
func TestPrepareMayFail(t *testing.T) {
	full := errors.New("disk full")
	inWorld(t, setup{platform: platformtest.FakeOptions{}}, func(w *world) {
		w.prepare = func() error { return full }
		if _, err := w.try(w.t.Context()); !errors.Is(err, full) {
			t.Errorf("error = %v", err)
		}
		if journal, err := w.disk.Run(); journal != nil || err != nil || len(w.requests()) > 0 {
			t.Errorf("journal %+v, %v; requests %v", journal, err, w.requests())
		}
	})
}
