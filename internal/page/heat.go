package page

import "math"

// warm says where a metric's values lie on its scale of colours.
func warm(rows []Row, metric int, m Metric) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		if v := r.Values[metric]; v != nil {
			low, high = min(low, v.V), max(high, v.V)
		}
	}
	for _, r := range rows {
		v := r.Values[metric]
		switch {
		case v == nil || v.Heat != nil:
		case m.Bound != nil && *m.Bound > 0:
			v.Heat = new(beside(v.V, *m.Bound, m.Less))
		case m.Bound == nil:
			v.Heat = new(between(v.V, low, high, m.Unit == "ms"))
		}
	}
}

// beside is 0 at the bound, 1 at four times as bad or worse, and -1 at a quarter or less: what is
// measured of a service mostly lies within that, so that it is told apart.
func beside(v, bound float64, less bool) float64 {
	if v <= 0 { // nothing is less
		v = math.SmallestNonzeroFloat64
	}
	h := math.Log2(v/bound) / 2
	if !less {
		h = -h
	}
	return hundredths(min(max(h, -1), 1))
}

// between is -1 for the smallest and 1 for the largest; latencies are compared by their ratio.
func between(v, low, high float64, ratio bool) float64 {
	if ratio && low > 0 {
		v, low, high = math.Log(v), math.Log(low), math.Log(high)
	}
	if low == high {
		return 0
	}
	return hundredths(2*(v-low)/(high-low) - 1)
}

func hundredths(v float64) float64 { return math.Round(100*v) / 100 }
