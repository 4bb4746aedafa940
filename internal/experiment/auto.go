package experiment

import (
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// shortestMax is how long a window of duration auto must be allowed to be. Its warm-up is known
// 40 s after the ramp at the earliest, may be half of that, and nothing is decided within 30 s after it.
const shortestMax = time.Minute

// Allowed is the share of requests that may be bad, .05 for a p95; false for an objective that
// bounds no share, or one that every request may miss.
func (o Objective) Allowed() (float64, bool) {
	if o.Metric == v1alpha1.MetricFailures {
		return o.Bound, o.Bound > 0 && o.Bound < 1
	}
	share, ok := map[v1alpha1.Metric]float64{
		v1alpha1.MetricP50: .5, v1alpha1.MetricP90: .1, v1alpha1.MetricP95: .05, v1alpha1.MetricP99: .01, v1alpha1.MetricP999: .001,
	}[o.Metric]
	return share, ok
}

// validateAuto refuses windows that end when the SLO is decided where that cannot be seen
// while they last.
func (d *document) validateAuto(s v1alpha1.LoadMatrixSpec, slo []Objective) {
	m := s.Measure
	const at, longest = string(FieldDuration), string(FieldMax)
	switch {
	case !m.Duration.Auto && m.Max != nil:
		d.addf(longest, "is %v, but only a window of duration auto has a longest; write duration: auto, or leave it out", m.Max.Duration)
		return
	case !m.Duration.Auto:
		return
	case s.Load.Engine == v1alpha1.EngineLocust:
		d.addf(at, "is auto, but Python Locust does not tell the course of a window; write a time, as in 120s, or engine: swarm")
	case len(slo) == 0:
		d.addf(at, "is auto, but there is no SLO that could be decided; give one, as in slo: [{metric: p95, below: 200ms}], or write a time, as in 120s")
	}
	for _, o := range slo {
		if _, ok := o.Allowed(); !ok && o.Bound != 0 && !o.OfReplicas() {
			d.addf(at, "is auto, but %s is not decided by a share of bad requests, as percentiles and failures below 100%% are; leave it out of the SLO, or write a time, as in 120s", o)
		}
	}
	d.wholeSeconds(longest, m.Max.Duration, shortestMax)
}
