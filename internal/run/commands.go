package run

import (
	"context"
	"sync"
)

// Commands are what may be asked of a run under way: by a signal, and by whatever else
// is to steer one. They may be given from any goroutine and return at once; what comes
// of them is in the events and records.
//
// The campaign obeys at two places. A command that ends what is under way, as Stop does
// and skipping a scenario would, ends the context of it (heed), so that the steps leave
// in order. One that holds the run up, as a pause would, belongs before an attempt, where
// the strategy is asked (Campaign.measure).
type Commands interface {
	// Stop ends the run as the end of its context does: the load is stopped, what was
	// measured is kept, and the target is restored. Before Run, nothing is begun. Asking
	// again changes nothing.
	Stop()
}

// commands are those that were given.
type commands struct {
	mu      sync.Mutex
	stopped bool
	// cancel ends what is under way; nil when nothing is.
	cancel context.CancelFunc
}

func (c *commands) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.cancel != nil {
		c.cancel()
	}
}

// heed returns a context that also ends when the run is to stop.
func (c *commands) heed(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel = cancel
	if c.stopped {
		cancel()
	}
	return ctx, cancel
}
