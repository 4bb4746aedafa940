package analysis

import (
	"math"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Percentile ties the one name of a percentile, which the SLO, the records and
// every report use, to its level and its place in a record. A tool that reads
// p90 where p95 is meant cannot be corrected afterwards (measuring.md 12).
type Percentile struct {
	Metric v1alpha1.Metric
	// Level is in 0..1.
	Level float64
	// Of reads it, in milliseconds; false if it was not kept.
	Of func(result.Latency) (float64, bool)
}

// Percentiles lists all of them, ascending.
func Percentiles() []Percentile {
	return []Percentile{
		{v1alpha1.MetricP50, .50, func(l result.Latency) (float64, bool) { return l.P50, true }},
		{v1alpha1.MetricP90, .90, func(l result.Latency) (float64, bool) { return kept(l.P90) }},
		{v1alpha1.MetricP95, .95, func(l result.Latency) (float64, bool) { return l.P95, true }},
		{v1alpha1.MetricP99, .99, func(l result.Latency) (float64, bool) { return l.P99, true }},
		{v1alpha1.MetricP999, .999, func(l result.Latency) (float64, bool) { return kept(l.P999) }},
	}
}

func kept(v *float64) (float64, bool) {
	if v == nil {
		return 0, false
	}
	return *v, true
}

// percentile finds a metric's percentile; false for metrics that are none.
func percentile(m v1alpha1.Metric) (Percentile, bool) {
	for _, p := range Percentiles() {
		if p.Metric == m {
			return p, true
		}
	}
	return Percentile{}, false
}

// estimate is a percentile in milliseconds, with the bounds that are certain.
// All three are +Inf when the percentile falls among the failures.
type estimate struct {
	low, value, high float64
	// excess is then how many more requests fail or are slow than are allowed.
	excess float64
	// shift is how far failures moved the level, 0..1.
	shift float64
	// missing says that the percentile was not kept, and nothing else is known of it.
	missing bool
}

// effective is the percentile when a failed request counts as infinitely slow, and so
// do the slow ones that were under way when the window closed: "p95 < T" then says that
// the share of requests that failed or took T and more is at most 5 %, and neither fast
// failures nor requests that never end can make it pass (docs/reports.md).
//
// With n requests of which a share f failed, the q-quantile is the successes'
// quantile at q÷(1-f); without the successes' own numbers it is at most that of
// all requests at q+f (the worst case: every failure was faster than it). A
// record has few quantiles, so between two of them the value is interpolated
// linearly, which is too high rather than too low where the tail is convex, as
// tails mostly are.
func effective(s scope, p Percentile, slow int64) estimate {
	all, ok := p.Of(s.latency)
	bad, n := float64(s.failures+slow), float64(s.requests+slow)
	// The slack is for binary fractions: 5 failures of 100 are not more than 5 %.
	if allowed := (1 - p.Level) * n; bad > allowed+1e-9 {
		inf := math.Inf(1)
		return estimate{low: inf, value: inf, high: inf, excess: bad - allowed}
	}
	if bad == 0 || !ok {
		return estimate{low: all, value: all, high: all, missing: !ok}
	}
	low, from, level := all, s.latency, p.Level+bad/n
	if s.success != nil {
		own, _ := p.Of(*s.success)
		low, from, level = max(all, own), *s.success, p.Level/(1-bad/n)
	}
	value, high := interpolate(from, min(level, 1))
	return estimate{low: low, value: max(value, low), high: max(high, low), shift: level - p.Level}
}

// interpolate reads a quantile at a level of at least the lowest percentile's,
// and the next known quantile at or above it.
func interpolate(l result.Latency, level float64) (value, next float64) {
	var at, v float64
	for _, p := range Percentiles() {
		of, ok := p.Of(l)
		switch {
		case !ok:
			continue
		case at > 0 && level <= p.Level:
			return between(level, at, p.Level, v, of), of
		}
		at, v = p.Level, of
	}
	top := max(l.Max, v)
	return between(level, at, 1, v, top), top
}

func between(x, x0, x1, y0, y1 float64) float64 { return y0 + (x-x0)/(x1-x0)*(y1-y0) }
