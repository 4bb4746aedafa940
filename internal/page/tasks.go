package page

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

const unknown = "–"

func endpointsOf(r report.Row) []Endpoint {
	out := []Endpoint{}
	m := r.Numbers()
	if m == nil {
		return out
	}
	for _, e := range m.Endpoints {
		row := Endpoint{
			Name: report.EndpointName(e.Endpoint), Requests: e.Requests, Failures: e.Failures,
			Failed: unknown, P50: unknown, P95: unknown, P99: unknown, UnderWay: report.UnderWay(e.Flight),
		}
		if e.Requests > 0 {
			row.Failed = analysis.FormatPercent(analysis.FailurePercent(e.Failures, e.Requests)) + " %"
			row.P50, row.P95, row.P99 = report.Millis(e.Latency.P50), report.Millis(e.Latency.P95), report.Millis(e.Latency.P99)
		}
		out = append(out, row)
	}
	return out
}

// mostErrors is how many kinds of errors a row shows: texts with ids in them are as many as
// there are requests.
const mostErrors = 100

// errorsOf are the most frequent kinds of errors, and how many there are besides.
func errorsOf(r report.Row) (out []Failure, more int) {
	out = []Failure{}
	m := r.Numbers()
	if m == nil {
		return out, 0
	}
	all, start := report.Errors(m), loadStart(r.Record)
	for _, e := range all[:min(len(all), mostErrors)] {
		out = append(out, Failure{
			Task: report.EndpointName(e.Endpoint), Text: words.OneLine(e.Error), Count: e.Occurrences,
			First: seconds(e.First, start), Last: seconds(e.Last, start), Unsent: e.Unsent,
		})
	}
	return out, len(all) - len(out)
}

// loadStart is where the seconds of a row's charts begin; without any, where its window does.
func loadStart(rec *result.Record) time.Time {
	if rec.Series != nil {
		return time.Unix(rec.Series.Start, 0)
	}
	return rec.Measured.Start
}

// sharesOf is how the load was shared out, and who counted it, or why that is not known.
func sharesOf(r report.Row) ([]Share, string) {
	o, out := r.Record.Observed, []Share{}
	s := o.TargetShares
	switch {
	case s == nil && o.SharesUnknown != "":
		return out, "not available: " + words.OneLine(o.SharesUnknown)
	case s == nil && r.Numbers() == nil:
		return out, "not available: nothing was measured"
	case s == nil:
		return out, "not available: nobody counted it"
	}
	for _, part := range s.Replicas {
		out = append(out, Share{words.OneLine(part.ID), digits(part.Share, 4), shareText(part, s.Unit)})
	}
	return out, "counted by " + words.OneLine(s.Source) + ", from just before the window to just after it"
}

func shareText(part result.ReplicaShare, unit string) string {
	text := fmt.Sprintf("%.1f %%: %.0f requests", 100*part.Share, part.Amount)
	if unit == result.ByCPU {
		text = fmt.Sprintf("%.1f %%: %s cores", 100*part.Share, report.Rate(part.Amount))
	}
	if part.Connections != nil {
		text += fmt.Sprintf(" over %d connections", *part.Connections)
	}
	return text
}
