// Package queueing has the queues whose response times are known in closed form: what a
// measurement is held against, and what a capacity is computed from. Times are in seconds,
// rates per second, and a quantile's level is in 0..1 (measuring.md 16 and 17).
//
// Use [Open] for requests that arrive at a rate, whatever the servers do, and [Closed] for
// users who wait for the answer, think, and send the next request. [Infinite] is for a
// service without queueing.
package queueing

import (
	"fmt"
	"math"
)

const (
	// precision is how closely a share is met by what is found for it, relative to itself.
	precision = 1e-11
	// smallest is the length of an interval, relative to its end, that cannot be divided.
	smallest = 1e-15
)

// quantile inverts a tail, which falls from 1 to 0; scale is any time of the right order. It
// is NaN for a level outside 0..1 and infinite for 1.
func quantile(level, scale float64, tail func(float64) float64) float64 {
	switch {
	case math.IsNaN(level) || level < 0 || level > 1:
		return math.NaN()
	case level == 0:
		return 0
	case level == 1:
		return math.Inf(1)
	}
	// Logarithms, since most tails are exponential in the end.
	excess := func(t float64) float64 { return math.Log(tail(t) / (1 - level)) }
	low, high := 0.0, scale
	above, below := -math.Log(1-level), excess(scale)
	for below > 0 {
		low, high, above = high, 2*high, below
		below = excess(high)
	}
	return root(excess, low, high, above, below)
}

// root finds where f, a logarithm, is 0 between low, where it is above 0, and high, where it
// is not: on the line through both ends, where an end that stays counts less (the Illinois
// method), and now and then by halves.
func root(f func(float64) float64, low, high, above, below float64) float64 {
	moved := 0 // 1 if it was low, -1 if it was high
	for n := 1; high-low > smallest*high; n++ {
		middle := low + (high-low)*above/(above-below)
		if n%8 == 0 || !(middle > low && middle < high) {
			middle = (low + high) / 2
		}
		v := f(middle)
		if math.Abs(v) < precision {
			return middle
		}
		if v > 0 {
			low, above = middle, v
			if moved == 1 {
				below /= 2
			}
			moved = 1
			continue
		}
		high, below = middle, v
		if moved == -1 {
			above /= 2
		}
		moved = -1
	}
	return (low + high) / 2
}

// positive refuses a time or rate that no queue has.
func positive(name string, value float64) error {
	if value > 0 && !math.IsInf(value, 1) {
		return nil
	}
	return fmt.Errorf("%s %v: want a positive number", name, value)
}

// atLeastOne refuses a number of servers or users that makes no queue.
func atLeastOne(name string, n int) error {
	if n >= 1 {
		return nil
	}
	return fmt.Errorf("%d %s: want at least 1", n, name)
}
