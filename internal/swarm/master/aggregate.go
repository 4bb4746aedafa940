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
	// maxFailures bounds the kinds of failure that are kept.
	maxFailures = 5000
	// recentSeconds is the span of the "current" percentiles.
	recentSeconds = 10
	// maxSkew is the difference between a worker's clock and ours, in seconds, that
	// passes for delay; more is taken out of its timestamps.
	maxSkew = 10
)

// others is where endpoints beyond maxEndpoints are counted.
func others() stats.Endpoint { return stats.Endpoint{Name: locust.OtherEndpoints} }

// aggregate is the statistics since the load's start or the last reset.
type aggregate struct {
	started time.Time
	// from is the first second of slices that count.
	from    int64
	entries map[stats.Endpoint]*entry
	total   *entry
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
		started: now,
		// A worker's clock may be a little behind; what is of the last load is kept out otherwise.
		from:    now.Unix() - 1,
		entries: map[stats.Endpoint]*entry{}, total: newEntry(),
		recent: map[int64]*stats.Histogram{}, failures: map[errorKey]*failure{},
	}
}

// reset zeroes everything and keeps the endpoints, as Locust does.
func (a *aggregate) reset(now time.Time) {
	fresh := newAggregate(now)
	fresh.from = now.Unix()
	for e := range a.entries {
		fresh.entries[e] = newEntry()
	}
	*a = *fresh
}

func (a *aggregate) entry(e stats.Endpoint) *entry {
	if a.entries[e] == nil {
		if len(a.entries) >= maxEndpoints {
			e = others()
		}
		if a.entries[e] == nil {
			a.entries[e] = newEntry()
		}
	}
	return a.entries[e]
}

// addStats merges a Python worker's report. The total is the sum of its
// entries, so that the rows always add up.
func (a *aggregate) addStats(now time.Time, r wire.StatsReport) {
	shift := skew(now, r)
	for _, e := range r.Stats {
		for _, to := range []*entry{a.entry(stats.Endpoint{Method: e.Method, Name: e.Name}), a.total} {
			to.addStats(e, shift)
		}
		recordBuckets(a.recentAt(now.Unix()), e.ResponseTimes)
	}
	for _, e := range r.Errors {
		a.addFailure(stats.Endpoint{Method: e.Method, Name: e.Name}, e.Error, e.Occurrences,
			orElse(e.FirstSeen, now)+shift, orElse(e.LastSeen, now)+shift)
	}
}

func orElse(t *float64, now time.Time) float64 {
	if t == nil {
		return float64(now.UnixMilli()) / 1000
	}
	return *t
}

// skew is what to add to a worker's timestamps, in whole seconds; 0 for what may be delay (issues #2300, #38 of Locust).
func skew(now time.Time, r wire.StatsReport) float64 {
	var last float64
	for _, e := range r.Stats {
		if e.LastRequest != nil {
			last = max(last, *e.LastRequest)
		}
	}
	diff := math.Round(float64(now.UnixMilli())/1000 - last)
	if last == 0 || math.Abs(diff) <= maxSkew {
		return 0
	}
	return diff
}

// addReport merges our worker's slices.
func (a *aggregate) addReport(now time.Time, r report) {
	for _, s := range r.samples {
		if s.second < a.from || s.second > now.Unix()+maxAhead {
			continue
		}
		a.entry(s.endpoint).addSample(s)
		a.total.addSample(s)
		if s.second > now.Unix()-recentSeconds {
			recent := a.recentAt(s.second)
			recent.Merge(s.ok.hist)
			recent.Merge(s.failed.hist)
		}
	}
	for _, e := range r.Errors {
		if e.Second >= a.from && !e.Unsent {
			a.addFailure(stats.Endpoint{Method: e.Method, Name: e.Name}, e.Error, e.Occurrences, float64(e.Second), float64(e.Second))
		}
	}
}

func (a *aggregate) addFailure(e stats.Endpoint, text string, n int64, first, last float64) {
	key := errorKey{endpoint: e, text: text}
	if a.failures[key] == nil {
		if len(a.failures) >= maxFailures {
			key = errorKey{endpoint: others(), text: locust.OtherErrors}
		}
		if a.failures[key] == nil {
			a.failures[key] = &failure{firstSeen: first}
		}
	}
	f := a.failures[key]
	f.occurrences += n
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
