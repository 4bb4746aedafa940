package run_test

import (
	"context"
	"errors"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// interrupt runs the campaign and ends its context when fn says so.
func (w *world) interrupt(when func(run.Event) bool) *result.Run {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	w.on(func(e run.Event) {
		if when(e) {
			cancel()
		}
	})
	journal, err := w.try(ctx)
	if !errors.Is(err, context.Canceled) {
		w.t.Errorf("error = %v, want that of the context", err)
	}
	w.sound(journal)
	return journal
}

// interruptOn runs the campaign and ends its context when stop is closed.
func (w *world) interruptOn(stop <-chan struct{}) *result.Run {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	go func() {
		<-stop
		cancel()
	}()
	journal, err := w.try(ctx)
	if !errors.Is(err, context.Canceled) {
		w.t.Errorf("error = %v, want that of the context", err)
	}
	w.sound(journal)
	return journal
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
