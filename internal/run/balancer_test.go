package run_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestBalancerBeforeTheWindow: trouble of the instrument's own while the attempt is
// prepared is not the target's either, and the attempt is made again.
func TestBalancerBeforeTheWindow(t *testing.T) {
	for _, phase := range []run.Phase{run.PhaseScale, run.PhaseWorkers, run.PhaseSwarm, run.PhaseRamp, run.PhaseSettle} {
		t.Run(string(phase), func(t *testing.T) {
			inWorld(t, setup{
				spec: []string{"measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 2}"}, knobs: locustsim.Knobs{Register: time.Second},
				platform: platformtest.FakeOptions{ReadyDelay: time.Second},
			}, func(w *world) {
				calls := 1000
				w.on(func(e run.Event) {
					if e.Type == run.PhaseStarted && e.Phase == phase && e.Attempt == 1 {
						calls = 1
					}
				})
				w.attach(func(string) {
					if calls++; calls == 3 { // the second of the phase: the first may be the look that others are compared with
						w.platform.Trouble("out of files")
					}
				})
				journal := w.run()
				w.want(journal, "INVALID, SUCCESS!")
				if rec := journal.Records[0]; rec.StatusText() != "INVALID: the balancer: out of files" || rec.Measured != nil {
					t.Errorf("first record %+v", rec)
				}
			})
		})
	}
}

// TestBalancerStoodStill: a little is nothing, some is a doubt.
func TestBalancerStoodStill(t *testing.T) {
	for stalled, want := range map[time.Duration]string{
		80 * time.Millisecond:  "",
		300 * time.Millisecond: "the balancer stood still for 0.3 s of 10 s: the highest latencies may be its own",
	} {
		inWorld(t, setup{spec: []string{"measure: {duration: 10s, settle: 2s, attempts: 1}"}}, func(w *world) {
			w.once(run.PhaseStarted, run.PhaseSettle, 1, func() { w.platform.Stall(time.Second) }) // over when the window opens
			w.whileMeasuring(func() { w.platform.Stall(stalled) })
			journal := w.run()
			w.want(journal, "SUCCESS!")
			if got := strings.Join(w.only(journal).Warnings, "; "); got != want {
				t.Errorf("stalled for %v: warnings %q, want %q", stalled, got, want)
			}
		})
	}
}

// twoUsers are two scenarios of one attempt each.
func twoUsers() []string {
	return []string{"matrix: {replicas: [2], workers: [2], users: [10, 20]}", "measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 1}"}
}

// stopped runs until the run ends by itself with an error that holds want, and checks
// that what it left over is measured when it is continued.
func (w *world) stopped(want, records string, mend func()) {
	w.t.Helper()
	journal, err := w.try(w.t.Context())
	if err == nil || !strings.Contains(err.Error(), want) {
		w.t.Fatalf("the run ended with %v, want %q", err, want)
	}
	w.sound(journal)
	w.want(journal, records)
	mend()
	w.observe = nil
	journal = w.run()
	for _, row := range journal.Rows() {
		if row.Status != result.Success {
			w.t.Errorf("after continuing: %v %s", row.Key, row.StatusText())
		}
	}
}

// TestGoneBalancer: without it nothing more can be measured. The run ends, nothing is
// called measured that is not, and it can be continued, whatever the number of attempts.
func TestGoneBalancer(t *testing.T) {
	const words = "the balancer fell shut"
	for name, test := range map[string]struct {
		typ     run.EventType
		phase   run.Phase
		nth     int
		records string
	}{
		"in a window":     {run.Sample, run.PhaseMeasure, 1, "INVALID"},
		"in the second":   {run.PhaseStarted, run.PhaseMeasure, 2, "SUCCESS!, INVALID"},
		"in the ramp":     {run.PhaseStarted, run.PhaseRamp, 1, "INVALID"},
		"while scaling":   {run.PhaseStarted, run.PhaseScale, 1, "INVALID"},
		"in the cooldown": {run.PhaseStarted, run.PhaseCooldown, 1, "SUCCESS!, INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{spec: twoUsers()}, func(w *world) {
				w.once(test.typ, test.phase, test.nth, func() { w.platform.EndInstrument(words) })
				w.stopped(words, test.records, func() {})
				stored, err := w.disk.Run()
				if err != nil {
					t.Fatal(err)
				}
				for _, rec := range stored.Records {
					if rec.Status == result.Invalid && rec.StatusText() != "INVALID: "+words {
						t.Errorf("record %+v", rec)
					}
				}
			})
		})
	}
}

// TestSilentBalancer: one that does not come back is as good as gone.
func TestSilentBalancer(t *testing.T) {
	inWorld(t, setup{spec: twoUsers()}, func(w *world) {
		w.whileMeasuring(w.platform.Freeze)
		_, err := w.try(w.t.Context())
		if want := "gave up after 10s: the balancer did not answer for 2s"; err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("the run ended with %v, want %q", err, want)
		}
		w.observe = nil
		w.want(w.run(), "INVALID!, ERROR, SUCCESS!")
	})
}

// TestGoneLoad: so ends a run whose master or workers have worked and cannot be brought
// up any more; where they never have, it is the scenario's error.
func TestGoneLoad(t *testing.T) {
	for _, role := range []platform.Role{platform.Master, platform.Worker} {
		t.Run(string(role), func(t *testing.T) {
			inWorld(t, setup{spec: twoUsers()}, func(w *world) {
				w.on(func(e run.Event) {
					if e.Type == run.AttemptFinished {
						w.platform.SetStuck(role, "program is missing")
					}
				})
				w.stopped("program is missing", "SUCCESS!, ERROR", func() {
					// Continued too early, it is no scenario's error either.
					if journal, err := w.try(w.t.Context()); err == nil {
						w.t.Errorf("it went on with %s", statuses(journal.Records))
					}
					w.platform.SetStuck(role, "")
				})
			})
		})
	}
	inWorld(t, setup{spec: []string{"matrix: {replicas: [2], workers: [2, 4], users: [10]}"}}, func(w *world) {
		w.on(func(e run.Event) {
			switch {
			case e.Type == run.AttemptStarted && e.Key.Workers == 4:
				w.platform.SetStuck(platform.Worker, "no room for four")
			case e.Type == run.AttemptFinished:
				w.platform.SetStuck(platform.Worker, "")
			}
		})
		w.want(w.run(), "SUCCESS!, ERROR!")
	})
}

// TestBalancerThatFailsToAnswer once is enough for a window.
func TestBalancerThatFailsToAnswer(t *testing.T) {
	inWorld(t, setup{spec: []string{"measure: {duration: 5s, cooldown: 3s, settle: 2s, attempts: 2}"}}, func(w *world) {
		w.whileMeasuring(func() { w.platform.FailNext("Instrument", errors.New("the balancer did not answer for 2s")) })
		journal := w.run()
		w.want(journal, "INVALID, SUCCESS!")
		if got := journal.Records[0].StatusText(); got != "INVALID: the balancer did not answer for 2s" {
			t.Errorf("first record: %s", got)
		}
	})
}
