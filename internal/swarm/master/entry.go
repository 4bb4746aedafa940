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
	// last is the newest request in Unix seconds; 0 when there is none.
	last                float64
	perSecond, failedAt map[int64]int64
}

// keepSeconds is how many seconds of counts the current rates need, and some.
const keepSeconds = 30

func newEntry() *entry {
	return &entry{min: math.Inf(1), hist: stats.NewHistogram(), perSecond: map[int64]int64{}, failedAt: map[int64]int64{}}
}

// addStats merges a Python worker's entry, whose timestamps are shifted.
func (e *entry) addStats(in wire.StatsEntry, shift float64) {
	e.requests += in.Requests
	e.none += in.NoneRequests
	e.failures += in.Failures
	e.sum += in.TotalResponseTime
	e.bytes += in.TotalContentLength
	if in.Requests > 0 {
		e.max = max(e.max, in.MaxResponseTime)
		if in.MinResponseTime != nil {
			e.min = min(e.min, *in.MinResponseTime)
		}
	}
	if in.LastRequest != nil {
		e.last = max(e.last, *in.LastRequest+shift)
	}
	recordBuckets(e.hist, in.ResponseTimes)
	e.addSeconds(e.perSecond, in.RequestsPerSec, int64(shift))
	e.addSeconds(e.failedAt, in.FailuresPerSec, int64(shift))
	e.prune()
}

// addSeconds leaves out seconds that are too old to be shown, or made up.
func (e *entry) addSeconds(to, in map[int64]int64, shift int64) {
	for sec, n := range in {
		if sec += shift; sec > int64(e.last)-keepSeconds && sec <= int64(e.last)+1 {
			to[sec] += n
		}
	}
}

// recordBuckets adds Locust's buckets of whole milliseconds.
func recordBuckets(h *stats.Histogram, buckets map[int64]int64) {
	// Beyond the ceiling any value counts alike, and must not overflow on its way to microseconds.
	const beyond = stats.HighestMicros/1000 + 1
	for ms, n := range buckets {
		h.RecordN(min(max(ms, 0), beyond)*1000, n)
	}
}

// addSample merges one second of our worker.
func (e *entry) addSample(s sample) {
	ok, failed := s.ok.count(), s.failed.count()
	if ok+failed == 0 {
		return
	}
	e.requests += ok + failed
	e.failures += failed
	e.bytes += s.bytes
	for _, h := range []*stats.Histogram{s.ok.hist, s.failed.hist} {
		if h == nil || h.Count() == 0 {
			continue
		}
		e.hist.Merge(h)
		e.sum += ms(h.Mean()) * float64(h.Count())
		e.min = min(e.min, ms(h.Min()))
		e.max = max(e.max, ms(h.Max()))
	}
	e.last = max(e.last, float64(s.second+1))
	e.perSecond[s.second] += ok + failed
	if failed > 0 {
		e.failedAt[s.second] += failed
	}
	e.prune()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (e *entry) prune() {
	if len(e.perSecond)+len(e.failedAt) < 3*keepSeconds {
		return
	}
	for _, m := range []map[int64]int64{e.perSecond, e.failedAt} {
		for sec := range m {
			if sec < int64(e.last)-keepSeconds {
				delete(m, sec)
			}
		}
	}
}

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

// rate is n per second from the start to the newest request.
func (e *entry) rate(n int64, started time.Time) float64 {
	return ratio(float64(n), e.last-float64(started.UnixMicro())/1e6)
}

// current is the mean of counts over the seconds [last-12, last-3], which all
// workers have reported by then (locust.md 1.7).
func current(counts map[int64]int64, last float64, started time.Time) float64 {
	if last == 0 {
		return 0
	}
	from, to := max(int64(last)-12, started.Unix()), int64(last)-2
	var n int64
	for sec := from; sec < to; sec++ {
		n += counts[sec]
	}
	return ratio(float64(n), float64(to-from))
}

// ratio is a/b, and 0 where that is undefined or negative.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}
