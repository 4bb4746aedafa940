package run

import (
	"context"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// observation is one look at the load: what the master said of it.
type observation struct {
	state   string
	idle    bool
	users   int
	workers []locust.Worker
	// status is our master's fuller answer; nil with a Python master.
	status *locust.Status
	// stats is a Python master's answer; nil with ours.
	stats *locust.Stats
}

// live returns the workers that take part.
func (o observation) live() map[string]locust.Worker {
	out := map[string]locust.Worker{}
	for _, w := range o.workers {
		if w.Live() {
			out[w.ID] = w
		}
	}
	return out
}

// hasSlices tells whether every worker sends one-second slices.
func (o observation) hasSlices() bool {
	if o.status == nil {
		return false
	}
	for _, w := range o.status.Workers {
		if w.State != "missing" && !w.Slices {
			return false
		}
	}
	return true
}

// observe looks at the load in the best way that the master has.
func (g *generator) observe(ctx context.Context) (observation, error) {
	if !g.extended() {
		s, err := g.client.Stats(ctx)
		o := observation{state: s.State, idle: s.Idle(), users: s.UserCount, workers: s.Workers, stats: &s}
		if err == nil {
			g.counted = len(o.live())
		}
		return o, err
	}
	s, err := g.client.Status(ctx)
	o := observation{state: s.State, idle: s.Idle(), users: s.UserCount, status: &s}
	for _, w := range s.Workers {
		o.workers = append(o.workers, locust.Worker{ID: w.ID, State: w.State, UserCount: w.UserCount, CPUPercent: w.CPUPercent})
	}
	return o, err
}

// totals asks a master for its totals, within pollLimit.
func (g *generator) totals(ctx context.Context) (*locust.Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	s, err := g.client.Stats(ctx)
	return &s, err
}
