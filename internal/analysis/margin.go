package analysis

import (
	"math"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

// shareMargin is the margin of so many bad requests where a share is allowed. Half a request
// is added, so that none has a margin too.
func shareMargin(bad, all, allowed float64) float64 {
	return math.Log((bad + .5) / (all * allowed))
}

// ratioMargin is that of a value at so many times its bound: the margin that a p95 has there
// if the latencies are exponential, so that margins of all metrics can be compared.
func ratioMargin(times float64) float64 {
	return exponentialMargin(.05, times)
}

func exponentialMargin(allowed, times float64) float64 {
	return max(-math.Log(allowed)*(1-1/times), farBelow)
}

// farBelow is the margin of what is nowhere near its bound.
const farBelow = -10

// percentileMargin counts the requests beyond the bound where the batches tell, or where the
// percentile is among the failures. Otherwise it goes by the percentile's distance.
func percentileMargin(s scope, p Percentile, e estimate, late int64, w *interval.Window, o experiment.Objective) float64 {
	all := float64(s.requests + late)
	switch {
	case w != nil:
		return shareMargin(w.Slower(limit(o))*all, all, 1-p.Level)
	case math.IsInf(e.value, 1):
		return shareMargin(float64(s.failures+late), all, 1-p.Level)
	}
	return exponentialMargin(1-p.Level, e.value/o.Bound)
}

// Margin is the largest of the objectives': the one that fails, or is nearest to it. It is
// NaN where none is known.
func (j Judgement) Margin() float64 {
	most := math.NaN()
	for _, o := range j.Outcomes {
		if math.IsNaN(most) || o.Margin > most {
			most = o.Margin
		}
	}
	return most
}
