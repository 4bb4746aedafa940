package worker

import (
	"maps"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// gauge counts the requests under way at every look at the clock: a measurement of the load
// that knows nothing of latencies and slices, which are held against it (measuring.md 9). Its
// user locks it.
type gauge struct {
	clock *clock
	// flying counts the requests under way now.
	flying func() int
	// last is when that was last done, count what there was.
	last  time.Time
	count int
	// flown is the sum of their time under way, in microseconds, by Unix second of the master's
	// clock.
	flown map[int64]int64
}

func newGauge(c *clock, flying func() int) *gauge {
	return &gauge{clock: c, flying: flying, last: time.Now(), flown: map[int64]int64{}}
}

// look takes what was under way since the last look to be the mean of then and now.
func (g *gauge) look(now time.Time) {
	count := g.flying()
	between := int64(g.count + count)
	from, to := g.clock.micros(g.last), g.clock.micros(now)
	g.last, g.count = now, count
	if between == 0 {
		return
	}
	if len(g.flown) >= pulseSeconds {
		clear(g.flown)
	}
	for from = max(from, to-pulseSeconds*1e6); from < to; {
		second := unixSecond(from)
		end := min((second+1)*1e6, to)
		g.flown[second] += between * (end - from) / 2
		from = end
	}
}

// take moves the seconds before until into a report.
func (g *gauge) take(until int64) (out []wire.ReportFlown) {
	for _, second := range slices.Sorted(maps.Keys(g.flown)) {
		if second < until {
			out = append(out, wire.ReportFlown{Second: second, Micros: g.flown[second]})
			delete(g.flown, second)
		}
	}
	return out
}
