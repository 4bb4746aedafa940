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
// verdict is the decision.
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
		"all pass":  {"[{metric: p95, below: 200ms}, {metric: failures, below: 5%}]", locustsim.Knobs{Rate: 7}, 30, "pass", "p95 < 200ms pass, failures < 5% pass", analysis.Pass},
		"one fails": {"[{metric: p95, below: 200ms}, {metric: p50, below: 20ms}]", locustsim.Knobs{Rate: 7}, 30, "fail", "p95 < 200ms pass, p50 < 20ms fail", analysis.Fail},
		"failures":  {"[{metric: p95, below: 200ms}]", locustsim.Knobs{Rate: 7, FailEvery: 4}, 30, "fail", "p95 < 200ms fail", analysis.Fail},
		"a task":    {"[{metric: p95, below: 200ms}, {metric: p90, endpoint: GET health_check, below: 50ms}]", locustsim.Knobs{Rate: 15}, 30, "fail", "p95 < 200ms pass, p90 of GET /healthz < 50ms fail", analysis.Fail},
		"close":     {"[{metric: p95, below: 200ms}]", locustsim.Knobs{Rate: .6, Latencies: fewSlow}, 60, "open", "", analysis.Borderline},
		"some hang": {"[{metric: p95, below: 200ms}]", locustsim.Knobs{Rate: 70. / 300, Stuck: 200}, 60, "open", "", analysis.Borderline},
		"one hangs": {"[{metric: p95, below: 200ms}]", locustsim.Knobs{Rate: 7, Stuck: 1}, 30, "pass", "p95 < 200ms pass", analysis.Pass},
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

// TestPausesOfAShorterWindow: what a worker stood still is held against the window that was
// measured, not against the longest.
func TestPausesOfAShorterWindow(t *testing.T) {
	s := setup{spec: []string{untilDecided, "slo: [{metric: p95, below: 200ms}]"}, knobs: locustsim.Knobs{Rate: 7, Stood: 60 * time.Millisecond}}
	inWorld(t, s, func(w *world) {
		journal := w.run()
		if reasons := w.only(journal).StatusText(); !strings.Contains(reasons, "stood still for 1.8 s of 30 s") {
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
