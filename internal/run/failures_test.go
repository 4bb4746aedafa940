package run_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// firstFailures are what was told of failures as they came.
func (w *world) firstFailures() (out []string) {
	for _, e := range w.events {
		if e.Type == run.FirstFailure {
			out = append(out, e.Message)
		}
	}
	return out
}

// refusingMasters are those that a load may have, with the way each tells of a refused connection.
func refusingMasters() []setup {
	return []setup{
		{knobs: locustsim.Knobs{Error: "connection refused"}},
		{version: pythonNew, spec: []string{python}, knobs: locustsim.Knobs{Error: "ConnectionRefusedError(111, 'Connection refused')"}},
		{version: pythonOld, spec: []string{python}, knobs: locustsim.Knobs{Error: "ConnectionRefusedError(111, 'Connection refused')"}},
		{spec: []string{python}, knobs: locustsim.Knobs{Opaque: true, Error: "ConnectionRefusedError(111, 'Connection refused')"}},
	}
}

func eachMaster(t *testing.T, lines []string, test func(w *world)) {
	t.Helper()
	for i, s := range refusingMasters() {
		t.Run(fmt.Sprintf("master %d", i), func(t *testing.T) {
			s.spec = append(s.spec, lines...)
			inWorld(t, s, test)
		})
	}
}

func (w *world) fail(every int, text string) {
	w.master.Set(func(k *locustsim.Knobs) {
		k.FailEvery = every
		if text != "" {
			k.Error = text
		}
	})
}

var twoScenarios = []string{"matrix: {replicas: [1], workers: [2], users: [10, 20]}", "measure: {duration: 15s, cooldown: 3s, settle: 2s, attempts: 3}"}

// TestFirstFailure: each kind of failure gets one event in a run, when it is first seen.
func TestFirstFailure(t *testing.T) {
	eachMaster(t, twoScenarios, func(w *world) {
		w.fail(7, "")
		w.once(run.PhaseStarted, run.PhaseCooldown, 1, func() { w.fail(7, "odd answer") })
		w.want(w.run(), "SUCCESS!, SUCCESS!")
		want := []string{"POST /predict connection refused", "POST /predict odd answer"}
		got := w.firstFailures()
		for i := range got {
			got[i] = strings.Replace(got[i], "GET /healthz", "POST /predict", 1)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for _, e := range w.events {
			if e.Type == run.FirstFailure && (e.Failure == nil || e.Failure.Occurrences == 0 || e.Key == nil || e.Phase == "") {
				t.Errorf("event %+v", e)
			}
		}
	})
}

// TestNobodyThere: a run that has done nothing but fail to reach its target for ten
// seconds ends, unmeasured, and can be continued.
func TestNobodyThere(t *testing.T) {
	eachMaster(t, twoScenarios, func(w *world) {
		w.fail(1, "")
		journal, err := w.try(w.t.Context())
		w.want(journal, "ERROR")
		w.sound(journal)
		cause := "connection refused; see that the target answers at http://"
		if err == nil || !strings.Contains(err.Error(), cause) || !strings.Contains(w.only(journal).StatusText(), cause) {
			t.Errorf("ended with %v; %s", err, reasons(journal))
		}
		if rec := w.only(journal); rec.Measured != nil {
			t.Errorf("something was measured: %+v", rec.Measured)
		}
		if took := w.at("POST /stop").Sub(w.at("POST /swarm")); w.at("GET /stop").IsZero() && (took < 10*time.Second || took > 20*time.Second) {
			t.Errorf("the load was stopped after %v", took)
		}
		w.fail(0, "")
		journal = w.run()
		w.want(journal, "ERROR, SUCCESS!, SUCCESS!")
	})
}

// TestNobodyThereInTwoWays: the run's end names what was told as it came, in its order.
func TestNobodyThereInTwoWays(t *testing.T) {
	inWorld(t, setup{spec: twoScenarios}, func(w *world) {
		w.fail(1, "no such host: shop")
		w.once(run.PhaseStarted, run.PhaseMeasure, 1, func() { w.fail(1, "connection refused") })
		_, err := w.try(w.t.Context())
		told := strings.Join(w.firstFailures(), ", ")
		if err == nil || len(w.firstFailures()) != 2 || !strings.Contains(err.Error(), "all of them failed: "+told+"; see that") {
			t.Errorf("told %s, ended with %v", told, err)
		}
	})
}

// TestSomebodyThere: where anything in the run has succeeded, or answered, failures are
// what the target does, and are measured.
func TestSomebodyThere(t *testing.T) {
	measured := func(w *world, status string) {
		w.t.Helper()
		journal := w.run()
		w.want(journal, status)
		last := journal.Records[len(journal.Records)-1].Measured
		if last == nil || last.Requests == 0 || last.Failures != last.Requests {
			w.t.Errorf("measured %+v", last)
		}
	}
	t.Run("answered", func(t *testing.T) {
		eachMaster(t, twoScenarios, func(w *world) {
			w.fail(1, "401 Unauthorized, want 201")
			measured(w, "SUCCESS!, SUCCESS!")
		})
	})
	t.Run("answered once", func(t *testing.T) {
		eachMaster(t, twoScenarios[1:], func(w *world) {
			w.fail(1, "503 Service Unavailable")
			w.once(run.PhaseStarted, run.PhaseMeasure, 1, func() { w.fail(1, "connection refused") })
			measured(w, "SUCCESS!")
		})
	})
	t.Run("succeeded before", func(t *testing.T) {
		eachMaster(t, twoScenarios, func(w *world) {
			w.once(run.PhaseStarted, run.PhaseCooldown, 1, func() { w.fail(1, "") })
			measured(w, "SUCCESS!, SUCCESS!")
		})
	})
	t.Run("succeeded before it was continued", func(t *testing.T) {
		eachMaster(t, twoScenarios, func(w *world) {
			ctx, cancel := context.WithCancel(w.t.Context())
			defer cancel()
			w.once(run.PhaseStarted, run.PhaseCooldown, 1, cancel)
			journal, _ := w.try(ctx)
			w.want(journal, "SUCCESS!")
			w.fail(1, "")
			measured(w, "SUCCESS!, SUCCESS!")
		})
	})
}

// TestNobodyThereInShort: ten seconds of it may be several attempts.
func TestNobodyThereInShort(t *testing.T) {
	inWorld(t, setup{spec: []string{"matrix: {replicas: [1], workers: [2], users: [2, 3, 4, 5, 6, 7]}", "measure: {duration: 2s, cooldown: 1s, settle: 1s, attempts: 1}"}}, func(w *world) {
		w.fail(1, "no such host: shop")
		journal, err := w.try(w.t.Context())
		if n := len(journal.Records); err == nil || n < 2 || n > 5 || journal.Records[n-1].Status != result.Error {
			t.Errorf("ended with %v:\n%s", err, reasons(journal))
		}
	})
}

// TestNameOfNobody: requests that cannot be sent for want of an address count, too.
func TestNameOfNobody(t *testing.T) {
	inWorld(t, setup{spec: twoScenarios, knobs: locustsim.Knobs{Frozen: true, Unsent: 3, Error: "no such host: shop"}}, func(w *world) {
		journal, err := w.try(w.t.Context())
		if err == nil || !strings.Contains(err.Error(), "GET /hang not sent: no such host: shop; see that") || len(journal.Records) != 1 {
			t.Errorf("ended with %v:\n%s", err, reasons(journal))
		}
	})
}

// TestFailuresToldAreFew: a target with a thousand texts does not fill the screen.
func TestFailuresToldAreFew(t *testing.T) {
	inWorld(t, setup{spec: twoScenarios[1:]}, func(w *world) {
		w.fail(2, "odd answer 0")
		n := 0
		w.on(func(e run.Event) {
			if e.Type == run.Sample {
				n++
				w.fail(2, fmt.Sprintf("odd answer %d", n))
			}
		})
		w.want(w.run(), "SUCCESS!")
		if got := w.firstFailures(); len(got) != 5 {
			t.Errorf("told %q", got)
		}
	})
}

// TestTargetGone: an attempt that comes to nothing while its target is gone says that
// first, whatever else went wrong.
func TestTargetGone(t *testing.T) {
	eachMaster(t, []string{"measure: {duration: 15s, cooldown: 3s, settle: 2s, attempts: 1}"}, func(w *world) {
		w.once(run.Sample, run.PhaseMeasure, 2, func() { w.fail(1, "") })
		w.once(run.FirstFailure, run.PhaseMeasure, 1, func() {
			time.AfterFunc(6*time.Second, func() { w.master.EndUsers(3) })
		})
		journal := w.run()
		w.want(journal, "INVALID!")
		told := w.only(journal).Reasons
		if len(told) < 2 || !strings.HasPrefix(told[0], "the target had stopped answering by ") || !strings.HasSuffix(told[0], "connection refused") ||
			!slices.Contains(told[1:], "7 users instead of 10") {
			t.Errorf("reasons %q", told)
		}
	})
}
