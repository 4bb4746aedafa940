package run

import (
	"context"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// meterLimit bounds one look at what the target uses, which is good to know but must not
// hold up a window.
const meterLimit = 3 * time.Second

// meter observes what the target uses, on a platform that can tell.
type meter struct {
	from  platform.Meter
	began time.Time
	start platform.Usage
	err   error
}

// startMeter looks as the window opens; it returns nil if the platform cannot tell.
func (a *attempt) startMeter(ctx context.Context) *meter {
	from, ok := a.platform.(platform.Meter)
	if !ok || !a.watch.SeesTarget() {
		return nil
	}
	m := &meter{from: from, began: time.Now()}
	m.start, m.err = m.look(ctx)
	return m
}

func (m *meter) look(ctx context.Context) (platform.Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, meterLimit)
	defer cancel()
	return m.from.Usage(ctx, platform.Target)
}

// stop looks as the window closes and returns what was used in it, or why that is unknown.
func (m *meter) stop(ctx context.Context) (platform.Usage, *result.Usage) {
	if m == nil {
		return platform.Usage{}, nil
	}
	u, err := m.since(ctx)
	if err != nil {
		return platform.Usage{}, &result.Usage{Unavailable: err.Error()}
	}
	used := &result.Usage{Source: u.Source, CPUCores: u.CPU, MemoryBytes: u.Memory}
	if u.Throttled >= 0 {
		used.Throttled = &u.Throttled
	}
	return u, used
}

func (m *meter) since(ctx context.Context) (platform.Usage, error) {
	if m.err != nil {
		return platform.Usage{}, m.err
	}
	end, err := m.look(ctx)
	if err != nil {
		return platform.Usage{}, err
	}
	return end.Since(m.start, m.began)
}
