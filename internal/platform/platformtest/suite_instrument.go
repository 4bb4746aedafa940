package platformtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// instrumented is the subject's platform, if it has an instrument.
func (sub *Subject) instrumented(t *testing.T) platform.Instrumented {
	t.Helper()
	p, ok := sub.Platform.(platform.Instrumented)
	if ok && (sub.FreezeInstrument == nil || sub.EndInstrument == nil) {
		t.Fatal("an Instrumented platform needs the hooks FreezeInstrument and EndInstrument")
	}
	return p
}

func (s *Suite) testInstrument(t *testing.T, sub *Subject) {
	p := sub.instrumented(t)
	if p == nil {
		return
	}
	if _, err := p.Instrument(t.Context()); !errors.Is(err, platform.ErrNotAcquired) {
		t.Errorf("before Acquire: %v, want ErrNotAcquired", err)
	}
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Target, 1)
	s.settle(t, sub.Platform, platform.Target, 0) // a target without replicas is no trouble of the instrument's
	if i, err := p.Instrument(t.Context()); err != nil || i.Name == "" || len(i.Troubles) > 0 {
		t.Errorf("Instrument() = %+v, %v; want a name and no troubles", i, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Instrument(cancelled)
	wantCancelled(t, "Instrument", err)
}

// testInstrumentFrozen: an instrument that stands still does not answer, and when it goes on
// it says how long it stood still.
func (s *Suite) testInstrumentFrozen(t *testing.T, sub *Subject) {
	p := sub.instrumented(t)
	if p == nil {
		return
	}
	acquire(t, sub.Platform, "a")
	before := s.sound(t, p)
	frozen := time.Now()
	thaw := sub.FreezeInstrument(t)
	_, err := p.Instrument(t.Context())
	var gone *platform.GoneError
	if err == nil || errors.As(err, &gone) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("frozen: %v, want an error that says so and is no *GoneError", err)
	}
	time.Sleep(time.Until(frozen.Add(platform.AnswerLimit)))
	thaw()
	stood := time.Since(frozen)
	// A process stops and continues a moment after it was told to.
	if _, stalled := s.sound(t, p).Since(before); stalled < platform.AnswerLimit/2 || stalled > stood+time.Second {
		t.Errorf("stalled for %v, want about %v", stalled, stood)
	}
}

func (s *Suite) testInstrumentGone(t *testing.T, sub *Subject) {
	p := sub.instrumented(t)
	if p == nil {
		return
	}
	acquire(t, sub.Platform, "a")
	s.settle(t, sub.Platform, platform.Target, 1)
	sub.EndInstrument(t)
	var gone *platform.GoneError
	s.eventually(t, "told as gone", func() bool {
		_, err := p.Instrument(t.Context())
		return errors.As(err, &gone)
	})
	if gone.What == "" {
		t.Error("the *GoneError does not say what is gone")
	}
	if st := status(t, sub.Platform, platform.Target); st.Stuck != "" {
		t.Errorf("the target is called stuck for it: %s", st.Stuck)
	}
	release(t, sub.Platform)
	acquire(t, sub.Platform, "b")
	s.sound(t, p)
}

// sound observes an instrument that must be in order.
func (s *Suite) sound(t *testing.T, p platform.Instrumented) platform.Instrument {
	t.Helper()
	i, err := p.Instrument(t.Context())
	if err != nil {
		t.Fatalf("Instrument: %v", err)
	}
	return i
}
