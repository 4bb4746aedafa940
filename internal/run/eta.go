package run

import (
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// eta estimates the time left. The experiment says how long ramp, settling, measuring and
// cool-down take; how long scaling and starting take is learned from the attempts made,
// and is the plan's guess before the first.
type eta struct {
	plan experiment.Plan
	// overheads are the seconds of each attempt that reached its end in this process,
	// starts those of them before the ramp.
	overheads, starts []float64
}

func newETA(plan experiment.Plan) eta { return eta{plan: plan} }

func (e *eta) learn(r result.Record) {
	if r.Measured != nil && r.Status != result.Interrupted {
		e.overheads = append(e.overheads, r.Phases.Overhead())
		e.starts = append(e.starts, r.Phases.Scale+r.Phases.Workers+r.Phases.Swarm)
	}
}

// medianOverhead is in seconds; 0 before anything was learned.
func (e *eta) medianOverhead() float64 { return median(e.overheads) }

// median is 0 for no values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// overhead is the expected time of an attempt besides ramp, settling and measuring.
func (e *eta) overhead(p experiment.Planned) time.Duration {
	if len(e.overheads) == 0 {
		return p.Time.Scale
	}
	return time.Duration(e.medianOverhead() * float64(time.Second))
}

// start is the part of the overhead before the ramp.
func (e *eta) start(p experiment.Planned) time.Duration {
	if len(e.starts) == 0 {
		return e.overhead(p) / 2
	}
	return min(time.Duration(median(e.starts)*float64(time.Second)), e.overhead(p))
}

// attempt is the expected length of one attempt, without the cool-down after it.
func (e *eta) attempt(p experiment.Planned) time.Duration {
	return e.overhead(p) + p.Time.Ramp + p.Time.Settle + p.Time.Measure
}

// from is how long the scenarios from the i-th on take, with the cool-downs between them.
func (e *eta) from(i int) time.Duration {
	var sum time.Duration
	for _, p := range e.plan.Scenarios[min(i, len(e.plan.Scenarios)):] {
		sum += e.attempt(p) + p.Time.Cooldown
	}
	return sum
}
