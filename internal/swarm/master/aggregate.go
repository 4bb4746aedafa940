package master

import (
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

const (
	// maxEndpoints bounds what names made of ids can cost; the rest is counted together.
	maxEndpoints = 1000
	// entriesRoom is how many bytes the histograms of all endpoints may take. Beyond that the
	// largest is counted with the others.
	entriesRoom = 72 << 20
	// maxFailures bounds the kinds of failure that are kept.
	maxFailures = 5000
	// recentSeconds is the span of the "current" rates and percentiles.
	recentSeconds = 10
)

// others is where endpoints beyond maxEndpoints are counted.
func others() stats.Endpoint { return stats.Endpoint{Name: locust.OtherEndpoints} }

// aggregate holds the statistics since the load's start or the last reset.
type aggregate struct {
	// counting is the moment from which all requests are counted by second, in Unix seconds.
	counting float64
	// from is the first second that counts.
	from    int64
	entries map[stats.Endpoint]*entry
	names   names
	// bytes is what the entries' histograms take, and room what they may.
	bytes, room int
	total       *entry
	// recent are the total's histograms per second, for the current percentiles.
	recent   map[int64]*stats.Histogram
	failures map[errorKey]*failure
}

// failure counts one kind; its times are Unix seconds.
type failure struct {
	occurrences         int64
	firstSeen, lastSeen float64
}

func newAggregate(now time.Time) *aggregate {
	return &aggregate{
		counting: unix(now),
		// A worker's clock may be a little behind; other means keep out what belongs to the last load.
		from:    now.Unix() - 1,
		entries: map[stats.Endpoint]*entry{}, names: newNames(maxEndpoints), total: newEntry(), room: entriesRoom,
		recent: map[int64]*stats.Histogram{}, failures: map[errorKey]*failure{},
	}
}

// reset zeroes everything and keeps the endpoints, as Locust does. The second of the reset
// has requests from before it, so counting begins with the next.
func (a *aggregate) reset(now time.Time) {
	fresh := newAggregate(now)
	fresh.counting = math.Ceil(unix(now))
	fresh.from = int64(fresh.counting)
	for e := range a.entries {
		fresh.entries[fresh.names.of(e)] = newEntry()
	}
	*a = *fresh
}

func (a *aggregate) entry(e stats.Endpoint) *entry {
	e = a.names.of(e)
	if a.entries[e] == nil {
		a.entries[e] = newEntry()
	}
	return a.entries[e]
}

// update changes an endpoint's entry and keeps count of its size.
func (a *aggregate) update(e stats.Endpoint, change func(*entry)) {
	of := a.entry(e)
	a.bytes -= of.hist.Size()
	change(of)
	a.bytes += of.hist.Size()
	for a.bytes > a.room && a.foldLargest() {
	}
}

// foldLargest counts the largest endpoint with the others from now on, and every new one. It
// tells whether there was one.
func (a *aggregate) foldLargest() bool {
	a.names.limit = 0
	var largest stats.Endpoint
	size := 0
	for e, of := range a.entries {
		if n := of.hist.Size(); n > size && e != others() {
			largest, size = e, n
		}
	}
	if size == 0 {
		return false
	}
	folded := a.entries[largest]
	delete(a.entries, largest)
	delete(a.names.known, largest)
	rest := a.entry(others())
	a.bytes -= size + rest.hist.Size()
	rest.absorb(folded)
	a.bytes += rest.hist.Size()
	return true
}

// addStats merges a report of a Python worker whose clock is behind by some seconds.
// The total is the sum of its entries, so that the rows always add up. Totals and
// percentiles take reports whole, as Locust's do; what is counted by second leaves out
// the seconds before a reset.
func (a *aggregate) addStats(now time.Time, r wire.StatsReport, behind float64) {
	shift := math.Round(behind)
	for _, e := range r.Stats {
		requests, failures := a.counted(now, e.RequestsPerSec, int64(shift)), a.counted(now, e.FailuresPerSec, int64(shift))
		add := func(to *entry) {
			to.addStats(e)
			to.requestsAt.addAll(requests)
			to.failuresAt.addAll(failures)
		}
		a.update(stats.Endpoint{Method: e.Method, Name: e.Name}, add)
		add(a.total)
		recordBuckets(a.recentAt(now.Unix()), e.ResponseTimes)
	}
	for _, e := range r.Errors {
		a.addFailure(stats.Endpoint{Method: e.Method, Name: e.Name}, e.Error, e.Occurrences,
			orElse(e.FirstSeen, now)+shift, orElse(e.LastSeen, now)+shift)
	}
}

// counted are those of a worker's seconds that count, on our clock: none from before the
// reset, and none from the future.
func (a *aggregate) counted(now time.Time, in map[int64]int64, shift int64) map[int64]int64 {
	out := map[int64]int64{}
	for second, n := range in {
		if second += shift; second >= a.from && second <= now.Unix()+maxAhead {
			out[second] += n
		}
	}
	return out
}

func orElse(t *float64, now time.Time) float64 {
	if t == nil {
		return unix(now)
	}
	return *t
}

// addReport merges our worker's slices.
func (a *aggregate) addReport(now time.Time, r report) {
	for _, s := range r.parsed {
		if s.second < a.from || s.second > now.Unix()+maxAhead {
			continue
		}
		a.update(s.endpoint, func(e *entry) { e.addSlice(s) })
		a.total.addSlice(s)
		if s.second > now.Unix()-recentSeconds {
			recent := a.recentAt(s.second)
			recent.Merge(s.ok.hist)
			recent.Merge(s.failed.hist)
		}
	}
	for _, e := range r.Errors {
		if e.Second >= a.from && e.Second <= now.Unix()+maxAhead && !e.Unsent {
			a.addFailure(stats.Endpoint{Method: e.Method, Name: e.Name}, e.Error, e.Occurrences, float64(e.Second), float64(e.Second))
		}
	}
}

func (a *aggregate) addFailure(e stats.Endpoint, text string, n int64, first, last float64) {
	key := errorKey{endpoint: a.names.of(e), text: shorten(text, maxText)}
	if a.failures[key] == nil {
		if len(a.failures) >= maxFailures {
			key = errorKey{endpoint: others(), text: locust.OtherErrors}
		}
		if a.failures[key] == nil {
			a.failures[key] = &failure{firstSeen: first}
		}
	}
	f := a.failures[key]
	f.occurrences = plus(f.occurrences, n)
	f.firstSeen, f.lastSeen = min(f.firstSeen, first), max(f.lastSeen, last)
}

// recentAt is the histogram of a second, having dropped those that are too old.
func (a *aggregate) recentAt(sec int64) *stats.Histogram {
	if a.recent[sec] == nil {
		for old := range a.recent {
			if old < sec-2*recentSeconds {
				delete(a.recent, old)
			}
		}
		a.recent[sec] = stats.NewHistogram()
	}
	return a.recent[sec]
}

// current is the histogram of the last seconds before now.
func (a *aggregate) current(now time.Time) *stats.Histogram {
	h := stats.NewHistogram()
	for sec, recent := range a.recent {
		if sec > now.Unix()-recentSeconds {
			h.Merge(recent)
		}
	}
	return h
}
