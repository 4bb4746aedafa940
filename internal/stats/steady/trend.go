package steady

import (
	"math"
	"slices"
)

// Trend is how a series changes from its start to its end.
type Trend struct {
	// Slope is Theil and Sen's: the median of the slopes between all pairs, per step.
	Slope float64
	// Change is that over the whole series, relative to its median: .2 for a rise by a fifth.
	Change float64
	// Alike is the correlation of neighbours, the trend taken out, from 0 on.
	Alike float64
	// P is the probability of so clear an order, or clearer, where there is none: Mann and
	// Kendall's test, of both sides, for values that are so alike.
	P float64
}

// mostAlike bounds what is believed of how alike neighbours are: so few of them cannot tell more.
const mostAlike = .9

// TrendOf is that of values in their order; those that are NaN are left out. It is flat, with
// P 1, for fewer than two.
func TrendOf(values []float64) Trend {
	var known, at []float64
	for i, v := range values {
		if !math.IsNaN(v) {
			known, at = append(known, v), append(at, float64(i))
		}
	}
	n := len(known)
	if n < 2 {
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
	t := Trend{Slope: median(slopes)}
	if m := median(known); m != 0 {
		t.Change = t.Slope * float64(len(values)) / m
	}
	level := make([]float64, len(values))
	for i, v := range values {
		level[i] = v - t.Slope*float64(i)
	}
	t.Alike = alike(level, n)
	t.P = byChance(score, known, t.Alike)
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

// alike is the correlation of neighbours, of which n are known. So few that had a trend show one
// that is too low by (2+4r)/n on average.
func alike(values []float64, n int) float64 {
	if n <= 4 {
		return 0
	}
	r := (float64(n)*lag(values) + 2) / float64(n-4)
	return min(max(r, 0), mostAlike)
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

// byChance is the probability of Kendall's score or a larger one, of either sign, by the normal
// distribution. Values that are alike make a large score more probable.
func byChance(score int, values []float64, alike float64) float64 {
	if score == 0 {
		return 1
	}
	n := len(values)
	variance := float64(n * (n - 1) * (2*n + 5))
	for _, t := range ties(values) {
		variance -= float64(t * (t - 1) * (2*t + 5))
	}
	variance *= fewer(n, alike) / 18
	return math.Erfc((math.Abs(float64(score)) - 1) / math.Sqrt(2*variance))
}

// fewer is how many of n values say as much as an independent one, where neighbours have that
// correlation and those k apart its k-th power.
func fewer(n int, alike float64) float64 {
	sum, power := 1., 1.
	for k := 1; k < n; k++ {
		power *= alike
		sum += 2 * (1 - float64(k)/float64(n)) * power
	}
	return sum
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
