package steady

import "math"

// Class is what a window's batches look like.
type Class string

// Steady is what a number should be of. A window that is Warming got better to its end, one
// that is Degrading worse; in one that is Noisy, neighbouring batches are alike, so that
// it has seen less than its length promises.
const (
	Steady    Class = "STEADY"
	Warming   Class = "WARMING"
	Degrading Class = "DEGRADING"
	Noisy     Class = "NOISY"
)

const (
	// chance is how improbable a trend must be without one, and drifted how large.
	chance  = .01
	drifted = .05
	// alike is the correlation of neighbouring batches from which a window is noisy.
	alike = .5
)

// State is whether a window is steady, and what shows it.
type State struct {
	Class Class
	// Unsteady is set for a trend that is neither by chance nor small.
	Unsteady bool
	// Median and Rate are the trends of the batches' median latencies and rates.
	Median, Rate Trend
	// Lag is the correlation of neighbouring batches' medians, in -1..1.
	Lag float64
}

// Judge says whether a window is steady, by its batches' median latencies, NaN for one
// without requests, and rates (measuring.md 23).
func Judge(medians, rates []float64) State {
	s := State{Class: Steady, Median: TrendOf(medians), Rate: TrendOf(rates), Lag: lag(medians)}
	switch {
	case s.Median.clear():
		s.Unsteady, s.Class = true, direction(s.Median.Slope > 0)
	case s.Rate.clear():
		s.Unsteady, s.Class = true, direction(s.Rate.Slope < 0)
	case s.Lag > alike:
		s.Class = Noisy
	}
	return s
}

func (t Trend) clear() bool { return t.P < chance && t.Drift > drifted }

func direction(worse bool) Class {
	if worse {
		return Degrading
	}
	return Warming
}

// lag is the correlation of each value with the next; 0 where all are the same. Pairs with a
// NaN are left out.
func lag(values []float64) float64 {
	var sum, n float64
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	mean := sum / n
	var next, own float64
	last := math.NaN()
	for _, v := range values {
		off := v - mean
		if !math.IsNaN(off) {
			own += off * off
		}
		if !math.IsNaN(off * last) {
			next += off * last
		}
		last = off
	}
	if own == 0 {
		return 0
	}
	return next / own
}
