package master

import (
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// entry is one row of the statistics. Times are milliseconds; sums and extremes
// from Python workers are exact, percentiles are to their buckets.
type entry struct {
	requests, none, failures int64
	sum, min, max            float64
	bytes                    int64
	hist                     *stats.Histogram
	// requestsAt and failuresAt are what rates are made of.
	requestsAt, failuresAt counts
}

func newEntry() *entry { return &entry{min: math.Inf(1), hist: stats.NewHistogram()} }

// addStats merges a Python worker's entry, except for its seconds.
func (e *entry) addStats(in wire.StatsEntry) {
	e.requests = plus(e.requests, in.Requests)
	e.none = plus(e.none, in.NoneRequests)
	e.failures = plus(e.failures, in.Failures)
	e.sum += in.TotalResponseTime
	e.bytes = plus(e.bytes, in.TotalContentLength)
	if in.Requests > 0 {
		e.max = max(e.max, in.MaxResponseTime)
		if in.MinResponseTime != nil {
			e.min = min(e.min, *in.MinResponseTime)
		}
	}
	recordBuckets(e.hist, in.ResponseTimes)
}

// recordBuckets adds Locust's buckets of whole milliseconds.
func recordBuckets(h *stats.Histogram, buckets map[int64]int64) {
	// Beyond the ceiling all values count alike, and none may overflow when it becomes microseconds.
	const beyond = stats.HighestMicros/1000 + 1
	for ms, n := range buckets {
		h.RecordN(min(max(ms, 0), beyond)*1000, n)
	}
}

// addSlice merges one second of our worker.
func (e *entry) addSlice(s slice) {
	ok, failed := s.ok.count(), s.failed.count()
	if ok+failed == 0 {
		return
	}
	e.requests = plus(e.requests, ok+failed)
	e.failures = plus(e.failures, failed)
	e.bytes = plus(e.bytes, s.bytes)
	for _, h := range []*stats.Histogram{s.ok.hist, s.failed.hist} {
		if h == nil || h.Count() == 0 {
			continue
		}
		e.hist.Merge(h)
		e.sum += ms(h.Mean()) * float64(h.Count())
		e.min = min(e.min, ms(h.Min()))
		e.max = max(e.max, ms(h.Max()))
	}
	e.requestsAt.add(s.second, ok+failed)
	if failed > 0 {
		e.failuresAt.add(s.second, failed)
	}
}

// absorb adds another entry's figures.
func (e *entry) absorb(o *entry) {
	e.requests, e.none, e.failures = plus(e.requests, o.requests), plus(e.none, o.none), plus(e.failures, o.failures)
	e.sum, e.min, e.max = e.sum+o.sum, min(e.min, o.min), max(e.max, o.max)
	e.bytes = plus(e.bytes, o.bytes)
	e.hist.Merge(o.hist)
	e.requestsAt.absorb(&o.requestsAt)
	e.failuresAt.absorb(&o.failuresAt)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// average is the mean response time; 0 without any.
func (e *entry) average() float64 { return ratio(e.sum, float64(e.requests-e.none)) }

func (e *entry) averageSize() float64 { return ratio(float64(e.bytes), float64(e.requests)) }

func (e *entry) failRatio() float64 {
	if e.requests == 0 && e.failures > 0 {
		return 1
	}
	return ratio(float64(e.failures), float64(e.requests))
}

func (e *entry) minimum() float64 {
	if math.IsInf(e.min, 1) {
		return 0
	}
	return e.min
}

// quantile is in milliseconds, by nearest rank, and within the exact extremes.
func (e *entry) quantile(q float64) float64 {
	if e.hist.Count() == 0 {
		return 0
	}
	return math.Round(min(max(ms(e.hist.Quantile(q)), e.minimum()), e.max))
}

// ratio is a/b, and 0 where that is undefined or negative.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}
