package run_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestTroubleByPhase: what goes wrong before the window or while it is collected
// ends the attempt with a reason that says when.
func TestTroubleByPhase(t *testing.T) {
	broken := func(path string) func(*world) {
		return func(w *world) { w.master.Set(func(k *locustsim.Knobs) { k.Status = map[string]int{path: 500} }) }
	}
	lose := func(w *world) { w.master.Lose() }
	for _, tt := range []struct {
		name, version string
		phase         run.Phase
		happen        func(w *world)
		status        string
	}{
		{"worker lost in the ramp", locustsim.Ours, run.PhaseRamp, lose, "INVALID: 1 worker of 2 lost during the ramp"},
		{"worker lost in the ramp", pythonNew, run.PhaseRamp, lose, "INVALID: 1 worker of 2 lost during the ramp"},
		{"worker lost while settling", locustsim.Ours, run.PhaseSettle, lose, "INVALID: 1 worker of 2 lost while settling"},
		{"users lost", locustsim.Ours, run.PhaseMeasure, func(w *world) { w.master.EndUsers(3) }, "INVALID: before measuring, the load was running with 2 workers of 2 and 7 users of 10"},
		{"worker joined", locustsim.Ours, run.PhaseSettle, func(w *world) { w.master.Join() }, "INVALID: before measuring, the load was running with 3 workers of 2"},
		{"replicas lost", locustsim.Ours, run.PhaseMeasure, func(w *world) { w.platform.SetReady(platform.Target, false) }, "INVALID: before measuring, 0 of 2 replicas of the target were ready"},
		{"no answer", locustsim.Ours, run.PhaseMeasure, broken(locust.StatusPath), "ERROR: observing the load: GET /swarmgrid/v1/status: status 500"},
		{"no reset", pythonNew, run.PhaseMeasure, broken("/stats/reset"), "ERROR: resetting statistics: POST /stats/reset: status 500"},
		{"no CSV", pythonNew, run.PhaseCollect, broken("/stats/requests/csv"), "ERROR: collecting: GET /stats/requests/csv: status 500"},
		{"no failures", pythonNew, run.PhaseCollect, broken("/stats/failures/csv"), "ERROR: collecting: GET /stats/failures/csv: status 500"},
		{"no exceptions", pythonNew, run.PhaseCollect, broken("/exceptions"), "ERROR: collecting: GET /exceptions: status 500"},
		{
			"percentiles missing", pythonNew, run.PhaseCollect,
			func(w *world) { w.master.Set(func(k *locustsim.Knobs) { k.Columns = []string{"50%", "99%"} }) },
			`ERROR: collecting: reading /stats/requests/csv: no column "95%"`,
		},
		{
			"slices corrupt", locustsim.Ours, run.PhaseMeasure,
			func(w *world) { w.master.Set(func(k *locustsim.Knobs) { k.Corrupt = true }) }, "ERROR: reading slices: second ",
		},
		{
			"endless requests", locustsim.Ours, run.PhaseMeasure,
			func(w *world) { w.master.Set(func(k *locustsim.Knobs) { k.Overflow = 1 }) }, "INVALID: 10 requests longer than an hour",
		},
		{"no stop", locustsim.Ours, run.PhaseStop, broken("/stop"), "SUCCESS"},
	} {
		t.Run(tt.name+" "+tt.version, func(t *testing.T) {
			var lines []string
			if tt.version != locustsim.Ours {
				lines = []string{python}
			}
			inWorld(t, setup{version: tt.version, spec: lines}, func(w *world) {
				w.once(run.PhaseStarted, tt.phase, 1, func() { tt.happen(w) })
				journal, err := w.try(w.t.Context())
				if err != nil {
					t.Fatal(err)
				}
				rec := w.only(journal)
				if got := rec.StatusText(); !strings.HasPrefix(got, tt.status) {
					t.Errorf("status %q, want %q", got, tt.status)
				}
				if tt.name == "no stop" && (len(rec.Warnings) != 1 || !strings.Contains(rec.Warnings[0], "stopping the load: POST /stop: status 500")) {
					t.Errorf("warnings %q", rec.Warnings)
				}
			})
		})
	}
}

// TestURLOnly: a target that cannot be scaled is loaded where its url says, and
// its replicas are not judged.
func TestURLOnly(t *testing.T) {
	inWorld(t, setup{
		spec:     []string{"target: {url: \"http://service:8000\"}", "load: {builtin: forecasting}", "matrix: {workers: [2], users: [10]}"},
		platform: platformtest.FakeOptions{Unmanaged: []platform.Role{platform.Target}},
	}, func(w *world) {
		journal := w.run()
		w.want(journal, "SUCCESS!")
		for _, r := range w.master.Requests() {
			if r.Path == "/swarm" && r.Form.Get("host") != "http://service:8000" {
				t.Errorf("users were sent to %q", r.Form.Get("host"))
			}
		}
		if journal.Header.Target != "http://service:8000" || w.only(journal).Observed.Replicas != 0 {
			t.Errorf("target %q, observed %+v", journal.Header.Target, w.only(journal).Observed)
		}
	})
}

// TestEvents: the stream tells each phase once, in order, and its end.
func TestEvents(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.run()
		var got []string
		for _, e := range w.events {
			switch e.Type {
			case run.PhaseStarted:
				got = append(got, string(e.Phase))
			case run.Sample, run.Waiting:
			default:
				got = append(got, string(e.Type))
			}
			if e.Time.IsZero() || e.Total != 1 {
				t.Errorf("event %+v", e)
			}
		}
		want := "run_started attempt_started scale workers swarm ramp settle measure collect stop attempt_finished run_finished"
		if strings.Join(got, " ") != want {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

// TestLastEvent: it has what the run comes to, and no exit code where the run did not end by
// itself.
func TestLastEvent(t *testing.T) {
	const slo = "slo: [{metric: p95, below: %s}]"
	for _, tt := range []struct {
		name, slo, sentence string
		knobs               locustsim.Knobs
		code                *int
		stop                bool
	}{
		{name: "no SLO", code: new(0)},
		{name: "no SLO, and nothing succeeds", knobs: locustsim.Knobs{FailEvery: 1}, code: new(1)},
		{name: "met", slo: fmt.Sprintf(slo, "1h"), sentence: "the gate is met: every user count passes", code: new(0)},
		{name: "missed", slo: fmt.Sprintf(slo, "1us"), sentence: "the gate is missed: not passed with 10 users", code: new(3)},
		{name: "nothing is measured", slo: fmt.Sprintf(slo, "1h"), knobs: locustsim.Knobs{CPU: 99}, sentence: "the gate is missed: not shown, for lack of data: 10 users", code: new(1)},
		{name: "interrupted", slo: fmt.Sprintf(slo, "1h"), sentence: "the gate is missed: not shown, for lack of data: 10 users", stop: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, setup{spec: []string{"measure: {duration: 14s, settle: 2s, attempts: 1}", tt.slo}, knobs: tt.knobs}, func(w *world) {
				if tt.stop {
					w.interrupt(func(e run.Event) bool { return e.Phase == run.PhaseMeasure })
				} else {
					w.run()
				}
				last := w.events[len(w.events)-1].Run
				if last == nil || last.Gate == nil || last.Gate.Sentence != tt.sentence {
					t.Fatalf("the last event has %+v", last)
				}
				if diff := cmp.Diff(tt.code, last.ExitCode); diff != "" {
					t.Errorf("exit code (-want +got):\n%s", diff)
				}
			})
		})
	}
}
