package models

import (
	"cmp"
	"math"
	"slices"
)

// Point is one valid measurement of a cell, over all its requests.
type Point struct {
	Replicas, Users int
	// Rate is requests per second; Mean, P50 and P95 are response times in seconds.
	Rate, Mean, P50, P95 float64
	// The ranges are their 95 % intervals, zero where they are not known.
	RateRange, P50Range, P95Range Range
}

// Range is an interval. High may be infinite.
type Range struct{ Low, High float64 }

// holds tells whether a known range holds a value.
func (r Range) holds(v float64) bool { return r.Low < r.High && r.Low <= v && v <= r.High }

// A range of 95 % is this many standard errors wide.
const width = 2 * 1.96

// leastError keeps a number whose interval is very narrow from outweighing all others: no
// queue is known that well.
const leastError = .01

// sd is the standard error of the value's logarithm, or what is assumed of it.
func (r Range) sd(assumed float64) float64 {
	if !(r.Low > 0) || !(r.High > r.Low) || math.IsInf(r.High, 1) {
		return assumed
	}
	return max(math.Log(r.High/r.Low)/width, leastError)
}

// No load has times or rates beyond these.
const least, most = 1e-8, 1e8

// usable tells whether the point has all numbers that a model needs.
func (p Point) usable() bool {
	for _, v := range []float64{p.Rate, p.Mean, p.P50, p.P95} {
		if !(v >= least && v <= most) {
			return false
		}
	}
	return p.Replicas > 0 && p.Users > 0
}

// think is what a user does between an answer and the next request, by the interactive law.
func (p Point) think() float64 { return max(float64(p.Users)/p.Rate-p.Mean, 0) }

// pressure is the users of one replica.
func (p Point) pressure() float64 { return float64(p.Users) / float64(p.Replicas) }

// usable keeps those that are, by replicas and then users.
func usable(points []Point) []Point {
	out := slices.DeleteFunc(slices.Clone(points), func(p Point) bool { return !p.usable() })
	slices.SortStableFunc(out, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.Replicas, b.Replicas), cmp.Compare(a.Users, b.Users))
	})
	return out
}

// cell is a place in the matrix.
type cell struct{ replicas, users int }

func (p Point) cell() cell { return cell{p.Replicas, p.Users} }

// cellsOf counts the distinct cells of ordered points.
func cellsOf(points []Point) (n int) {
	for i, p := range points {
		if i == 0 || p.cell() != points[i-1].cell() {
			n++
		}
	}
	return n
}

// thinkOf is the think time of all points: the median over those in which users think for
// longer than they wait, else that of the one with the least load. Where they mostly wait it is
// a small difference of large numbers.
func thinkOf(points []Point) float64 {
	var known []float64
	for _, p := range points {
		if p.think() >= p.Mean {
			known = append(known, p.think())
		}
	}
	if len(known) == 0 {
		return lightest(points).think()
	}
	return median(known)
}

// lightest is the point with the fewest users for each replica.
func lightest(points []Point) Point {
	return slices.MinFunc(points, func(a, b Point) int { return cmp.Compare(a.pressure(), b.pressure()) })
}

// median sorts the values.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
