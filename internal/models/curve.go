package models

import "math"

// gainFrom says where a curve's gain comes from; its value is how many parameters that takes.
type gainFrom int

const (
	// fromFirst: from the first sample alone.
	fromFirst gainFrom = iota
	// fromAll: from all.
	fromAll
)

// fitCurve minimises the squares of the residuals in logarithms, over the parameters that are
// asked for. None is negative: where the best one would be, the best without it is taken.
func fitCurve(s []Sample, from gainFrom, contention, coherence bool) Curve {
	best := descend(s, from, contention, coherence)
	if best.Contention >= 0 && best.Coherence >= 0 {
		return best
	}
	best = descend(s, from, false, false)
	least := squares(offs(s, best))
	for _, only := range []Curve{descend(s, from, contention, false), descend(s, from, false, coherence)} {
		if v := squares(offs(s, only)); only.Contention >= 0 && only.Coherence >= 0 && v < least {
			best, least = only, v
		}
	}
	return best
}

// descend takes Gauss and Newton's steps, halved until they lead down.
func descend(s []Sample, from gainFrom, contention, coherence bool) Curve {
	c := Curve{}.gained(s, from)
	for range 50 {
		by := newton(s, from, c, contention, coherence)
		now, next, ok := squares(offs(s, c)), c, false
		for try := 0; try < 30 && !ok; try++ {
			next = Curve{Contention: c.Contention + by[0], Coherence: c.Coherence + by[1]}.gained(s, from)
			ok = next.positive(s) && squares(offs(s, next)) < now
			by[0], by[1] = by[0]/2, by[1]/2
		}
		if !ok {
			return c
		}
		if c = next; now-squares(offs(s, c)) < 1e-9*now {
			return c
		}
	}
	return c
}

// positive tells whether the curve has a rate at every sample.
func (c Curve) positive(s []Sample) bool {
	for _, v := range s {
		if !(c.At(float64(v.At)) > 0) || math.IsInf(c.At(float64(v.At)), 1) {
			return false
		}
	}
	return true
}

// gained has the best gain for the other parameters.
func (c Curve) gained(s []Sample, from gainFrom) Curve {
	c.Gain = 1
	var sum, n float64
	for _, v := range s {
		if from == fromFirst && v.At != s[0].At {
			break
		}
		sum, n = sum+math.Log(v.Rate/c.At(float64(v.At))), n+1
	}
	c.Gain = math.Exp(sum / n)
	return c
}

// newton is a step of the two parameters.
func newton(s []Sample, from gainFrom, c Curve, contention, coherence bool) [2]float64 {
	slope := slopes(s, from, c)
	var aa, ab, bb, ar, br float64
	for i, r := range offs(s, c) {
		d := slope[i]
		if !contention {
			d[0] = 0
		}
		if !coherence {
			d[1] = 0
		}
		aa, ab, bb, ar, br = aa+d[0]*d[0], ab+d[0]*d[1], bb+d[1]*d[1], ar+d[0]*r, br+d[1]*r
	}
	switch det := aa*bb - ab*ab; {
	case det > 1e-14*aa*bb && det > 0:
		return [2]float64{-(bb*ar - ab*br) / det, -(aa*br - ab*ar) / det}
	case aa > 0:
		return [2]float64{-ar / aa, 0}
	case bb > 0:
		return [2]float64{0, -br / bb}
	}
	return [2]float64{}
}

// slopes are how the residuals change with the two parameters, the gain following.
func slopes(s []Sample, from gainFrom, c Curve) [][2]float64 {
	out := make([][2]float64, len(s))
	var mean [2]float64
	var counted float64
	for i, v := range s {
		n := float64(v.At)
		below := 1 + c.Contention*(n-1) + c.Coherence*n*(n-1)
		out[i] = [2]float64{(n - 1) / below, n * (n - 1) / below}
		if from == fromAll || v.At == s[0].At {
			mean[0], mean[1], counted = mean[0]+out[i][0], mean[1]+out[i][1], counted+1
		}
	}
	for i := range out {
		out[i][0] -= mean[0] / counted
		out[i][1] -= mean[1] / counted
	}
	return out
}
