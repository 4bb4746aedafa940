package run_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// interrupt runs the campaign and has it stopped when fn says so.
func (w *world) interrupt(when func(run.Event) bool) *result.Run {
	w.t.Helper()
	w.on(func(e run.Event) {
		if when(e) {
			w.commands.Stop()
		}
	})
	return w.canceled(w.t.Context())
}

// interruptOn runs the campaign and has it stopped when stop is closed.
func (w *world) interruptOn(stop <-chan struct{}) *result.Run {
	w.t.Helper()
	go func() {
		<-stop
		w.commands.Stop()
	}()
	return w.canceled(w.t.Context())
}

// canceled runs a campaign that is stopped on the way.
func (w *world) canceled(ctx context.Context) *result.Run {
	w.t.Helper()
	journal, err := w.try(ctx)
	if !errors.Is(err, context.Canceled) {
		w.t.Errorf("error = %v, want that of the context", err)
	}
	w.sound(journal)
	return journal
}

// TestContextEnds: the end of the context is a stop in order, too.
func TestContextEnds(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		ctx, cancel := context.WithCancel(w.t.Context())
		w.whileMeasuring(cancel)
		w.want(w.canceled(ctx), "INTERRUPTED")
	})
}

// TestStopFirst: a run that is stopped before it begins takes no target, and to stop one
// again, or after its end, changes nothing.
func TestStopFirst(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		c := run.New(run.Options{Experiment: w.exp, Platform: w.platform, Holder: w.holder})
		c.Stop()
		journal, err := c.Run(w.t.Context())
		if journal != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("journal %+v, error %v", journal, err)
		}
		if calls := w.platform.Calls(); len(calls) > 1 {
			t.Errorf("calls %q, want none after the refused Acquire", calls)
		}
		w.want(w.run(), "SUCCESS!")
		w.commands.Stop()
		w.commands.Stop()
	})
}

// TestInterrupted: in whatever phase the run is interrupted, the load is stopped,
// the target released, and the attempt journaled as INTERRUPTED but not final.
func TestInterrupted(t *testing.T) {
	for _, load := range []string{"load: {engine: swarm}", python} {
		for _, phase := range []run.Phase{run.PhaseScale, run.PhaseWorkers, run.PhaseSwarm, run.PhaseRamp, run.PhaseSettle, run.PhaseMeasure} {
			t.Run(load+" "+string(phase), func(t *testing.T) {
				t.Parallel()
				version := ""
				if load == python {
					version = pythonNew
				}
				inWorld(t, setup{version: version, spec: []string{load, "matrix: {replicas: [1, 2], workers: [2], users: [10]}"}}, func(w *world) {
					journal := w.interrupt(func(e run.Event) bool { return e.Type == run.PhaseStarted && e.Phase == phase })
					w.want(journal, "INTERRUPTED")
					swarmed, stopped := !w.at("POST /swarm").IsZero(), !w.at("POST /stop").IsZero()
					if swarmed && !stopped && w.at("GET /stop").IsZero() {
						t.Errorf("load started: %t, stopped: %t", swarmed, stopped)
					}
					rows := journal.Rows()
					if rows[0].StatusText() != "SKIPPED: interrupted while it was measured" || rows[1].StatusText() != "SKIPPED: not measured yet" {
						t.Errorf("rows %q, %q", rows[0].StatusText(), rows[1].StatusText())
					}
					w.observe = nil
					w.want(w.run(), "INTERRUPTED, SUCCESS!, SUCCESS!")
				})
			})
		}
	}
}

// TestPartialWindow: what was measured until the interruption is kept.
func TestPartialWindow(t *testing.T) {
	for _, load := range []string{"load: {engine: swarm}", python} {
		t.Run(load, func(t *testing.T) {
			version := ""
			if load == python {
				version = pythonNew
			}
			inWorld(t, setup{version: version, spec: []string{load, "measure: {duration: 30s, settle: 2s, attempts: 1}"}}, func(w *world) {
				samples := 0
				journal := w.interrupt(func(e run.Event) bool {
					if e.Type == run.Sample && e.Phase == run.PhaseMeasure {
						samples++
					}
					return samples == 4
				})
				w.want(journal, "INTERRUPTED")
				m := w.only(journal).Measured
				if m == nil || m.Requests < 30 || m.Duration < 4 || m.Duration > 11 || m.RPS < 6 || m.RPS > 14 {
					t.Fatalf("measured %+v", m)
				}
				if load != python && (m.Duration != 4 || m.RPS != 10) {
					t.Errorf("measured %+v, want 4 s with 10 requests each", m)
				}
			})
		})
	}
}

// TestInterruptedFirstSecond: a window of which no second is whole has no numbers.
func TestInterruptedFirstSecond(t *testing.T) {
	for _, later := range []time.Duration{0, time.Millisecond, 500 * time.Millisecond, 1100 * time.Millisecond} {
		inWorld(t, setup{}, func(w *world) {
			stop := make(chan struct{})
			w.once(run.PhaseStarted, run.PhaseMeasure, 1, func() { time.AfterFunc(later, func() { close(stop) }) })
			journal := w.interruptOn(stop)
			w.want(journal, "INTERRUPTED")
			if m := w.only(journal).Measured; m != nil {
				t.Errorf("stopped after %v: measured %+v", later, m)
			}
		})
	}
}

// TestInterruptedCooldown loses nothing: the attempt before it is final.
func TestInterruptedCooldown(t *testing.T) {
	inWorld(t, setup{spec: []string{"matrix: {replicas: [1, 2], workers: [2], users: [10]}"}}, func(w *world) {
		journal := w.interrupt(func(e run.Event) bool { return e.Phase == run.PhaseCooldown })
		w.want(journal, "SUCCESS!")
	})
}

// TestInterruptedStop: a measurement that is complete stays one, though the run is
// interrupted while its load stops.
func TestInterruptedStop(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		journal := w.interrupt(func(e run.Event) bool { return e.Phase == run.PhaseStop })
		w.want(journal, "SUCCESS!")
	})
}

// TestInterruptedEarly: before the first attempt there is nothing to keep, but the
// target is released.
func TestInterruptedEarly(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		ctx, cancel := context.WithCancel(w.t.Context())
		w.platform.SetReady(platform.Master, false)
		w.attach(func(call string) {
			if call == "Scale master 1" {
				cancel()
			}
		})
		journal, err := w.try(ctx)
		if journal != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("journal %+v, error %v", journal, err)
		}
		if _, err := w.platform.Address(platform.Target); !errors.Is(err, platform.ErrNotAcquired) {
			t.Errorf("the platform is not released: %v", err)
		}
	})
}

// TestInterruptionsUseUpNoAttempt: with one attempt allowed, an interrupted one may be made again.
func TestInterruptionsUseUpNoAttempt(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		for range 3 {
			w.observe = nil
			w.interrupt(func(e run.Event) bool { return e.Phase == run.PhaseMeasure })
		}
		w.observe = nil
		journal := w.run()
		w.want(journal, "INTERRUPTED, INTERRUPTED, INTERRUPTED, SUCCESS!")
		if n := journal.Records[3].Attempt; n != 4 {
			t.Errorf("attempt %d, want 4", n)
		}
	})
}
