package page

import (
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// mostPoints is how many points a column of a series has at most: as many as a chart of that
// width can show, and few enough that 24 scenarios of two minutes stay small.
const mostPoints = 150

// series is an attempt second by second, and what there is to say about it.
func (b *builder) series(rec result.Record) (*Series, string) {
	s := rec.Series
	if s == nil || s.Step < 1 {
		return nil, "not available: " + whyNoSeries(rec)
	}
	out := &Series{Columns: []Column{}, Phases: phases(rec), Events: []Event{}}
	steps := 0
	columns := b.columns(s)
	for _, c := range columns {
		steps = max(steps, len(c.Values))
	}
	if steps == 0 {
		return nil, "not available: nothing was seen"
	}
	per := perBucket(steps)
	if per > 1 {
		out.Bucket = per * s.Step
	}
	out.T = times(steps, per, s.Step)
	for _, c := range columns {
		c.Values = sampled(c.Values, steps, per)
		out.Columns = append(out.Columns, c)
	}
	for _, e := range s.Events {
		out.Events = append(out.Events, Event{float64(e.Second), words.OneLine(e.Text)})
	}
	if s.Source == result.SeriesOfTotals {
		return out, "requests and latencies are what the Locust master says of its last ten seconds"
	}
	return out, ""
}

// perBucket is how many steps a bucket of two points has; 1 where every step is a point.
func perBucket(steps int) int {
	if steps <= mostPoints {
		return 1
	}
	return (2*steps + mostPoints - 1) / mostPoints
}

func whyNoSeries(rec result.Record) string {
	if p := rec.Phases; p.Ramp+p.Settle+p.Measure == 0 && rec.Measured == nil {
		return "no load was started"
	}
	return "the release that made the run did not keep it"
}

// columns are those of which something is known.
func (b *builder) columns(s *result.Series) (out []Column) {
	for _, c := range []Column{
		{ID: "rps", Name: "Requests", Unit: "/s", Values: s.RPS},
		{ID: "failed", Name: "Failed", Unit: "/s", Values: s.Failed},
		{ID: "p50", Name: "p50", Unit: "ms", Values: s.P50, Bound: b.bound(v1alpha1.MetricP50)},
		{ID: "p95", Name: "p95", Unit: "ms", Values: s.P95, Bound: b.bound(v1alpha1.MetricP95)},
		{ID: "p99", Name: "p99", Unit: "ms", Values: s.P99, Bound: b.bound(v1alpha1.MetricP99)},
		{ID: "users", Name: "Users", Values: s.Users},
		{ID: "workers", Name: "Load workers", Values: s.Workers},
		{ID: "replicas", Name: "Ready replicas", Values: s.Replicas},
		{ID: "load_cpu", Name: "CPU of the load generator", Unit: "%", Values: s.LoadCPU},
		{ID: "target_cpu", Name: "CPU of the target", Unit: "cores", Values: s.TargetCPU},
		{ID: "lag", Name: "Own delay, p99", Unit: "ms", Values: s.Lag},
		{ID: "stood_still", Name: "Stood still", Unit: "s", Values: s.StoodStill},
	} {
		if slices.ContainsFunc(c.Values, func(v float64) bool { return !math.IsNaN(v) }) {
			out = append(out, c)
		}
	}
	return out
}

// bound is the SLO's on a metric of all requests; nil without.
func (b *builder) bound(m v1alpha1.Metric) *float64 {
	for _, o := range b.SLO {
		if o.Metric == m && o.Endpoint == "" {
			return &o.Bound
		}
	}
	return nil
}

// times are the seconds of the points, of which each bucket has two.
func times(steps, per, step int) []float64 {
	out := []float64{}
	for at := 0; at < steps; at += per {
		out = append(out, float64(at*step))
		if per > 1 {
			out = append(out, float64(at*step)+float64(min(per, steps-at)*step)/2)
		}
	}
	return out
}

// sampled has the smallest and the largest value of each bucket in the order in which they were
// seen, so that no spike is lost, or the only one and a gap. A column that is shorter than
// others ends in gaps.
func sampled(values result.Column, steps, per int) result.Column {
	out := make(result.Column, 0, mostPoints)
	for at := 0; at < steps; at += per {
		if per == 1 {
			out = append(out, values.At(at))
			continue
		}
		first, second := extremes(values, at, min(at+per, steps))
		out = append(out, first, second)
	}
	return out
}

func extremes(values result.Column, from, to int) (first, second float64) {
	low, high, gap := -1, -1, -1
	for i := from; i < to; i++ {
		v := values.At(i)
		switch {
		case math.IsNaN(v):
			gap = i
			continue
		case low < 0:
			low, high = i, i
		}
		if v < values[low] {
			low = i
		}
		if v > values[high] {
			high = i
		}
	}
	switch {
	case low < 0:
		return math.NaN(), math.NaN()
	case low == high && gap > low:
		return values[low], math.NaN()
	case low == high && gap >= 0:
		return math.NaN(), values[low]
	}
	return values[min(low, high)], values[max(low, high)]
}

// phases are the parts of an attempt under load, in seconds from its start.
func phases(rec result.Record) []Phase {
	p, out := rec.Phases, []Phase{}
	add := func(name string, from, to float64) {
		if from, to = tenth(max(from, 0)), tenth(to); to > from {
			out = append(out, Phase{name, from, to})
		}
	}
	m := rec.Measured
	if m == nil {
		add("ramp", 0, p.Ramp)
		add("settle", p.Ramp, p.Ramp+p.Settle)
		add("window", p.Ramp+p.Settle, p.Ramp+p.Settle+p.Measure)
		return out
	}
	start := float64(m.Start.UnixMilli())/1000 - float64(rec.Series.Start)
	warm := start - m.Stopped.LeftOut()
	add("ramp", 0, min(p.Ramp, warm))
	add("settle", min(p.Ramp, warm), warm)
	add("warm-up", warm, start)
	add("window", start, start+m.Duration)
	return out
}

func tenth(v float64) float64 { return math.Round(10*v) / 10 }
