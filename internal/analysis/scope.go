package analysis

import (
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// scope is what an objective is about: a whole window, or one task's part of it.
type scope struct {
	requests, failures int64
	seconds            float64
	latency            result.Latency
	// success is over the successes only; nil when there are none, or they are not known.
	success *result.Latency
	flight  *result.Flight
	// exact and edgeError are as in result.Measured.
	exact     bool
	edgeError float64
	// batches are the part in batches, as stats.Batches encodes them; empty if not kept.
	batches string
	reader  *Reader
	// waiting is the share of all users that waits for an answer on average.
	waiting float64
}

// scopeOf is an endpoint's part of a window, or all of it for no endpoint; false if the
// record has no such endpoint.
func scopeOf(m *result.Measured, endpoint string) (scope, bool) {
	if endpoint == "" {
		return whole(m), true
	}
	for _, e := range m.Endpoints {
		if e.Endpoint.String() == endpoint {
			s := scope{
				requests: e.Requests, failures: e.Failures, seconds: m.Duration, latency: e.Latency, success: e.Success,
				flight: e.Flight, exact: m.Exact, edgeError: m.EdgeError, batches: e.Batches,
			}
			return s.known(), true
		}
	}
	return scope{}, false
}

func whole(m *result.Measured) scope {
	return scope{
		requests: m.Requests, failures: m.Failures, seconds: m.Duration, latency: m.Latency, success: m.Success,
		flight: m.Flight, exact: m.Exact, edgeError: m.EdgeError, batches: m.Batches,
	}.known()
}

// waiting is the share of a record's users that waits for an answer on average: rate × mean
// latency is how many do (Little). 0 where the users are not known.
func waiting(rec *result.Record) float64 {
	users := float64(rec.Key.Users)
	if users <= 0 || rec.Measured == nil {
		return 0
	}
	return min(rec.Measured.RPS*rec.Measured.Latency.Mean/1000/users, 1)
}

// known takes the latencies of all requests as those of the successes if nothing failed.
func (s scope) known() scope {
	if s.success == nil && s.failures == 0 && s.requests > 0 {
		s.success = &s.latency
	}
	return s
}

func (s scope) failureRatio() float64 {
	if s.requests == 0 {
		return 0
	}
	return float64(s.failures) / float64(s.requests)
}

// limit is a latency's bound.
func limit(o experiment.Objective) time.Duration { return span(o.Bound) }

func span(millis float64) time.Duration {
	return time.Duration(math.Round(millis * float64(time.Millisecond)))
}
