package analysis

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// The thresholds of doubt.
const (
	// tailValues is how many values must lie above a percentile, or it is one of
	// the few largest. For p99 that is 1000 requests (measuring.md 10).
	tailValues = 10
	// fewRequests and veryFewRequests follow from it for p99 and p95.
	fewRequests     = tailValues * 100
	veryFewRequests = tailValues * 20
	// Percent of what a worker may use (measuring.md 10). A mean over 90 makes the attempt INVALID.
	highMeanCPU = 70
	highMaxCPU  = 90
	// bucketError is the largest relative error of Python Locust's percentiles (locust-protocol.md 18).
	bucketError = .05
	// smallEdge is an error at the window's edges that is too small to mention.
	smallEdge = .0005
	// shortWindow is how much of the planned window may be missing.
	shortWindow = .01
	// smallLag is the part of a bound that may be the instrument's own.
	smallLag = .1
)

// AllFailed is the doubt about a row without a request that succeeded.
const AllFailed = "every request failed"

// unsettled is the doubt about a window of duration auto that did not come to its steady state.
const unsettled = "no end of the warm-up was found, so that nothing was decided early and the whole window counts, warm-up included; a longer --max-duration may find it"

// notReached is the doubt about a row in which much of the load got no connection.
const notReached = "the target could not be reached: it was down, or turned connections away, see Failures"

// doubts gathers what is doubtful about a row, its record's own warnings first.
func (r *Row) doubts(derived []result.Finding, earlier []string) []string {
	rec, out := r.Record, slices.Clone(r.Record.Warnings)
	if rec.Terminal && rec.Attempt > 1 {
		out = append(out, earlier...)
	}
	if measured(*rec) {
		out = append(out, countDoubts(rec.Measured)...)
		if s := rec.Measured.Stopped; s != nil && s.Unsettled {
			out = append(out, unsettled)
		}
		out = append(out, flightDoubts(rec.Measured, r.Judgement)...)
		out = append(out, result.Texts(derived)...)
	}
	for _, o := range r.Judgement.Outcomes {
		out = append(out, o.Doubts...)
	}
	if r.Unreached() {
		out = append(out, notReached)
	}
	return out
}

// derived are the findings that follow from a measured record's numbers.
func (r *Row) derived(planned float64) []result.Finding {
	rec := r.Record
	return slices.Concat(instrumentDoubts(rec.Measured, rec.Observed, planned), lagDoubts(rec.Observed.Lag, r.Judgement), r.Steadiness.doubts(*rec))
}

// lagDoubts tells of the lowest bound that the instrument's own delay is not small against.
func lagDoubts(lag *result.Lag, j Judgement) []result.Finding {
	var lowest *experiment.Objective
	for _, o := range j.Outcomes {
		if o.Objective.Latency() && lag != nil && lagOf(lag, o.Objective.Metric) > smallLag*o.Objective.Bound &&
			(lowest == nil || o.Objective.Bound < lowest.Bound) {
			lowest = &o.Objective
		}
	}
	if lowest == nil {
		return nil
	}
	return []result.Finding{validity.LagTooLong.Doubts(lowest)}
}

// lagOf is the delay that moves a metric: a long one of few requests moves no median.
func lagOf(lag *result.Lag, m v1alpha1.Metric) float64 {
	if m == v1alpha1.MetricP50 || m == v1alpha1.MetricMean {
		return lag.P50
	}
	return lag.P99
}

// measured tells whether a record has numbers to doubt.
func measured(rec result.Record) bool {
	return rec.Measured != nil && (rec.Status == result.Success || rec.Status == result.Invalid)
}

// invalidBefore tells of the attempts before the ones that stand, for each key.
func invalidBefore(run *result.Run) map[matrix.Key][]string {
	out := map[matrix.Key][]string{}
	for i := range run.Records {
		if a := &run.Records[i]; !a.Terminal && a.Status == result.Invalid {
			out[a.Key] = append(out[a.Key], "an earlier attempt was "+a.StatusText())
		}
	}
	return out
}

func countDoubts(m *result.Measured) []string {
	switch {
	case m.Requests == 0:
		return []string{"no request completed"}
	case m.Failures >= m.Requests:
		return []string{AllFailed}
	case m.Requests < veryFewRequests:
		return []string{fmt.Sprintf("fewer than %d requests: p95 and p99 are among the few largest values", veryFewRequests)}
	case m.Requests < fewRequests:
		return []string{fmt.Sprintf("fewer than %d requests: p99 is one of the few largest values", fewRequests)}
	}
	return nil
}

func instrumentDoubts(m *result.Measured, o result.Observed, planned float64) (out []result.Finding) {
	if !m.Exact && m.Requests > 0 {
		out = append(out, validity.Bucketed.Doubts(share(bucketError)))
	}
	if m.EdgeError > smallEdge {
		out = append(out, validity.EdgesUnknown.Doubts(share(m.EdgeError)))
	}
	if o.CPUMean > highMeanCPU || o.CPUMax > highMaxCPU {
		out = append(out, validity.CPUHigh.Doubts(highMeanCPU, highMaxCPU))
	}
	if planned > 0 && !m.Stopped.Early() && m.Duration+m.Stopped.LeftOut() < planned*(1-shortWindow) {
		out = append(out, validity.WindowTooShort.Doubts(trim(m.Duration, 1), trim(planned, 1)))
	}
	return out
}

// Caveats are the doubts about the run as a whole, a line each; docs/reports.md has more
// of them ("What no row says").
func Caveats(run *result.Run, rows []Row) []string {
	var out []string
	if len(run.Judged().Objectives) > 0 && slices.ContainsFunc(rows, func(r Row) bool { return r.answered() != nil && r.Intervals == nil }) {
		out = append(out, "Verdicts compare point estimates: what is near a bound may fall either way.")
	}
	if slices.ContainsFunc(rows, func(r Row) bool { return r.Intervals != nil }) && !repeats(rows) {
		out = append(out, "Intervals are of one window each: what differs from one to the next is not in them.")
	}
	if slices.ContainsFunc(rows, func(r Row) bool { m := r.answered(); return m != nil && m.Stopped.Early() }) {
		out = append(out, "Windows ended when the SLO was decided: that decision is the verdict, whatever an interval holds.")
	}
	if unknownFlight(rows) {
		out = append(out, "What was still under way when a window closed is not known.")
	}
	if why, unknown := unknownShares(rows); unknown {
		out = append(out, "How the load was shared out among the replicas is not known"+why)
	}
	switch searches := run.Judged().Searches(); {
	case searches && !run.Header.Sentinel:
		out = append(out, "Scenarios were measured as the search came to them, most of them once: drift looks like scaling; with order: random it is watched for.")
	case !searches && several(rows) && slices.IsSorted(run.Header.Order) && !repeats(rows):
		out = append(out, "Each scenario was measured once, in listed order: drift looks like scaling.")
	}
	return out
}

// unknownShares tells whether some row with several replicas does not say what each was
// given, and why.
func unknownShares(rows []Row) (why string, unknown bool) {
	for _, r := range rows {
		o := r.Record.Observed
		if r.Rankable() && r.Record.Key.Replicas > 1 && o.TargetShares == nil {
			unknown = true
			if why == "" && o.SharesUnknown != "" {
				why = " (" + o.SharesUnknown + ")"
			}
		}
	}
	return why + ".", unknown
}

// several tells whether there is anything to compare.
func several(rows []Row) bool {
	n := 0
	for _, r := range rows {
		if r.Rankable() {
			n++
		}
	}
	return n > 1
}

func repeats(rows []Row) bool {
	return slices.ContainsFunc(rows, func(r Row) bool { return r.Record.Key.Round > 1 })
}
