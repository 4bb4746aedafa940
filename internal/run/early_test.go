package run_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

const untilDecided = "measure: {duration: auto, max: 60s, cooldown: 3s, settle: 2s, attempts: 1}"

// TestEndsWhenDecided: a window of duration auto ends when an objective has failed or all have
// passed, and is whole otherwise; the record says which, its numbers are those of its seconds, and the
// verdict is the decision. The warm-up is known 40 s after the ramp, of which 2 s have settled.
func TestEndsWhenDecided(t *testing.T) {
	fewSlow := make([]time.Duration, 25) // one in 25 takes 300 ms: 4 %
	for i := range fewSlow {
		fewSlow[i] = 10 * time.Millisecond
	}
	fewSlow[7] = 300 * time.Millisecond
	for name, tt := range map[string]struct {
		slo      string
		knobs    locustsim.Knobs
		seconds  float64
		decision string
		decided  string
		verdict  analysis.Verdict
	}{
		"all pass":  {"[{metric: p95, below: 200ms}, {metric: failures, below: 5%}]", locustsim.Knobs{Rate: 7}, 38, "pass", "p95 < 200ms pass, failures < 5% pass", analysis.Pass},
		"one fails": {"[{metric: p95, below: 200ms}, {metric: p50, below: 20ms}]", locustsim.Knobs{Rate: 7}, 38, "fail", "p95 < 200ms pass, p50 < 20ms fail", analysis.Fail},
		"failures":  {"[{metric: p95, below: 200ms}]", locustsim.Knobs{Rate: 7, FailEvery: 4}, 38, "fail", "p95 < 200ms fail", analysis.Fail},
		"a task":    {"[{metric: p95, below: 200ms}, {metric: p90, endpoint: GET health_check, below: 50ms}]", locustsim.Knobs{Rate: 15}, 38, "fail", "p95 < 200ms pass, p90 of GET /healthz < 50ms fail", analysis.Fail},
		"close":     {"[{metric: p95, below: 200ms}]", locustsim.Knobs{Rate: .6, Latencies: fewSlow}, 60, "open", "", analysis.Borderline},
		"some hang": {"[{metric: p95, below: 200ms}]", locustsim.Knobs{Rate: 70. / 300, Stuck: 200}, 60, "open", "", analysis.Borderline},
		"one hangs": {"[{metric: p95, below: 200ms}]", locustsim.Knobs{Rate: 7, Stuck: 1}, 38, "pass", "p95 < 200ms pass", analysis.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			// As many users as can have so many requests under way, at the same rate together.
			users := map[int]int{200: 300}[tt.knobs.Stuck]
			matrix := fmt.Sprintf("matrix: {replicas: [2], workers: [2], users: [%d]}", max(users, 10))
			inWorld(t, setup{spec: []string{untilDecided, "slo: " + tt.slo, matrix}, knobs: tt.knobs}, func(w *world) {
				if name == "a task" {
					w.exp.SLO[1].Endpoint = "GET /healthz" // the simulated workers' name for it
				}
				journal := w.run()
				w.want(journal, "SUCCESS!")
				m := w.only(journal).Measured
				s := m.Stopped
				if s == nil || m.Duration != tt.seconds || s.After != tt.seconds || s.Decision != tt.decision || decisions(s) != tt.decided {
					t.Errorf("%v s, stopped %+v; want %v s, %s with %q", m.Duration, s, tt.seconds, tt.decision, tt.decided)
					return
				}
				from := m.Start.Unix()
				truth := w.master.Truth(from, from+int64(tt.seconds))
				if m.Requests != truth.Requests() || m.Failures != truth.Failures() {
					t.Errorf("%d requests with %d failures, want %d with %d", m.Requests, m.Failures, truth.Requests(), truth.Failures())
				}
				row := analysis.Rows(journal, w.exp.SLO)[0]
				if row.Judgement.Verdict != tt.verdict {
					t.Errorf("verdict %s (%+v), want %s", row.Judgement.Verdict, row.Judgement.Outcomes, tt.verdict)
				}
				if doubts := strings.Join(row.Doubts, "; "); strings.Contains(doubts, "not the planned") {
					t.Errorf("doubts %s", doubts)
				}
				if h := journal.Header; h.Duration != 60 || !h.Auto {
					t.Errorf("the header plans %v s, auto %v", h.Duration, h.Auto)
				}
				if first := w.events[0]; !first.UpTo {
					t.Errorf("the first event does not say that its times are the longest: %+v", first)
				}
			})
		})
	}
}

func decisions(s *result.Stopped) string {
	var out []string
	for _, d := range s.Objectives {
		out = append(out, d.Objective+" "+d.Decision)
	}
	return strings.Join(out, ", ")
}

// TestWarmUpIsLeftOut: a service that is slow at first is not judged by that, and the numbers are
// those of the seconds that follow.
func TestWarmUpIsLeftOut(t *testing.T) {
	latencies := make([]time.Duration, 7000) // of 70 requests a second
	for i := range latencies {
		latencies[i] = time.Duration(1+i%10) * 10 * time.Millisecond
		if i < 70*15 {
			latencies[i] *= 10
		}
	}
	s := setup{spec: []string{untilDecided, "slo: [{metric: p95, below: 200ms}]", "matrix: {replicas: [2], workers: [2], users: [10]}"}, knobs: locustsim.Knobs{Rate: 7, Latencies: latencies}}
	inWorld(t, s, func(w *world) {
		journal := w.run()
		w.want(journal, "SUCCESS!")
		m := w.only(journal).Measured
		if m.Stopped == nil || m.Stopped.Decision != result.DecisionPass || m.Stopped.WarmUp < 5 || m.Stopped.WarmUp > 15 {
			t.Fatalf("stopped %+v after %v s", m.Stopped, m.Duration)
		}
		from := m.Start.Unix()
		truth := w.master.Truth(from, from+int64(m.Duration))
		if m.Requests != truth.Requests() || m.Duration < 30 || m.Latency.Max > 101 {
			t.Errorf("%d requests in %v s, the slowest %v ms; want %d", m.Requests, m.Duration, m.Latency.Max, truth.Requests())
		}
		if opened := w.master.Truth(from-int64(m.Stopped.WarmUp), from); opened.OK.Max() < 500*time.Millisecond {
			t.Errorf("what was left out took at most %v", opened.OK.Max())
		}
		row := analysis.Rows(journal, w.exp.SLO)[0]
		if row.Judgement.Verdict != analysis.Pass || strings.Contains(strings.Join(row.Doubts, "; "), "window") {
			t.Errorf("%s, doubts %q", row.Judgement.Verdict, row.Doubts)
		}
	})
}

// TestWarmUpWithoutAnEnd: where it is not known where the steady state begins, nothing is
// decided, and nothing left out.
func TestWarmUpWithoutAnEnd(t *testing.T) {
	latencies := make([]time.Duration, 7000)
	for i := range latencies {
		latencies[i] = time.Duration(10000-i) * 10 * time.Microsecond
	}
	s := setup{spec: []string{untilDecided, "slo: [{metric: p95, below: 200ms}]", "matrix: {replicas: [2], workers: [2], users: [10]}"}, knobs: locustsim.Knobs{Rate: 7, Latencies: latencies}}
	inWorld(t, s, func(w *world) {
		journal := w.run()
		m := w.only(journal).Measured
		if m.Duration != 60 || m.Stopped.Decision != result.DecisionOpen || m.Stopped.WarmUp != 0 || !m.Stopped.Unsettled || len(m.Stopped.Objectives) > 0 {
			t.Errorf("stopped %+v after %v s", m.Stopped, m.Duration)
		}
		if doubts := strings.Join(analysis.Rows(journal, w.exp.SLO)[0].Doubts, "; "); !strings.Contains(doubts, "the window was not steady: from its beginning to its end p50 fell by") {
			t.Errorf("doubts %q", doubts)
		}
	})
}

// TestPausesOfAShorterWindow: what a worker stood still is held against the window that was
// measured, not against the longest.
func TestPausesOfAShorterWindow(t *testing.T) {
	s := setup{spec: []string{untilDecided, "slo: [{metric: p95, below: 200ms}]"}, knobs: locustsim.Knobs{Rate: 7, Stood: 60 * time.Millisecond}}
	inWorld(t, s, func(w *world) {
		journal := w.run()
		if reasons := w.only(journal).StatusText(); !strings.Contains(reasons, "stood still for 2.3 s of 38 s") {
			t.Errorf("the attempt is %s", reasons)
		}
	})
}

// TestAutoNeedsTheCourse: where the master or a worker does not tell a window's course,
// a run does not pretend to.
func TestAutoNeedsTheCourse(t *testing.T) {
	slo := "slo: [{metric: p95, below: 200ms}]"
	t.Run("Python workers", func(t *testing.T) {
		inWorld(t, setup{spec: []string{untilDecided, slo}, knobs: locustsim.Knobs{Opaque: true}}, func(w *world) {
			journal := w.run()
			w.want(journal, "ERROR!")
			if got, want := w.only(journal).StatusText(), "spec.measure.duration is auto, but some workers do not tell the course of a window: they are not Swarmgrid's; write a time, as in 120s"; !strings.Contains(got, want) {
				t.Errorf("the attempt is %s, want %s", got, want)
			}
		})
	})
	t.Run("a Python master", func(t *testing.T) {
		s := foreign(pythonNew, `load: {engine: swarm, masterURL: "http://elsewhere:8089"}`)
		s.spec = append(s.spec, untilDecided, slo)
		inWorld(t, s, func(w *world) {
			w.master.SetWorkers(3)
			_, err := w.try(w.t.Context())
			if err == nil || !strings.Contains(err.Error(), "spec.measure.duration is auto, but the master at http://elsewhere:8089 is Python Locust's") {
				t.Errorf("error %v", err)
			}
			for _, r := range w.requests() {
				if r == "POST /swarm" || r == "POST "+locust.LeasePath {
					t.Errorf("a refused run sent %s", r)
				}
			}
		})
	})
	t.Run("our master", func(t *testing.T) {
		s := foreign(locustsim.Ours, `load: {engine: swarm, masterURL: "http://elsewhere:8089"}`)
		s.spec = append(s.spec, untilDecided, slo)
		inWorld(t, s, func(w *world) {
			w.master.SetWorkers(3)
			w.want(w.run(), "SUCCESS!, SUCCESS!")
		})
	})
}
