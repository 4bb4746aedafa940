package master

import (
	"maps"
	"math"
	"slices"
	"time"
)

// rateSpan is what rates are over. A rate divides the requests of the seconds in [from,
// until) by exactly that time, and all rows use the same span, so that they add up. (Locust
// divides everything reported by the time up to the last request, which is too much or too
// little by what was reported for other times.)
type rateSpan struct {
	// from is where counting began, in Unix seconds: a load's start, or after a reset
	// the first whole second, since only whole seconds can be told apart.
	from float64
	// until is the first second that some worker of the load may still add to.
	until int64
}

func (s rateSpan) rate(c *counts) float64 {
	return ratio(float64(c.upTo(s.until)), float64(s.until)-s.from)
}

// current is the rate of the last seconds of the span.
func (s rateSpan) current(c *counts) float64 {
	recent := rateSpan{max(s.from, float64(s.until-recentSeconds)), s.until}
	n := c.upTo(recent.until) - c.upTo(int64(math.Floor(recent.from)))
	return ratio(float64(n), float64(recent.until)-recent.from)
}

const (
	// keepSeconds is how many seconds of counts are kept apart, at least: as far as until may
	// lag behind, plus what the current rates need before that.
	keepSeconds = lateSeconds + maxAhead + recentSeconds + 5
	// lateSeconds is how long rates wait for a worker whose reports do not come.
	lateSeconds = 10
)

// counts are events per second since counting began.
type counts struct {
	at map[int64]int64
	// before is the sum of the seconds before edge, which are no longer kept apart.
	before, edge int64
}

func (c *counts) add(second, n int64) {
	if second < c.edge {
		c.before = plus(c.before, n)
		return
	}
	if c.at == nil {
		c.at = map[int64]int64{}
	}
	c.at[second] = plus(c.at[second], n)
	if len(c.at) > 2*keepSeconds {
		c.fold(slices.Max(slices.Collect(maps.Keys(c.at))) - keepSeconds)
	}
}

// absorb adds other counts, which may have folded more seconds.
func (c *counts) absorb(o *counts) {
	if o.edge > c.edge {
		c.fold(o.edge)
	}
	c.before = plus(c.before, o.before)
	c.addAll(o.at)
}

func (c *counts) addAll(in map[int64]int64) {
	for second, n := range in {
		c.add(second, n)
	}
}

func (c *counts) fold(edge int64) {
	c.edge = edge
	for second, n := range c.at {
		if second < edge {
			c.before = plus(c.before, n)
			delete(c.at, second)
		}
	}
}

// upTo is the sum of the seconds before a second that is not before edge.
func (c *counts) upTo(second int64) int64 {
	n := c.before
	for s, v := range c.at {
		if s < second {
			n = plus(n, v)
		}
	}
	return n
}

// rateSpan is the span that rates are over at the moment.
func (c *core) rateSpan(now time.Time) rateSpan {
	until := now.Unix()
	if c.ended != 0 {
		until = c.ended
	}
	for _, w := range c.workers {
		if w.inLoad {
			until = min(until, max(w.completeUntil, now.Unix()-lateSeconds))
		}
	}
	return rateSpan{c.stats.counting, until}
}

// unix is t in Unix seconds.
func unix(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
