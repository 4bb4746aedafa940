package run_test

import (
	"math"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// TestCourse: every second from the start of the load to the end of the window is in the
// series, with exactly its requests, and the batches add up to the window.
func TestCourse(t *testing.T) {
	inWorld(t, setup{
		knobs: locustsim.Knobs{Rate: 7, FailEvery: 10, CPU: 40},
		spec:  []string{"measure: {duration: 14s, settle: 2s, attempts: 1}", "slo: [{metric: p95, below: 20ms}]"},
	}, func(w *world) {
		rec := w.only(w.run())
		s, m := rec.Series, rec.Measured
		from, to := m.Start.Unix(), m.Start.Unix()+14
		if s.Source != result.SeriesOfSlices || s.Step != 1 || s.Start > from-2 || s.Start+int64(len(s.RPS)) < to {
			t.Fatalf("from %d in %d steps of %d s of %s; the window is from %d to %d", s.Start, len(s.RPS), s.Step, s.Source, from, to)
		}
		for second := s.Start; second < to; second++ {
			truth, at := w.master.Truth(second, second+1), int(second-s.Start)
			if s.RPS[at] != float64(truth.Requests()) || s.Failed[at] != float64(truth.Failures()) {
				t.Errorf("second %d: %v requests with %v failures, want %d with %d", at, s.RPS[at], s.Failed[at], truth.Requests(), truth.Failures())
			}
			if slow := truth.Failures() + truth.OK.AtLeast(20e6); s.Bad[0].PerS[at] != float64(slow) {
				t.Errorf("second %d: %v failed or slow, want %d", at, s.Bad[0].PerS[at], slow)
			}
			if p95 := result.Millis(truth.All().Quantile(.95)); truth.Requests() > 0 && s.P95[at] != p95 {
				t.Errorf("second %d: p95 %v, want %v", at, s.P95[at], p95)
			}
			// The window opens with a look.
			if second >= from && (s.Users[at] != 10 || s.Replicas[at] != 2 || s.LoadCPU[at] != 40 || s.StoodStill[at] != 0) {
				t.Errorf("second %d: users %v, replicas %v, CPU %v, stood still %v", at, s.Users[at], s.Replicas[at], s.LoadCPU[at], s.StoodStill[at])
			}
		}
		wantBatches(t, m.Batches, m.Requests, m.Failures)
		for _, e := range m.Endpoints {
			if e.Requests == 0 && e.Batches == "" {
				continue
			}
			wantBatches(t, e.Batches, e.Requests, e.Failures)
		}
		if e := m.Errors[0]; e.First.Before(m.Start) || e.Last.Before(*e.First) || e.Last.Unix() >= to {
			t.Errorf("failures from %v to %v, the window began at %v", e.First, e.Last, m.Start)
		}
	})
}

func wantBatches(t *testing.T, text string, requests, failures int64) {
	t.Helper()
	b, err := stats.DecodeBatches(text)
	if err != nil {
		t.Fatal(err)
	}
	if sum := b.Total(); len(b) != 10 || sum.Requests() != requests || sum.Failures() != failures {
		t.Errorf("%d batches with %d requests and %d failures, want %d and %d", len(b), sum.Requests(), sum.Failures(), requests, failures)
	}
}

// TestCourseOfInvalid: an attempt that may not be judged keeps its course, with what
// happened and when, and no batches.
func TestCourseOfInvalid(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.whileMeasuring(func() { w.master.Lose() })
		rec := w.only(w.run())
		s := rec.Series
		if rec.Status != result.Invalid || len(s.Events) != 1 || !strings.HasPrefix(s.Events[0].Text, "worker lost: ") || s.Events[0].Second < 1 {
			t.Errorf("%s, events %+v", rec.StatusText(), s.Events)
		}
		if m := rec.Measured; m != nil && m.Batches != "" {
			t.Error("batches are kept")
		}
	})
}

// TestPythonTooClose: of a Python master's percentiles it is known how they were rounded, and a
// bound within that is too close to call.
func TestPythonTooClose(t *testing.T) {
	inWorld(t, setup{version: pythonNew, spec: []string{python, "measure: {duration: 12s, settle: 15s, attempts: 1}"}}, func(w *world) {
		rec := w.only(w.run())
		if m := rec.Measured; m.Exact || m.Latency.P95 != 100 {
			t.Fatalf("p95 %v, exact %v", m.Latency.P95, m.Exact)
		}
		for bound, want := range map[v1alpha1.Bound]analysis.Verdict{
			"99.4ms": analysis.Fail, "99.6ms": analysis.Borderline, "100ms": analysis.Borderline, "104ms": analysis.Borderline, "106ms": analysis.Pass,
		} {
			slo, err := experiment.ParseObjectives([]v1alpha1.Objective{{Metric: v1alpha1.MetricP95, Below: bound}})
			if err != nil {
				t.Fatal(err)
			}
			j := analysis.Judge(rec, slo)
			if said := strings.Contains(j.Outcomes[0].Text, "it may be 99.5 ms to 105 ms, too close to"); j.Verdict != want || said != (want == analysis.Borderline) {
				t.Errorf("p95 below %s is %s: %s", bound, j.Verdict, j.Outcomes[0].Text)
			}
		}
	})
}

// TestCoursePython: of a Python master's load what it says is kept, and nothing else.
func TestCoursePython(t *testing.T) {
	inWorld(t, setup{version: pythonNew, spec: []string{python, "measure: {duration: 12s, settle: 15s, attempts: 1}"}}, func(w *world) {
		rec := w.only(w.run())
		s := rec.Series
		if s.Source != result.SeriesOfTotals || s.P99 != nil || s.Bad != nil || s.StoodStill != nil || rec.Measured.Batches != "" {
			t.Errorf("series %+v", s)
		}
		for name, c := range map[string]result.Column{"rps": s.RPS, "p50": s.P50, "p95": s.P95} {
			known := 0
			for i, v := range c {
				if v == 0 {
					t.Errorf("%s of second %d is 0", name, i)
				}
				if !math.IsNaN(v) {
					known++
				}
			}
			if known < 5 {
				t.Errorf("%s is known of %d seconds", name, known)
			}
		}
	})
}
