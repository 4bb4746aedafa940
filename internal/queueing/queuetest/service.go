package queuetest

import (
	"math"
	"math/rand/v2"
)

// Service is what takes the requests, in the order in which they were sent.
type Service struct {
	// Servers is how many requests are worked on at a time; 0 is no limit.
	Servers int
	// Time is how long a request is worked on.
	Time Law
	// Failing is the share of requests that fail at once, without being worked on.
	Failing float64
	// Slow is a start that is slower than the rest.
	Slow Slow
	// Freeze is when nothing is worked on.
	Freeze Freeze
}

// Slow makes work that begins at t seconds last 1 + (Factor-1)·exp(-t/Decay) times as long.
// The zero value changes nothing.
type Slow struct{ Factor, Decay float64 }

func (s Slow) at(t float64) float64 {
	if s.Factor == 0 {
		return 1
	}
	return 1 + (s.Factor-1)*math.Exp(-t/s.Decay)
}

// Freeze stops all work for the first For seconds of every Every seconds, but not of the
// first. The zero value stops nothing.
type Freeze struct{ Every, For float64 }

// end is when work of so many seconds ends that begins at t.
func (f Freeze) end(t, work float64) float64 {
	if f.Every == 0 {
		return t + work
	}
	for {
		n := math.Floor(t / f.Every)
		if over := n*f.Every + f.For; n > 0 && t < over {
			t = over
		}
		next := (n + 1) * f.Every
		if t+work <= next {
			return t + work
		}
		work -= next - t
		t = next
	}
}

// working is a service under way.
type working struct {
	Service
	random *rand.Rand
	free   []float64 // when each server will be
}

func (s Service) start(r *rand.Rand) *working {
	return &working{Service: s, random: r, free: make([]float64, s.Servers)}
}

// take returns when a request that is sent at t ends, and whether it succeeds. Requests
// have to be given in the order in which they are sent.
func (w *working) take(t float64) (end float64, ok bool) {
	if w.Failing > 0 && w.random.Float64() < w.Failing {
		return t, false
	}
	begin := t
	server := earliest(w.free)
	if server >= 0 {
		begin = max(begin, w.free[server])
	}
	end = w.Freeze.end(begin, w.Time(w.random)*w.Slow.at(begin))
	if server >= 0 {
		w.free[server] = end
	}
	return end, true
}

// earliest is the index of the smallest, -1 of none.
func earliest(times []float64) int {
	first := -1
	for i, t := range times {
		if first < 0 || t < times[first] {
			first = i
		}
	}
	return first
}
