package steady

import "math"

// Class is what a window looks like.
type Class string

// Steady is what a number should be of. A window that is Warming got better to its end, one
// that is Degrading worse; in one that is Noisy, what follows each other is alike, so that
// it has seen less than its length promises.
const (
	Steady    Class = "STEADY"
	Warming   Class = "WARMING"
	Degrading Class = "DEGRADING"
	Noisy     Class = "NOISY"
)

// Unsteady is set for a trend that is neither by chance nor small.
func (c Class) Unsteady() bool { return c == Warming || c == Degrading }

const (
	// parts is into how many a window is cut: fewer cannot tell a trend from parts that are alike.
	parts = 20
	// chance is how improbable a trend must be without one, of either of the two that are looked
	// for, and drifted how large.
	chance  = .01 / 2
	drifted = .05
	// noisy is the correlation of neighbouring parts from which a window is.
	noisy = .5
)

// State is whether a window is steady, and what shows it.
type State struct {
	Class Class
	// Median and Rate are the trends of the parts' median latencies and rates.
	Median, Rate Trend
}

// Judge says whether a window is steady, by each second's median latency, NaN for one
// without requests, and rate (measuring.md 23); false for fewer than twenty.
func Judge(medians, rates []float64) (State, bool) {
	if min(len(medians), len(rates)) < parts {
		return State{}, false
	}
	s := State{Class: Steady, Median: TrendOf(means(medians, parts)), Rate: TrendOf(means(rates, parts))}
	switch {
	case s.Median.clear():
		s.Class = direction(s.Median.Slope > 0)
	case s.Rate.clear():
		s.Class = direction(s.Rate.Slope < 0)
	case s.Median.Alike > noisy:
		s.Class = Noisy
	}
	return s, true
}

func (t Trend) clear() bool { return t.P < chance && math.Abs(t.Change) > drifted }

func direction(worse bool) Class {
	if worse {
		return Degrading
	}
	return Warming
}

// means are those of n parts, as equal in length as the values allow; NaN for one without any.
func means(values []float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		sum, known := 0., 0.
		for _, v := range values[i*len(values)/n : (i+1)*len(values)/n] {
			if !math.IsNaN(v) {
				sum += v
				known++
			}
		}
		out[i] = sum / known
	}
	return out
}
