package platformtest

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

var _ platform.Instrumented = (*Fake)(nil)

func newInstrument() platform.Instrument {
	return platform.Instrument{Name: "the balancer", Troubles: map[string]int64{}}
}

// Instrument implements platform.Instrumented.
func (f *Fake) Instrument(ctx context.Context) (platform.Instrument, error) {
	if err := f.begin(ctx, "Instrument"); err != nil {
		return platform.Instrument{}, err
	}
	if !f.isAcquired() {
		return platform.Instrument{}, platform.ErrNotAcquired
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.gone != "":
		return platform.Instrument{}, &platform.GoneError{What: f.gone}
	case !f.frozenSince.IsZero():
		return platform.Instrument{}, fmt.Errorf("%s did not answer for %v", f.instrument.Name, platform.AnswerLimit)
	}
	out := f.instrument
	out.Troubles = maps.Clone(out.Troubles)
	return out, nil
}

// Trouble counts a failure of the instrument's own.
func (f *Fake) Trouble(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.instrument.Troubles[what]++
}

// Stall makes the instrument report that it stood still for a while.
func (f *Fake) Stall(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.instrument.Stalled += d
}

// Freeze keeps the instrument from answering until Thaw.
func (f *Fake) Freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frozenSince = time.Now()
}

// Thaw lets a frozen instrument answer again; the time in between counts as stalled.
func (f *Fake) Thaw() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.instrument.Stalled += time.Since(f.frozenSince)
	f.frozenSince = time.Time{}
}

// EndInstrument ends the instrument for good, until the fake is acquired anew.
func (f *Fake) EndInstrument(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone = what
}
