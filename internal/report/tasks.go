package report

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// tasks lists each task of each scenario's window, including those without a request that
// ended.
func (d *markdown) tasks() {
	var rows [][]string
	for _, r := range d.Rows {
		if m := r.Numbers(); m != nil {
			for _, e := range m.Endpoints {
				rows = append(rows, taskRow(r, m, e))
			}
		}
	}
	if len(rows) == 0 {
		return
	}
	d.section(2, "Tasks")
	d.table([]string{"Replicas", "Workers", "Users", "Task", "RPS", "Mean (ms)", "Median (ms)", "P90 (ms)", "P95 (ms)", "P99 (ms)", "P99.9 (ms)", "Failures (%)", "Requests", "Under way at the end"}, rows)
}

func taskRow(r Row, m *result.Measured, e result.EndpointResult) []string {
	k := r.Record.Key
	row := []string{
		fmt.Sprint(k.Replicas), dash(known(r.Workers())), fmt.Sprint(k.Users), escape(EndpointName(e.Endpoint)),
		analysis.FormatRPS(float64(e.Requests) / m.Duration),
	}
	row = append(row, taskLatencies(e)...)
	if e.Requests == 0 {
		row = append(row, "–")
	} else {
		row = append(row, analysis.FormatPercent(analysis.FailurePercent(e.Failures, e.Requests)))
	}
	return append(row, fmt.Sprint(e.Requests), UnderWay(e.Flight))
}

// taskLatencies are the mean and every percentile, with a dash for what was not kept.
func taskLatencies(e result.EndpointResult) []string {
	cells := []string{escape(Millis(e.Latency.Mean))}
	for _, p := range analysis.Percentiles() {
		cell := "–"
		if ms, kept := p.Of(e.Latency); kept {
			cell = escape(Millis(ms))
		}
		cells = append(cells, cell)
	}
	if e.Requests == 0 {
		return slices.Repeat([]string{"–"}, len(cells))
	}
	return cells
}

// Millis is a latency for people. One below a millisecond is not rounded up: next to a
// bound of 1ms that it meets, that would be a contradiction.
func Millis(ms float64) string {
	if ms > 0 && ms < 1 {
		return "<1"
	}
	return fmt.Sprint(analysis.WholeMillis(ms))
}

// UnderWay says how many requests of a task did not end in the window; a dash where that is not known.
func UnderWay(f *result.Flight) string {
	switch {
	case f == nil:
		return "–"
	case f.AtEnd == 0:
		return "0"
	}
	return fmt.Sprintf("%d, the oldest for %s", f.AtEnd, analysis.Seconds(f.Oldest/1000))
}
