package run

import (
	"context"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// metricsLimit bounds one look at what the target uses or is given, or at what stands in
// front of it: good to know, but nothing that may hold up a window.
const metricsLimit = 3 * time.Second

// targetUsage is the processor time and memory that the target uses in a window, on a
// platform that can tell.
type targetUsage struct {
	from  platform.Meter
	began time.Time
	start platform.Usage
	err   error
	// readings are those in between, which end ends.
	readings chan []usageReading
	end      context.CancelFunc
}

// usageReading is what was read at a moment.
type usageReading struct {
	at    time.Time
	usage platform.Usage
}

// usagePause is between two readings in a window. A kubelet has news every 10 to 15 seconds.
const usagePause = 5 * time.Second

// startUsage looks as the window opens; it returns nil if the platform cannot tell.
func (a *attempt) startUsage(ctx context.Context) *targetUsage {
	from, ok := a.platform.(platform.Meter)
	if !ok || !a.watch.SeesTarget() {
		return nil
	}
	m := &targetUsage{from: from, began: time.Now()}
	m.start, m.err = m.read(ctx)
	ctx, m.end = context.WithCancel(ctx)
	m.readings = make(chan []usageReading, 1)
	go m.readOn(ctx)
	return m
}

// readOn reads until the window ends.
func (m *targetUsage) readOn(ctx context.Context) {
	all := []usageReading{{m.began, m.start}}
	for m.err == nil && sleep(ctx, usagePause) == nil {
		at := time.Now()
		if u, err := m.read(ctx); err == nil {
			all = append(all, usageReading{at, u})
		}
	}
	m.readings <- all
}

// over returns the readings of the window, once it is over.
func (m *targetUsage) over() []usageReading {
	if m == nil {
		return nil
	}
	m.end()
	return <-m.readings
}

func (m *targetUsage) read(ctx context.Context) (platform.Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, metricsLimit)
	defer cancel()
	return m.from.Usage(ctx, platform.Target)
}

// stop looks as the window closes and returns what was used in it, or why that is unknown.
func (m *targetUsage) stop(ctx context.Context) (platform.Usage, *result.Usage) {
	if m == nil {
		return platform.Usage{}, nil
	}
	u, err := m.since(ctx)
	if err != nil {
		return platform.Usage{}, &result.Usage{Unavailable: err.Error()}
	}
	used := &result.Usage{Source: u.Source, CPUCores: u.CPU, MemoryBytes: u.Memory}
	if u.CPURequests > 0 {
		used.CPURequests = &u.CPURequests
	}
	if u.Throttled >= 0 {
		used.Throttled = &u.Throttled
	}
	return u, used
}

func (m *targetUsage) since(ctx context.Context) (platform.Usage, error) {
	if m.err != nil {
		return platform.Usage{}, m.err
	}
	end, err := m.read(ctx)
	if err != nil {
		return platform.Usage{}, err
	}
	return end.Since(m.start, m.began)
}
