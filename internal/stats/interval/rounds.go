package interval

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Round is one number of a window that was measured several times, with its interval. Ends
// that are not known are infinite.
type Round struct{ Value, Low, High float64 }

// Median returns which of n values, counted from 1 in ascending order, end the interval of
// the median of all that there could be, whatever their law; false for fewer than six, of
// which not even the outermost do.
func Median(n int) (low, high int, ok bool) {
	// The k-th from either end is on the wrong side if fewer than k of n coins fall that way.
	outside, term := 0.0, math.Exp2(-float64(n))
	for k := 0; ; k++ {
		if outside += 2 * term; outside > 1-confidence {
			return k, n + 1 - k, k > 0
		}
		term *= float64(n-k) / float64(k+1)
	}
}

// noticed is the part of the values by which rounds must differ for anybody to care.
const noticed = .05

// Differ tells whether the intervals of two rounds are apart. Of many rounds some two are by
// chance; those have to be apart by as much as is no likelier than with two (measuring.md 27).
func Differ(rounds []Round) bool {
	pairs := float64(len(rounds)*(len(rounds)-1)) / 2
	for _, a := range rounds {
		for _, b := range rounds {
			if b.Value-a.Value <= noticed*(a.Value+b.Value)/2 {
				continue
			}
			if gap := apart(a, b); gap >= 1 && pairs*byChance(gap) <= byChance(1) {
				return true
			}
		}
	}
	return false
}

// apart is how many times as long the intervals of a smaller and a larger value would have to
// be to meet.
func apart(a, b Round) float64 {
	return (b.Value - a.Value) / (max(a.High-a.Value, 0) + max(b.Value-b.Low, 0))
}

// byChance is the probability that the intervals of two windows that are alike would have to
// be so many times as long to meet: Student's t, with the degrees of freedom of both.
func byChance(gap float64) float64 {
	const freedom = 2 * (Batches - 1)
	t := math.Sqrt2 * student * gap
	return mathext.RegIncBeta(freedom/2, .5, freedom/(freedom+t*t))
}
