package report

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// standsOut is how many times the total's p95 or failure ratio an endpoint's may be
// before it is worth a look.
const standsOut = 3

// mostEndpoints is how many are shown unless all are asked for.
const mostEndpoints = 5

// outstanding tells whether an endpoint is much worse than the whole.
func outstanding(m *result.Measured, e result.EndpointResult) bool {
	if e.Requests == 0 || m.Requests == 0 {
		return false
	}
	ratio := float64(e.Failures) / float64(e.Requests)
	return e.Latency.P95 > standsOut*m.Latency.P95 || ratio > standsOut*m.FailureRatio()
}

// endpointRows are the lines of the table: each row's name with its endpoints, either all or
// mostEndpoints of those that stand out; left counts the others.
func (m *Model) endpointRows(all bool) (lines [][]string, left int) {
	shown := 0
	for _, r := range m.Rows {
		named := false
		for _, e := range endpointsOf(r, all) {
			if !all && shown == mostEndpoints {
				left++
				continue
			}
			if !named {
				lines, named = append(lines, []string{r.Name()}), true
			}
			lines, shown = append(lines, endpointCells(r.Numbers(), e)), shown+1
		}
	}
	return lines, left
}

func endpointsOf(r Row, all bool) []result.EndpointResult {
	m := r.Numbers()
	switch {
	case m == nil:
		return nil
	case all:
		return m.Endpoints
	}
	return slices.DeleteFunc(slices.Clone(m.Endpoints), func(e result.EndpointResult) bool { return !outstanding(m, e) })
}

// endpoints shows the endpoints of each row.
func (t *table) endpoints(all bool) {
	lines, left := t.endpointRows(all)
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(t)
	if !all {
		fmt.Fprintf(t, "over %d times the p95 or the failures of their whole row (--endpoints shows all):\n", standsOut)
	}
	header := []string{"Endpoint", "RPS", "p50 ms", "p95 ms", "p99 ms", "Failed", "Requests"}
	t.columns(append([][]string{header}, lines...), func(column int) bool { return column == 0 })
	if left > 0 {
		fmt.Fprintf(t, "  and %d more\n", left)
	}
}

func endpointCells(m *result.Measured, e result.EndpointResult) []string {
	name := "  " + shorten(EndpointName(e.Endpoint), maxEndpoint)
	cells := []string{name, analysis.FormatRPS(float64(e.Requests) / m.Duration), "–", "–", "–", "–", fmt.Sprint(e.Requests)}
	if e.Requests > 0 {
		cells[2], cells[3], cells[4] = Millis(e.Latency.P50), Millis(e.Latency.P95), Millis(e.Latency.P99)
		cells[5] = analysis.FormatPercent(analysis.FailurePercent(e.Failures, e.Requests)) + "%"
	}
	return cells
}

// maxEndpoint keeps the table within 80 columns.
const maxEndpoint = 30
