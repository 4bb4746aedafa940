package run_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// pythonLoads are the masters that have only totals: Python's, and ours with Python workers.
func pythonLoads() map[string]setup {
	return map[string]setup{
		"Python's master": {version: pythonNew, spec: []string{python}},
		"our master":      {version: locustsim.Ours, spec: []string{"load: {engine: swarm}"}, knobs: locustsim.Knobs{Opaque: true}},
	}
}

// evenly are n times spread over a report interval.
func evenly(n int) (out []time.Duration) {
	for i := range n {
		out = append(out, time.Duration(i)*3*time.Second/time.Duration(n))
	}
	return out
}

// TestReportPhases: whenever in their interval workers report, a window's rate is the
// true one, and the record says what may be left of an error.
func TestReportPhases(t *testing.T) {
	ms := func(ms ...int) (out []time.Duration) {
		for _, m := range ms {
			out = append(out, time.Duration(m)*time.Millisecond)
		}
		return out
	}
	for _, phases := range [][]time.Duration{
		ms(100), ms(1400), ms(2900), ms(400, 1900), ms(700, 750), ms(0, 2950), ms(200, 900, 1700, 2500),
		ms(1000, 1100, 1200, 1300), evenly(4), evenly(12), evenly(30),
	} {
		for name, s := range pythonLoads() {
			t.Run(fmt.Sprint(name, phases), func(t *testing.T) {
				s.spec = append(s.spec, fmt.Sprintf("matrix: {replicas: [1], workers: [%d], users: [120]}", len(phases)),
					"measure: {duration: 8s, cooldown: 0s, settle: 2s, attempts: 1}")
				s.knobs.Phases, s.knobs.Rate = phases, 2
				inWorld(t, s, func(w *world) {
					journal := w.run()
					w.want(journal, "SUCCESS!")
					m := w.only(journal).Measured
					off, most := m.RPS/240-1, .02
					if len(phases) > 4 {
						most = .05 // without a gap one report may be counted or not
					}
					if math.Abs(off) > .01 || math.Abs(off) > m.EdgeError+.001 || m.EdgeError > most {
						t.Errorf("%.2f requests per second are %.2f %% off, the record says at most %.2f %%", m.RPS, 100*off, 100*m.EdgeError)
					}
					if math.Abs(m.Duration-9) > .2 || math.Abs(m.RPS*m.Duration-float64(m.Requests)) > 1e-6 {
						t.Errorf("%d requests in %g s are not %g per second", m.Requests, m.Duration, m.RPS)
					}
				})
			})
		}
	}
}

// TestPartialReports: the part of a window that an interruption leaves has the true rate, too.
func TestPartialReports(t *testing.T) {
	for name, s := range pythonLoads() {
		for after := range 8 {
			t.Run(fmt.Sprint(name, after), func(t *testing.T) {
				s.spec = append(s.spec, "matrix: {replicas: [1], workers: [3], users: [30]}", "measure: {duration: 60s, settle: 2s, attempts: 1}")
				s.knobs.Phases, s.knobs.Rate = []time.Duration{0, 500 * time.Millisecond, 2 * time.Second}, 4
				inWorld(t, s, func(w *world) {
					journal := w.interruptAfter(7*time.Second + time.Duration(after)*700*time.Millisecond)
					m := w.only(journal).Measured
					if m == nil || math.Abs(m.RPS/120-1) > m.EdgeError+.001 || math.Abs(m.RPS/120-1) > .02 {
						t.Errorf("measured %+v", m)
					}
				})
			})
		}
	}
}

// reset is when the statistics were reset; the zero time if they were not yet.
func (w *world) reset() time.Time { return w.at("POST /stats/reset") }

// interruptAfter interrupts the campaign some time after its window has begun.
func (w *world) interruptAfter(d time.Duration) *result.Run {
	w.t.Helper()
	stop := make(chan struct{})
	go func() {
		for w.reset().IsZero() {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Until(w.reset().Add(d)))
		close(stop)
	}()
	return w.interruptOn(stop)
}

// TestStoodStillPython: a Python worker that stands still for too long makes the window INVALID,
// for a while a doubt.
func TestStoodStillPython(t *testing.T) {
	for name, s := range pythonLoads() {
		for _, tt := range []struct {
			seconds int
			want    string
		}{{30, "INVALID!"}, {90, "SUCCESS!"}, {240, "SUCCESS!"}} {
			t.Run(fmt.Sprint(name, tt.seconds), func(t *testing.T) {
				s.spec = append(s.spec, "matrix: {replicas: [1], workers: [3], users: [30]}", fmt.Sprintf("measure: {duration: %ds, settle: 2s, attempts: 1}", tt.seconds))
				s.knobs.Phases, s.knobs.Rate = []time.Duration{0, 1000 * time.Millisecond, 2 * time.Second}, 10
				inWorld(t, s, func(w *world) {
					w.once(run.Sample, run.PhaseMeasure, 1, func() {
						go func() {
							// Half a second before its report is due.
							begun := w.at("POST /swarm").Add(-500 * time.Millisecond)
							rounds := time.Since(begun)/(3*time.Second) + 2
							time.Sleep(time.Until(begun.Add(rounds * 3 * time.Second)))
							w.master.Stall(2800 * time.Millisecond)
						}()
					})
					journal := w.run()
					w.want(journal, tt.want)
					rec := w.only(journal)
					text := rec.StatusText() + strings.Join(rec.Warnings, "; ")
					told := strings.Contains(text, "stood still for")
					if told != (tt.seconds < 200) || rec.Observed.StoodStill < 1 || rec.Observed.StoodStill > 3 {
						t.Errorf("%q, stood still for %g s", text, rec.Observed.StoodStill)
					}
				})
			})
		}
	}
}
