package worker

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// locustStats sums samples up for Python's master: what happened since the last report, with
// rounded response times (locust-protocol.md 15 and 18). It is used by the reporting
// goroutine alone.
type locustStats struct {
	endpoints []stats.Endpoint
	entries   map[int]*wire.StatsEntry
	total     *wire.StatsEntry
	errors    map[statsErrorKey]*wire.StatsError
	// since is when the present interval began, in Unix seconds.
	since float64
}

type statsErrorKey struct {
	endpoint int
	text     string
}

func newLocustStats(endpoints []stats.Endpoint, since float64) *locustStats {
	s := &locustStats{endpoints: endpoints, entries: map[int]*wire.StatsEntry{}, errors: map[statsErrorKey]*wire.StatsError{}, since: since}
	s.total = s.entry(stats.Endpoint{Name: "Aggregated"}) // as Locust names the total
	return s
}

func (s *locustStats) entry(e stats.Endpoint) *wire.StatsEntry {
	return &wire.StatsEntry{
		Name: e.Name, Method: e.Method, StartTime: s.since,
		ResponseTimes: map[int64]int64{}, RequestsPerSec: map[int64]int64{}, FailuresPerSec: map[int64]int64{},
	}
}

func (s *locustStats) add(e *outcome) {
	of := s.entries[e.endpoint]
	if of == nil {
		of = s.entry(s.endpoints[e.endpoint])
		s.entries[e.endpoint] = of
	}
	logRequest(of, e)
	logRequest(s.total, e)
	if e.failure != "" {
		s.fail(e)
	}
}

func logRequest(to *wire.StatsEntry, e *outcome) {
	at, ms := float64(e.at)/1e6, float64(e.nanos)/1e6
	if to.LastRequest == nil || *to.LastRequest < at {
		to.LastRequest = &at
	}
	if to.MinResponseTime == nil || ms < *to.MinResponseTime {
		to.MinResponseTime = &ms
	}
	to.MaxResponseTime = max(to.MaxResponseTime, ms)
	to.TotalResponseTime += ms
	to.TotalContentLength += e.bytes
	to.Requests++
	to.ResponseTimes[bucket(ms)]++
	to.RequestsPerSec[e.second()]++
	if e.failure != "" {
		to.Failures++
		to.FailuresPerSec[e.second()]++
	}
}

// fail counts a failure. Python's master has no other place for a request that could not be
// sent, so the text must say it.
func (s *locustStats) fail(e *outcome) {
	key := statsErrorKey{e.endpoint, e.failure}
	if e.unsent {
		key.text = locust.NotSent + e.failure
	}
	if s.errors[key] == nil && len(s.errors) >= maxErrorKinds {
		key.text = locust.OtherErrors
	}
	at := float64(e.at) / 1e6
	seen := s.errors[key]
	if seen == nil {
		of := s.endpoints[e.endpoint]
		seen = &wire.StatsError{Key: errorHash(of, key.text), Name: of.Name, Method: of.Method, Error: key.text, FirstSeen: &at}
		s.errors[key] = seen
	}
	seen.Occurrences++
	seen.LastSeen = &at
}

func errorHash(of stats.Endpoint, text string) string {
	sum := sha256.Sum256([]byte(of.Method + "." + of.Name + "." + text))
	return hex.EncodeToString(sum[:])
}

// take moves everything into r and begins a new interval at now, in Unix seconds.
func (s *locustStats) take(now float64, r *wire.StatsReport) {
	for _, endpoint := range slices.Sorted(maps.Keys(s.entries)) {
		r.Stats = append(r.Stats, *s.entries[endpoint])
	}
	r.Total = *s.total
	for _, e := range s.errors {
		r.Errors = append(r.Errors, *e)
	}
	slices.SortFunc(r.Errors, func(a, b wire.StatsError) int { return cmp.Compare(a.Key, b.Key) })
	*s = *newLocustStats(s.endpoints, now)
}

// bucket is Locust's rounding of a response time in milliseconds: whole ones
// under 100, then two significant digits, halves to even as Python's round.
func bucket(ms float64) int64 {
	switch {
	case ms < 100:
		return int64(math.RoundToEven(ms))
	case ms < 1000:
		return roundTo(ms, 10)
	case ms < 10000:
		return roundTo(ms, 100)
	}
	return roundTo(ms, 1000)
}

// roundTo rounds half to even exactly: ms/step is exact enough to tell a half,
// because a double that is a half of step has few digits.
func roundTo(ms float64, step int64) int64 {
	return int64(math.RoundToEven(ms/float64(step))) * step
}
