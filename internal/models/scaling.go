package models

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Sample is a rate, or a capacity, at a number of replicas or users.
type Sample struct {
	At   int
	Rate float64
}

// Law is how a rate grows.
type Law string

// The laws, from the simplest.
const (
	Linear Law = "linear"
	// Amdahl: a part of the work cannot be shared, so that growth slows down to a ceiling.
	Amdahl Law = "Amdahl"
	// USL, the universal scalability law: and each has to agree with all others, so that there
	// is a peak.
	USL Law = "USL"
)

// Curve is X(n) = Gain·n/(1 + Contention·(n−1) + Coherence·n·(n−1)). Linear has neither of
// the two, Amdahl no Coherence.
type Curve struct{ Gain, Contention, Coherence float64 }

// At is the rate at n.
func (c Curve) At(n float64) float64 {
	return c.Gain * n / (1 + c.Contention*(n-1) + c.Coherence*n*(n-1))
}

// Peak is where the rate is largest; infinite without Coherence.
func (c Curve) Peak() float64 {
	if c.Coherence <= 0 {
		return math.Inf(1)
	}
	return math.Sqrt(max(1-c.Contention, 0) / c.Coherence)
}

// Scaling is the law that describes samples best.
type Scaling struct {
	Law Law
	Curve
	// Most is as far as it is believed: twice the largest that was measured.
	Most int
	// Off is the largest part by which a sample is off the curve.
	Off float64
	// Peak is where the rate is largest; nil where that does not show within what was measured,
	// and then Why says what is missing.
	Peak *Peak
	Why  string
}

// Peak is a number of replicas or users beyond which more do harm.
type Peak struct {
	At, Rate float64
	// Low and High are where At may lie, 95 %.
	Low, High float64
}

// FitScaling finds the law of samples of at least two different numbers.
func FitScaling(samples []Sample) (Scaling, error) {
	s := slices.DeleteFunc(slices.Clone(samples), func(s Sample) bool {
		return s.At < 1 || !(s.Rate > 0) || math.IsInf(s.Rate, 1)
	})
	slices.SortStableFunc(s, func(a, b Sample) int { return cmp.Compare(a.At, b.At) })
	loads := distinct(s)
	if loads < 2 {
		return Scaling{}, fmt.Errorf("fitting how rates grow: rates at %s, want at least 2", matrix.Count(loads, "number"))
	}
	law, curve := choose(s, loads)
	out := Scaling{Law: law, Curve: curve, Most: 2 * s[len(s)-1].At}
	if out.Peak, out.Why = peak(s, loads); out.Peak != nil {
		out.Law, out.Curve = USL, fitCurve(s, fromAll, true, true)
	}
	for _, r := range offs(s, out.Curve) {
		out.Off = max(out.Off, math.Expm1(math.Abs(r)))
	}
	return out, nil
}

func distinct(s []Sample) (n int) {
	for i := range s {
		if i == 0 || s[i].At != s[i-1].At {
			n++
		}
	}
	return n
}

// few is how many different numbers are too few for a gain of its own: the first sample
// gives it, and one parameter at most is fitted.
const few = 4

// choose takes the law with the smallest criterion, the simplest where that is not defined.
func choose(s []Sample, loads int) (Law, Curve) {
	gain := fromAll
	if loads <= few {
		gain = fromFirst
	}
	law, best := Linear, fitCurve(s, gain, false, false)
	least := criterion(s, best, 1+int(gain))
	try := func(l Law, parameters int, coherence bool) {
		c := fitCurve(s, gain, true, coherence)
		if v := criterion(s, c, parameters+int(gain)); v < least {
			law, best, least = l, c, v
		}
	}
	try(Amdahl, 2, false)
	if gain == fromAll {
		try(USL, 3, true)
	}
	return law, best
}

// criterion is Akaike's for small samples, with so many parameters, of which one is the scatter;
// infinite where it is not defined.
func criterion(s []Sample, c Curve, parameters int) float64 {
	n, k := float64(len(s)), float64(parameters)
	if n <= k+1 {
		return math.Inf(1)
	}
	return n*math.Log(max(squares(offs(s, c))/n, leastError*leastError/100)) + 2*k + 2*k*(k+1)/(n-k-1)
}

// offs are the samples' residuals in logarithms.
func offs(s []Sample, c Curve) []float64 {
	out := make([]float64, len(s))
	for i, v := range s {
		out[i] = math.Log(v.Rate / c.At(float64(v.At)))
	}
	return out
}

func squares(values []float64) (sum float64) {
	for _, v := range values {
		sum += v * v
	}
	return sum
}
