package run

import (
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// eta expects the time left. The file says how long ramp, settling, measuring
// and cool-down take; what scaling and starting take is learned from the
// attempts made, and only before the first is it the plan's guess.
type eta struct {
	plan spec.Plan
	// overheads are the seconds of each attempt that reached its end in this process.
	overheads []float64
}

func newETA(plan spec.Plan) eta { return eta{plan: plan} }

func (e *eta) learn(r result.Record) {
	if r.Measured != nil && r.Status != result.Interrupted {
		e.overheads = append(e.overheads, r.Phases.Overhead())
	}
}

// medianOverhead is in seconds; 0 before anything was learned.
func (e *eta) medianOverhead() float64 {
	if len(e.overheads) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(e.overheads))
	return sorted[len(sorted)/2]
}

// scenario is the expected length of one attempt, cool-down included.
func (e *eta) scenario(p spec.Planned) time.Duration {
	d := p.Time.Total()
	if len(e.overheads) > 0 {
		d += time.Duration(e.medianOverhead()*float64(time.Second)) - p.Time.Scale
	}
	return d
}

func (e *eta) total() time.Duration { return e.left(0, 0) }

// left is what remains when the first done scenarios are over and the present
// one needs the given seconds; 0 seconds means that it has not begun.
func (e *eta) left(done int, present float64) time.Duration {
	sum := time.Duration(present * float64(time.Second))
	if present > 0 {
		done++
	}
	for _, p := range e.plan.Scenarios[min(done, len(e.plan.Scenarios)):] {
		sum += e.scenario(p)
	}
	return sum
}
