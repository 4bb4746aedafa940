package run

import (
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/failure"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/flow"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// totals is a window read from a master's totals.
type totals struct {
	flow  *flow.Flow
	start time.Time
	// opening is how far the totals reached when they were reset.
	opening flow.Coverage
	// workers is how many have users.
	workers int
}

// opened is when the span began that the totals cover. What a worker has done since its
// last report is in no total yet, so the window's totals begin before the reset: by the
// average age of the last reports.
func (w *totals) opened() time.Time { return w.start.Add(-w.opening.Age()) }

// pauses are those that the flow of reports shows.
func (w *totals) pauses() validity.Pauses {
	out := validity.Pauses{}
	for worker, stood := range w.flow.Stood() {
		out.Add(locust.Pause{Worker: worker, StoodMicros: stood.Microseconds()})
	}
	return out
}

func measuredFromCSV(start time.Time, seconds, edgeError float64, rows []locust.Row, total locust.Row, failures []locust.Failure) *result.Measured {
	m := &result.Measured{
		Start: start.UTC(), Duration: seconds,
		Requests: total.Requests, Failures: total.Failures,
		Latency:   latencyOf(total),
		EdgeError: edgeError,
		Endpoints: []result.EndpointResult{},
	}
	for _, r := range rows {
		m.Endpoints = append(m.Endpoints, result.EndpointResult{
			Endpoint: endpoint(r.Method, r.Name), Requests: r.Requests, Failures: r.Failures, Latency: latencyOf(r),
		})
	}
	for _, f := range failures {
		m.Errors = append(m.Errors, result.ErrorCount{Endpoint: endpoint(f.Method, f.Name), Error: f.Error, Occurrences: f.Occurrences})
	}
	takeUnsentOut(m)
	m.Errors = worded(m.Errors)
	m.RPS = float64(m.Requests) / seconds
	return m
}

func latencyOf(r locust.Row) result.Latency {
	return result.Latency{P50: r.P50, P90: r.P90, P95: r.P95, P99: r.P99, P999: r.P999, Mean: r.Mean, Min: r.Min, Max: r.Max}
}

// worded puts Python's failures in our words, and counts together those that now read alike.
func worded(errors []result.ErrorCount) (out []result.ErrorCount) {
	for _, e := range errors {
		e.Error = failure.Plain(strings.TrimPrefix(e.Error, locust.NotSent))
		same := slices.IndexFunc(out, func(x result.ErrorCount) bool {
			return x.Endpoint == e.Endpoint && x.Error == e.Error && x.Unsent == e.Unsent
		})
		if same < 0 {
			out = append(out, e)
		} else {
			out[same].Occurrences += e.Occurrences
		}
	}
	return out
}
