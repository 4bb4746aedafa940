package run_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestWindow: with our engine the record holds exactly the requests of its seconds,
// without ramp and settling, and the percentiles of the merged counts.
func TestWindow(t *testing.T) {
	inWorld(t, setup{knobs: locustsim.Knobs{Rate: 7, FailEvery: 10, CPU: 40}}, func(w *world) {
		journal := w.run()
		rec := w.only(journal)
		w.want(journal, "SUCCESS!")
		m := rec.Measured
		from := m.Start.Unix()
		truth := w.master.Truth(from, from+5)
		if m.Requests != truth.Requests() || m.Failures != truth.Failures() || m.Requests != 5*10*7 {
			t.Errorf("%d requests with %d failures, want %d with %d", m.Requests, m.Failures, truth.Requests(), truth.Failures())
		}
		if m.RPS != 70 || m.Duration != 5 || !m.Exact || m.EdgeError != 0 {
			t.Errorf("measured %+v", m)
		}
		if diff := cmp.Diff(result.LatencyOf(truth.All()), m.Latency); diff != "" {
			t.Errorf("latency (-want +got):\n%s", diff)
		}
		if l := m.Latency; l.P50 <= 0 || l.P95 < l.P50 || l.P99 < l.P95 {
			t.Errorf("percentiles %+v", l)
		}
		if diff := cmp.Diff(result.LatencyOf(truth.OK), *m.Success); diff != "" {
			t.Errorf("latency of successes (-want +got):\n%s", diff)
		}
		compareEndpoints(t, m)
		var errors int64
		for _, e := range m.Errors {
			errors += e.Occurrences
		}
		if errors != m.Failures {
			t.Errorf("%d errors, %d failures", errors, m.Failures)
		}
		w.compareSlices(rec, truth.Requests())
		if o := rec.Observed; o.Samples < 5 || o.Workers != 2 || o.Users != 10 || o.Replicas != 2 || o.CPUMean != 40 || o.CPUMax != 40 {
			t.Errorf("observed %+v", o)
		}
	})
}

// compareEndpoints sees a row for each task of the file, which this master's workers
// do not do, and one for each that they do.
func compareEndpoints(t *testing.T, m *result.Measured) {
	t.Helper()
	var names []string
	var requests int64
	for _, e := range m.Endpoints {
		names = append(names, e.Name)
		requests += e.Requests
	}
	want := []string{"/healthz", "/predict", "health_check", "metrics_check", "predict"}
	if !slices.Equal(names, want) || requests != m.Requests {
		t.Errorf("endpoints %v with %d requests, want %v with %d", names, requests, want, m.Requests)
	}
}

// compareSlices reads back what was kept of an attempt.
func (w *world) compareSlices(rec result.Record, requests int64) {
	w.t.Helper()
	store, err := w.disk.Open()
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.Close()
	var got int64
	from := rec.Measured.Start.Unix()
	for s, err := range store.LoadSlices(w.t.Context(), rec.Slices) {
		if err != nil {
			w.t.Fatal(err)
		}
		if s.Second < from || s.Second >= from+int64(rec.Measured.Duration) {
			w.t.Errorf("a slice of second %d outside the window from %d on", s.Second, from)
		}
		got += s.Requests()
	}
	if got != requests {
		w.t.Errorf("%d requests in the slices kept, want %d", got, requests)
	}
}

// TestOrderOurs: our engine is never reset, its load is leased, the stop confirmed.
func TestOrderOurs(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.run()
		want := []string{"POST " + locust.LeasePath, "POST /swarm", "POST /stop", "DELETE " + locust.LeasePath}
		if diff := cmp.Diff(want, w.requests()); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		for _, r := range w.master.Requests() {
			if r.Path == "/swarm" && (r.Form.Get("user_count") != "10" || r.Form.Get("spawn_rate") != "1" || r.Form.Get("host") != "http://target.invalid" || r.Form.Has("run_time") || r.Lease != "run-1") {
				t.Errorf("swarm request %+v", r)
			}
		}
		calls := w.platform.Calls()
		calls = calls[:len(calls)-1] // sound's own
		want = []string{"Acquire", "Scale master 1", "Address master", "Scale target 2", "Scale master 1", "Scale worker 2", "Address target", "Release"}
		if diff := cmp.Diff(want, slices.Compact(calls)); diff != "" {
			t.Errorf("platform calls (-want +got):\n%s", diff)
		}
	})
}

// TestOrderPython follows the recipe of locust-protocol.md 34: verbs by version, the
// reset only after settling, run_time only where it is safe, CSV before stop.
func TestOrderPython(t *testing.T) {
	for _, tt := range []struct{ version, verb, runTime string }{{pythonNew, "POST", "113s"}, {pythonOld, "GET", ""}, {"2.12.1", "GET", ""}} {
		t.Run(tt.version, func(t *testing.T) {
			inWorld(t, setup{version: tt.version, spec: []string{python}}, func(w *world) {
				journal := w.run()
				w.want(journal, "SUCCESS!")
				want := []string{"POST /swarm", "GET /stats/requests/csv", tt.verb + " /stats/reset", "GET /stats/requests/csv", "GET /stats/failures/csv", tt.verb + " /stop"}
				if diff := cmp.Diff(want, slices.Compact(w.requests())); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				for _, r := range w.master.Requests() {
					if r.Path == "/swarm" && r.Form.Get("run_time") != tt.runTime {
						t.Errorf("run_time %q, want %q", r.Form.Get("run_time"), tt.runTime)
					}
				}
				if settled := w.at(tt.verb + " /stats/reset").Sub(w.phase(run.PhaseSettle)); settled < w.exp.Settle() {
					t.Errorf("reset %v after the ramp", settled)
				}
				w.checkTotals(w.only(journal))
			})
		})
	}
}

// checkTotals compares a window read from a Python master's totals with the truth.
func (w *world) checkTotals(rec result.Record) {
	w.t.Helper()
	m := rec.Measured
	if m == nil {
		w.t.Fatal("nothing measured")
	}
	if math.Abs(m.RPS-10) > 10*m.EdgeError || m.Exact || m.Success != nil || m.EdgeError > .02 {
		w.t.Errorf("measured %+v", m)
	}
	if m.RPS != float64(m.Requests)/m.Duration || m.Duration < 5.9 || m.Duration > 6.1 {
		w.t.Errorf("%d requests in %g s are not %g per second", m.Requests, m.Duration, m.RPS)
	}
	if l := m.Latency; l.P50 <= 0 || l.P95 < l.P50 || l.P99 < l.P95 || l.Max > 100 || l.Min < 10 {
		w.t.Errorf("percentiles %+v", l)
	}
}

// TestPythonWaits: an answer that may be older than the crew is asked for again when
// the cache has run out, and no load begins while reports of the last may come.
func TestPythonWaits(t *testing.T) {
	inWorld(t, setup{version: pythonNew, spec: []string{python, "matrix: {replicas: [1], workers: [2], users: [5, 10]}", "measure: {duration: 5s, cooldown: 0s, settle: 2s, attempts: 1}"}}, func(w *world) {
		w.want(w.run(), "SUCCESS!, SUCCESS!")
		var polls []time.Time
		var stopped time.Time
		for _, r := range w.master.Requests() {
			switch r.String() {
			case "GET /stats/requests":
				polls = append(polls, r.At)
			case "POST /stop":
				stopped, polls = r.At, nil
			case "POST /swarm":
				if len(polls) < 2 || polls[len(polls)-1].Sub(polls[0]) < 2*time.Second {
					t.Errorf("swarm after polls at %v", polls)
				}
				// The stop itself takes a second.
				if !stopped.IsZero() && r.At.Sub(stopped) < 5*time.Second {
					t.Errorf("swarm %v after the last stop", r.At.Sub(stopped))
				}
			}
		}
	})
}

// TestPythonSoon: an answer that is certainly newer than the crew is believed at once,
// because the master told of other workers before, or because nothing moved for long.
func TestPythonSoon(t *testing.T) {
	for _, axis := range []string{"workers: [1, 2], users: [10]", "workers: [2], users: [5, 10]"} {
		t.Run(axis, func(t *testing.T) {
			inWorld(t, setup{version: pythonNew, spec: []string{python, "matrix: {replicas: [1], " + axis + "}", "measure: {duration: 5s, cooldown: 10s, settle: 2s, attempts: 1}"}}, func(w *world) {
				w.want(w.run(), "SUCCESS!, SUCCESS!")
				var again []int
				for _, e := range w.events {
					if strings.Contains(e.Message, "looking again past its cache") {
						again = append(again, e.Index)
					}
				}
				if diff := cmp.Diff([]int{0}, again); diff != "" {
					t.Errorf("scenarios that looked again, -want +got:\n%s", diff)
				}
			})
		})
	}
}

// TestLive: one sample a second while measuring, with numbers: rate, percentiles and
// failures of the same last ten seconds, or of as many as there were.
func TestLive(t *testing.T) {
	inWorld(t, setup{knobs: locustsim.Knobs{FailEvery: 2}, spec: []string{"measure: {duration: 12s, settle: 2s, attempts: 1}"}}, func(w *world) {
		w.run()
		var times []time.Time
		for _, e := range w.events {
			if e.Type != run.Sample || e.Phase != run.PhaseMeasure {
				continue
			}
			times = append(times, e.Time)
			l := e.Live
			if l.P50 == nil || l.P95 == nil || *l.P50 <= 0 || *l.P95 < *l.P50 {
				t.Errorf("sample %d: percentiles of %+v", len(times), l)
			}
			l.P50, l.P95 = nil, nil
			n := int64(len(times))
			want := &run.Live{
				Users: 10, Workers: 2, Recent: run.Recent{Seconds: int(min(n, 10)), RPS: 10, FailureRatio: new(.5)},
				Requests: 10 * n, Failures: 5 * n,
			}
			if diff := cmp.Diff(want, l); diff != "" {
				t.Errorf("sample %d (-want +got):\n%s", n, diff)
			}
		}
		if len(times) != 12 {
			t.Fatalf("%d samples in 12 s", len(times))
		}
		for i := range times[1:] {
			if d := times[i+1].Sub(times[i]); d != time.Second {
				t.Errorf("%v between two samples", d)
			}
		}
	})
}

// TestLivePython: no sample tells of requests from before the reset, though the
// master's cache still does.
func TestLivePython(t *testing.T) {
	knobs := locustsim.Knobs{FailEvery: 2}
	inWorld(t, setup{version: pythonNew, knobs: knobs, spec: []string{python, "measure: {duration: 12s, settle: 5s, attempts: 1}"}}, func(w *world) {
		w.run()
		samples, reset := 0, w.at("POST /stats/reset")
		var last *run.Live
		for _, e := range w.events {
			if e.Type != run.Sample || e.Phase != run.PhaseMeasure && e.Phase != run.PhaseCollect {
				continue
			}
			samples++
			last = e.Live
			// Reports of the last 3 s before the reset may come after it.
			if most := 10*e.Time.Sub(reset).Seconds() + 30; float64(e.Live.Requests) > most {
				t.Errorf("%d requests %v after the reset", e.Live.Requests, e.Time.Sub(reset))
			}
		}
		if samples < 5 {
			t.Errorf("%d samples in 12 s", samples)
		}
		if last.Seconds != 10 || last.RPS != 10 || last.FailureRatio == nil || *last.FailureRatio != .5 || last.P50 == nil || last.P95 == nil {
			t.Errorf("the last sample is %+v", last)
		}
	})
}

// TestAllFail: every request failing is a measurement, not an error.
func TestAllFail(t *testing.T) {
	for _, version := range []string{locustsim.Ours, pythonNew} {
		lines := []string{python}
		if version == locustsim.Ours {
			lines = nil
		}
		t.Run("version "+version, func(t *testing.T) {
			inWorld(t, setup{version: version, spec: lines, knobs: locustsim.Knobs{FailEvery: 1}}, func(w *world) {
				journal := w.run()
				w.want(journal, "SUCCESS!")
				m := w.only(journal).Measured
				if m.FailureRatio() != 1 || m.Requests == 0 || len(m.Errors) == 0 || m.Success != nil {
					t.Errorf("measured %+v", m)
				}
			})
		})
	}
}

// TestRestored: the target is left as it was found.
func TestRestored(t *testing.T) {
	inWorld(t, setup{
		spec:     []string{"matrix: {replicas: [1, 4], workers: [2], users: [10]}"},
		platform: platformtest.FakeOptions{Original: map[platform.Role]int{platform.Target: 3}},
	}, func(w *world) {
		w.want(w.run(), "SUCCESS!, SUCCESS!")
		if n := w.platform.Count(platform.Target); n != 3 {
			t.Errorf("%d replicas are left, there were 3", n)
		}
	})
}

// TestFewUsers: a spawn rate below one user per tenth does not become zero.
func TestFewUsers(t *testing.T) {
	inWorld(t, setup{spec: []string{"matrix: {replicas: [1], workers: [1], users: [1, 3]}"}, knobs: locustsim.Knobs{Rate: 5}}, func(w *world) {
		w.want(w.run(), "SUCCESS!, SUCCESS!")
	})
}

// TestExceptions: errors of user code are told, though they are no failed requests.
func TestExceptions(t *testing.T) {
	inWorld(t, setup{version: pythonNew, spec: []string{python}}, func(w *world) {
		w.whileMeasuring(func() {
			w.master.Set(func(k *locustsim.Knobs) { k.Exceptions = []locust.Exception{{Count: 3, Message: "boom\nbang"}} })
		})
		rec := w.only(w.run())
		// The workers' CPU is 0 in every answer, as before Locust's first figure.
		want := []string{"the load generators' CPU is not known: Locust had no figure yet", "user code raised 3 times: boom bang"}
		if diff := cmp.Diff(want, rec.Warnings); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
	})
}

// TestPythonFlapping: a worker that was away between two polls is waited for, until
// the cache has run out that tells of its absence.
func TestPythonFlapping(t *testing.T) {
	inWorld(t, setup{version: pythonNew, spec: []string{python}}, func(w *world) {
		var back time.Time
		w.on(func(e run.Event) {
			switch {
			case e.Type != run.Waiting || !back.IsZero():
			case strings.Contains(e.Message, "looking again past its cache"):
				w.master.SetWorkers(1)
			case strings.Contains(e.Message, "the master has 1 worker of 2"):
				w.master.SetWorkers(2)
				back = time.Now()
			}
		})
		w.want(w.run(), "SUCCESS!")
		if took := w.at("POST /swarm").Sub(back); back.IsZero() || took < 2*time.Second {
			t.Errorf("swarm %v after the worker was back", took)
		}
	})
}

// slow is a platform whose news take two seconds.
type slow struct{ *platformtest.Fake }

func (s slow) Status(ctx context.Context, role platform.Role) (platform.Status, error) {
	st, err := s.Fake.Status(ctx, role)
	st.At = time.Now().Add(-2 * time.Second)
	return st, err
}

// TestProofInCooldown: what a window needs to be proven is waited for when the load
// has stopped, and the cool-down is not longer for it.
func TestProofInCooldown(t *testing.T) {
	inWorld(t, setup{spec: []string{"matrix: {replicas: [1, 2], workers: [2], users: [10]}", "measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 1}"}}, func(w *world) {
		w.over = slow{w.platform}
		w.want(w.run(), "SUCCESS!, SUCCESS!")
		var finished, next time.Time
		for _, e := range w.events {
			switch {
			case e.Type == run.AttemptFinished && e.Index == 1:
				finished = e.Time
			case e.Type == run.AttemptStarted && e.Index == 1:
				next = e.Time
			}
		}
		var stopped time.Time
		for _, r := range w.master.Requests() {
			if r.String() == "POST /stop" && r.At.Before(next) {
				stopped = r.At
			}
		}
		if proof, pause := finished.Sub(stopped), next.Sub(stopped); proof < 1500*time.Millisecond || pause < 3*time.Second || pause > 4*time.Second {
			t.Errorf("after the stop the proof came after %v, the next attempt after %v", proof, pause)
		}
	})
}

// heir is a platform that found what a dead run had left.
type heir struct{ *platformtest.Fake }

func (heir) TakenOver() []string { return []string{"restored after run 0: x"} }

// TestInheritanceIsTold: the stream begins with what was done for a dead run.
func TestInheritanceIsTold(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.over = heir{w.platform}
		w.run()
		if diff := cmp.Diff([]string{"restored after run 0: x"}, w.events[0].Inherited); diff != "" {
			t.Errorf("inherited, -want +got:\n%s", diff)
		}
	})
}
