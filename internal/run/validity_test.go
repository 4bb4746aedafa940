package run_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// disturbance is what may happen to a window, and the reason it must give.
type disturbance struct {
	name   string
	happen func(w *world)
	reason string
	// ours and python are the engines that show it.
	ours, python bool
	// mend undoes it before the next attempt.
	mend func(w *world)
}

func disturbances() []disturbance {
	knob := func(turn func(*locustsim.Knobs)) func(*world) {
		return func(w *world) { w.master.Set(turn) }
	}
	return []disturbance{
		{name: "worker lost", happen: func(w *world) { w.master.Lose() }, reason: "worker lost: worker_1", ours: true, python: true},
		{name: "worker joined", happen: func(w *world) { w.master.Join() }, reason: "worker joined: worker_3", ours: true, python: true},
		{name: "worker lost and back between two looks", happen: func(w *world) { w.master.Blink() }, reason: "worker lost: worker_1", ours: true},
		{name: "connection broken for a moment", happen: func(w *world) { w.master.Reconnect() }, reason: "worker lost its connection for a moment: worker_1", ours: true},
		{
			name: "users off", happen: func(w *world) { w.master.EndUsers(3) }, reason: "7 users instead of 10", ours: true, python: true,
		},
		{
			name:   "no requests",
			happen: knob(func(k *locustsim.Knobs) { k.Frozen = true }),
			mend:   knob(func(k *locustsim.Knobs) { k.Frozen = false }),
			reason: "no request completed for 5s", ours: true, python: true,
		},
		{
			name:   "a worker stands still",
			happen: knob(func(k *locustsim.Knobs) { k.Stood = 200 * time.Millisecond }),
			mend:   knob(func(k *locustsim.Knobs) { k.Stood = 0 }),
			reason: "worker worker_1 stood still for 0.6 s of 8 s: it was stopped, or starved of processor time", ours: true,
		},
		{
			name:   "requests not sent",
			happen: knob(func(k *locustsim.Knobs) { k.Unsent = 2 }),
			mend:   knob(func(k *locustsim.Knobs) { k.Unsent = 0 }),
			reason: "requests were not sent, by the load generator's own trouble: no free local port", ours: true,
		},
		{name: "a report dropped", happen: func(w *world) { w.master.Drop() }, reason: "the master lost measurements of worker worker_1: ", ours: true},
		{
			name:   "CPU",
			happen: knob(func(k *locustsim.Knobs) { k.CPU = 120 }),
			mend:   knob(func(k *locustsim.Knobs) { k.CPU = 0 }),
			reason: "mean generator CPU 1", ours: true, python: true,
		},
		{
			name:   "no observation",
			happen: knob(func(k *locustsim.Knobs) { k.Hung = true }),
			mend:   knob(func(k *locustsim.Knobs) { k.Hung = false }),
			reason: "no observation of the load for 5s", ours: true, python: true,
		},
		{
			name:   "status alone not answered",
			happen: knob(func(k *locustsim.Knobs) { k.Status = map[string]int{locust.StatusPath: 500} }),
			mend:   knob(func(k *locustsim.Knobs) { k.Status = nil }),
			reason: "no observation of the load for 5s", ours: true,
		},
		{
			name:   "slices do not come",
			happen: knob(func(k *locustsim.Knobs) { k.Late = time.Hour }),
			mend:   knob(func(k *locustsim.Knobs) { k.Late = 0 }),
			reason: "only 1 of 8 seconds arrived", ours: true,
		},
		{
			name: "replica count off", happen: func(w *world) { w.platform.SetCount(platform.Target, 3) },
			reason: "3 of 2 replicas of the target ready", ours: true, python: true,
		},
		{
			name:   "replicas not ready",
			happen: func(w *world) { w.platform.SetReady(platform.Target, false) },
			mend:   func(w *world) { w.platform.SetReady(platform.Target, true) },
			reason: "0 of 2 replicas of the target ready", ours: true, python: true,
		},
		{
			name: "replica restarted", happen: func(w *world) { w.platform.Kill(platform.Target, "") },
			reason: "restarted: target-", ours: true, python: true,
		},
		{
			name: "master restarted", happen: func(w *world) { w.master.Restart() }, reason: "0 users instead of 10", ours: true, python: true,
		},
		{
			name: "replicas resized in place", happen: func(w *world) { w.platform.Remake(platform.Target, "resources", "0.1 CPU", "vpa-updater") },
			reason: ": resources changed from 1 CPU to 0.1 CPU, by vpa-updater at 20", ours: true, python: true,
		},
		{
			name: "load's workers resized in place", happen: func(w *world) { w.platform.Remake(platform.Worker, "resources", "0.1 CPU", "vpa-updater") },
			reason: "load worker worker-", ours: true, python: true,
		},
		{
			name: "target touched", happen: func(w *world) { w.platform.Touch(platform.Target, "argocd-controller") },
			reason: "somebody changed the target, by argocd-controller at 20", ours: true, python: true,
		},
		{
			name: "Service changed", happen: func(w *world) { w.platform.SetFront("the porch's selector", "some", "kubectl-edit") },
			reason: "the porch's selector changed from all to some, by kubectl-edit at 20", ours: true, python: true,
		},
		{
			name: "balancer in trouble", happen: func(w *world) { w.platform.Trouble("out of files") },
			reason: "the balancer: out of files", ours: true, python: true,
		},
		{
			name: "balancer stood still", happen: func(w *world) { w.platform.Stall(time.Second) },
			reason: "the balancer stood still for 1.0 s of ", ours: true, python: true,
		},
		{
			name: "balancer frozen", happen: func(w *world) { w.platform.Freeze() }, mend: func(w *world) { w.platform.Thaw() },
			reason: "the balancer did not answer for 2s", ours: true, python: true,
		},
		{
			name:   "load stopped by someone",
			happen: func(w *world) { w.stop() }, reason: "0 users instead of 10", ours: true, python: true,
		},
	}
}

// stop is somebody else's.
func (w *world) stop() {
	w.t.Helper()
	c, err := locust.NewClient("http://master.invalid", "")
	if err := errors.Join(err, c.Through(w.master).Stop(w.t.Context())); err != nil {
		w.t.Error(err)
	}
}

// engines calls f for each engine that a disturbance concerns.
func (d disturbance) engines(t *testing.T, f func(t *testing.T, version, load, window string)) {
	if d.ours {
		t.Run(d.name+", ours", func(t *testing.T) { f(t, locustsim.Ours, "load: {engine: swarm}", "8s") })
	}
	if d.python {
		t.Run(d.name+", python", func(t *testing.T) { f(t, pythonNew, python, "15s") })
	}
}

// TestInvalid: whatever disturbs a window makes the attempt INVALID with the
// reason, and the next one succeeds.
func TestInvalid(t *testing.T) {
	for _, d := range disturbances() {
		d.engines(t, func(t *testing.T, version, load, window string) {
			t.Parallel()
			inWorld(t, setup{version: version, spec: []string{load, "measure: {duration: " + window + ", cooldown: 3s, settle: 2s, attempts: 3}"}}, func(w *world) {
				w.whileMeasuring(func() { d.happen(w) })
				if d.mend != nil {
					w.once(run.PhaseStarted, run.PhaseStop, 1, func() { d.mend(w) })
				}
				journal := w.run()
				w.want(journal, "INVALID, SUCCESS!")
				if got := journal.Records[0].StatusText(); !strings.Contains(got, d.reason) {
					t.Errorf("reason %q, want %q", got, d.reason)
				}
			})
		})
	}
}

// TestInvalidToTheEnd: a disturbance that stays uses up the attempts, no more, and
// is final then; with attempts: 1 the first is.
func TestInvalidToTheEnd(t *testing.T) {
	for attempts, want := range map[int]string{1: "INVALID!", 2: "INVALID, INVALID!", 3: "INVALID, INVALID, INVALID!"} {
		t.Run(fmt.Sprint(attempts), func(t *testing.T) {
			inWorld(t, setup{
				spec:  []string{fmt.Sprintf("measure: {duration: 5s, cooldown: 3s, settle: 1s, attempts: %d}", attempts)},
				knobs: locustsim.Knobs{CPU: 95},
			}, func(w *world) {
				journal := w.run()
				w.want(journal, want)
				rec := journal.Records[attempts-1]
				if rec.Attempt != attempts || rec.Measured == nil || journal.Rows()[0].StatusText() != "INVALID: mean generator CPU 95 %, above 90 %: use more workers" {
					t.Errorf("last record %+v", rec)
				}
			})
		})
	}
}

// TestLastSecond: what happens at the very end of a window still counts. The
// worker's last slices never come, and only the event tells why.
func TestLastSecond(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.once(run.Sample, run.PhaseMeasure, 4, func() {
			time.Sleep(700 * time.Millisecond) // 150 ms before the end
			w.master.Lose()
			w.master.Set(func(k *locustsim.Knobs) { k.Late = time.Second })
		})
		journal := w.run()
		w.want(journal, "INVALID!")
		if got := w.only(journal).StatusText(); !strings.Contains(got, "worker lost: worker_1") {
			t.Errorf("reason %q", got)
		}
	})
}

// TestShortPauses: a target that answers every 4 s is slow, not silent.
func TestShortPauses(t *testing.T) {
	for _, load := range []string{"load: {engine: swarm}", python} {
		t.Run(load, func(t *testing.T) {
			version := locustsim.Ours
			if load == python {
				version = pythonNew
			}
			inWorld(t, setup{version: version, spec: []string{load, "measure: {duration: 60s, settle: 2s, attempts: 1}"}, knobs: locustsim.Knobs{Rate: 1. / 40}}, func(w *world) {
				w.want(w.run(), "SUCCESS!")
			})
		})
	}
}

// TestPythonWorkersOnOurMaster: without slices the totals are read.
func TestPythonWorkersOnOurMaster(t *testing.T) {
	inWorld(t, setup{spec: []string{"measure: {duration: 20s, settle: 2s, attempts: 1}"}, knobs: locustsim.Knobs{Opaque: true}}, func(w *world) {
		journal := w.run()
		w.want(journal, "SUCCESS!")
		if m := w.only(journal).Measured; m.Exact || m.Requests < 190 || m.Requests > 210 {
			t.Errorf("measured %+v", m)
		}
	})
}

// TestHungMaster: that nothing is seen is noticed in time, however long an answer may take.
func TestHungMaster(t *testing.T) {
	for load, version := range map[string]string{"load: {engine: swarm}": locustsim.Ours, python: pythonNew} {
		t.Run(load, func(t *testing.T) {
			inWorld(t, setup{version: version, spec: []string{load, "measure: {duration: 60s, settle: 2s, attempts: 1}"}}, func(w *world) {
				var hung time.Time
				w.whileMeasuring(func() {
					hung = time.Now()
					w.master.Set(func(k *locustsim.Knobs) { k.Hung = true })
				})
				w.once(run.PhaseStarted, run.PhaseStop, 1, func() {
					if noticed := time.Since(hung); noticed > 9*time.Second {
						t.Errorf("noticed after %v", noticed)
					}
					w.master.Set(func(k *locustsim.Knobs) { k.Hung = false })
				})
				w.want(w.run(), "INVALID!")
			})
		})
	}
}

// TestKilledWorkers: workers that end without a word are counted by a Python
// master for seconds more, and must not be taken for the new ones.
func TestKilledWorkers(t *testing.T) {
	inWorld(t, setup{
		version: pythonNew, spec: []string{python, "measure: {duration: 5s, cooldown: 0s, settle: 2s, attempts: 2}"},
		knobs: locustsim.Knobs{Register: 6 * time.Second},
	}, func(w *world) {
		w.attach(func(call string) {
			if call == "Scale worker 0" {
				for range w.master.Workers() {
					w.master.Lose()
				}
			}
		})
		w.whileMeasuring(func() { w.platform.Kill(platform.Target, "") })
		w.want(w.run(), "INVALID, SUCCESS!")
	})
}

// TestFreshWorkers: after an attempt that failed all workers are started anew,
// also for the next scenario, and not before the master has forgotten the old.
func TestFreshWorkers(t *testing.T) {
	inWorld(t, setup{spec: []string{"matrix: {replicas: [1, 2], workers: [2], users: [10]}"}}, func(w *world) {
		w.whileMeasuring(w.master.Lose)
		var before []string
		w.once(run.PhaseStarted, run.PhaseMeasure, 1, func() { before = w.master.Workers() })
		w.once(run.PhaseStarted, run.PhaseMeasure, 2, func() {
			for _, old := range before {
				for _, now := range w.master.Workers() {
					if old == now {
						t.Errorf("worker %s is still used", old)
					}
				}
			}
		})
		w.want(w.run(), "INVALID!, SUCCESS!")
	})
}

// TestTargetHangs: where requests are under way and none ends, it is the target that is
// quiet, and the load generator that saw it. The window is measured, with what it cut.
func TestTargetHangs(t *testing.T) {
	inWorld(t, setup{
		spec: []string{"measure: {duration: 8s, cooldown: 3s, settle: 6s, attempts: 1}"}, knobs: locustsim.Knobs{Frozen: true, Stuck: 10},
	}, func(w *world) {
		journal := w.run()
		rec := w.only(journal)
		w.want(journal, "SUCCESS!")
		f := rec.Measured.Flight
		_, late := f.Late(10 * time.Second)
		if rec.Measured.Requests != 0 || f == nil || f.AtStart != 10 || f.Started != 0 || f.AtEnd != 10 || f.Unheard != 10 || late.Requests != 10 {
			t.Errorf("measured %+v, in flight %+v", rec.Measured, f)
		}
	})
}

// TestRedirected: successes that redirects led to are counted by task, and doubted.
func TestRedirected(t *testing.T) {
	inWorld(t, setup{knobs: locustsim.Knobs{Rate: 7, Redirected: 4}}, func(w *world) {
		journal := w.run()
		rec := w.only(journal)
		w.want(journal, "SUCCESS!")
		want := []result.Finding{{ID: "V13", Text: "redirects were followed, and whatever page they led to counts as a success: GET /hang"}}
		if diff := cmp.Diff(want, rec.Findings); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, e := range rec.Measured.Endpoints {
			if e.Name == "/hang" && e.Redirected != 20 || e.Name != "/hang" && e.Redirected != 0 {
				t.Errorf("%s: %d redirected", e.Endpoint, e.Redirected)
			}
		}
	})
}

// TestSentTwice: a request that was sent again is warned of.
func TestSentTwice(t *testing.T) {
	inWorld(t, setup{knobs: locustsim.Knobs{Rate: 7, Retries: 1, Stood: 20 * time.Millisecond}}, func(w *world) {
		journal := w.run()
		rec := w.only(journal)
		w.want(journal, "SUCCESS!")
		want := []string{
			"worker worker_1 stood still for 0.1 s of 5 s: it was stopped, or starved of processor time",
			"5 requests were sent again, because a kept connection had been closed: the target may have seen them twice",
		}
		if diff := cmp.Diff(want, rec.Warnings); diff != "" || rec.Measured.Retries != 5 {
			t.Errorf("%d retries; warnings (-want +got):\n%s", rec.Measured.Retries, diff)
		}
	})
}
