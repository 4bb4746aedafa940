package master

import (
	"math"
	"time"
)

// stepsPerSecond is how often a ramp adds users. Locust adds once a second, which starts
// spawn_rate users at the same moment; with finer steps the users move less in step.
const stepsPerSecond = 4

// ramp goes from one number of users to another, rate users per second, either way.
type ramp struct {
	from, to int
	rate     float64
}

// users is how many there are to be after elapsed. The first step is at once and
// the last has no pause after it, as Locust's (locust-protocol.md 21).
//
//	users
//	  to |          ┌────
//	     |       ┌──┘
//	     |    ┌──┘
//	from |────┘             step = max(1, rate/4), one every step/rate seconds
func (r ramp) users(elapsed time.Duration) int {
	step := max(1, math.Floor(r.rate/stepsPerSecond))
	steps := 1 + math.Floor(max(elapsed.Seconds(), 0)*r.rate/step)
	moved := int(min(steps*step, math.Abs(float64(r.to-r.from))))
	if r.to < r.from {
		return r.from - moved
	}
	return r.from + moved
}
