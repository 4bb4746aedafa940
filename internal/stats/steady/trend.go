package steady

import (
	"math"
	"slices"
)

// Trend is how a series changes from its start to its end.
type Trend struct {
	// Slope is Theil and Sen's: the median of the slopes between all pairs, per step.
	Slope float64
	// P is the probability of so clear an order, or clearer, where there is none: Mann and
	// Kendall's test, of both sides.
	P float64
	// Drift is the change over the whole series relative to its median, not negative.
	Drift float64
}

// TrendOf is that of values in their order; those that are NaN are left out. It is flat, with
// P 1, for fewer than two.
func TrendOf(values []float64) Trend {
	var known, at []float64
	for i, v := range values {
		if !math.IsNaN(v) {
			known, at = append(known, v), append(at, float64(i))
		}
	}
	if len(known) < 2 {
		return Trend{P: 1}
	}
	var slopes []float64
	score := 0
	for i := range known {
		for j := range i {
			slopes = append(slopes, (known[i]-known[j])/(at[i]-at[j]))
			score += sign(known[i] - known[j])
		}
	}
	t := Trend{Slope: median(slopes), P: byChance(score, known)}
	if m := median(known); m != 0 {
		t.Drift = math.Abs(t.Slope * float64(len(values)) / m)
	}
	return t
}

func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

// byChance is the probability of Kendall's score or a larger one, of either sign: exact, or
// by the normal distribution where values are equal.
func byChance(score int, values []float64) float64 {
	if score == 0 {
		return 1
	}
	if score < 0 {
		score = -score
	}
	n := len(values)
	variance := float64(n * (n - 1) * (2*n + 5))
	tied := false
	for _, t := range ties(values) {
		variance -= float64(t * (t - 1) * (2*t + 5))
		tied = true
	}
	if !tied {
		return exact(score, n)
	}
	return math.Erfc(float64(score-1) / math.Sqrt(2*variance/18))
}

// ties are the sizes of the groups of equal values.
func ties(values []float64) []int {
	count := map[float64]int{}
	for _, v := range values {
		count[v]++
	}
	var out []int
	for _, n := range count {
		if n > 1 {
			out = append(out, n)
		}
	}
	return out
}

// exact counts the orders of n different values by their inversions, as shares of all: one
// more value adds 0 to k inversions, each with the same probability.
func exact(score, n int) float64 {
	pairs := n * (n - 1) / 2
	shares := make([]float64, pairs+1)
	shares[0] = 1
	for k := 1; k < n; k++ {
		next := make([]float64, pairs+1)
		for i, p := range shares {
			for j := i; j <= i+k && j <= pairs; j++ {
				next[j] += p / float64(k+1)
			}
		}
		shares = next
	}
	p := 0.0
	for inversions := 0; 2*inversions <= pairs-score; inversions++ {
		p += shares[inversions]
	}
	return min(2*p, 1)
}
