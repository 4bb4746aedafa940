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

// precision is how closely a quantile is found, relative to itself.
const precision = 1e-12

// quantile inverts a tail, which falls from 1 to 0, by bisection; scale is any time of
// the right order. It is NaN for a level outside 0..1 and infinite for 1.
func quantile(level, scale float64, tail func(float64) float64) float64 {
	switch {
	case math.IsNaN(level) || level < 0 || level > 1:
		return math.NaN()
	case level == 0:
		return 0
	case level == 1:
		return math.Inf(1)
	}
	low, high := 0.0, scale
	for tail(high) > 1-level {
		low, high = high, 2*high
	}
	for high-low > precision*high {
		middle := (low + high) / 2
		if tail(middle) > 1-level {
			low = middle
		} else {
			high = middle
		}
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
