package steady

import "math"

const (
	// slack is what is allowed at every step, and alarm what has to add up, in standard
	// deviations. Those of a textbook, .5 and 5, are for values that are independent and a
	// deviation that is known: here they would be wrong in every sixth window.
	slack = 1
	alarm = 7
	// finest is the smallest standard deviation of a logarithm that histograms can show.
	finest = .001
	// reference is how many values the first half must have for a standard deviation.
	reference = 4
)

// Shift looks for a change of level in the second half of a window, held against the first:
// a two-sided CUSUM chart of the logarithms of median latencies, of five seconds each; those
// that are NaN or 0 are left out. It returns the index of the first value that was off, as
// far as the chart can tell.
func Shift(medians []float64) (at int, found bool) {
	half := len(medians) / 2
	mean, deviation, n := logMoments(medians[:half])
	if n < reference {
		return 0, false
	}
	var up, down float64
	upFrom, downFrom := half, half
	for i, m := range medians[half:] {
		if !(m > 0) {
			continue
		}
		off := (math.Log(m) - mean) / deviation
		if up = max(0, up+off-slack); up == 0 {
			upFrom = half + i + 1
		}
		if down = max(0, down-off-slack); down == 0 {
			downFrom = half + i + 1
		}
		switch {
		case up > alarm:
			return upFrom, true
		case down > alarm:
			return downFrom, true
		}
	}
	return 0, false
}

// logMoments are the mean and standard deviation of the values' logarithms, and of how many.
func logMoments(values []float64) (mean, deviation float64, n int) {
	var squares float64
	for _, v := range values {
		if !(v > 0) {
			continue
		}
		n++
		off := math.Log(v) - mean
		mean += off / float64(n)
		squares += off * (math.Log(v) - mean)
	}
	return mean, max(math.Sqrt(squares/float64(n-1)), finest), n
}
