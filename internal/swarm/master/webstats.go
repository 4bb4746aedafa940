package master

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// maxRows is how many rows Locust's JSON shows; the CSV has all.
const maxRows = 500

// row is an entry with its name.
type row struct {
	stats.Endpoint
	*entry
}

// rows are sorted by name, with the aggregated one last.
func (a *aggregate) rows() []row {
	var out []row
	for _, e := range slices.SortedFunc(maps.Keys(a.entries), stats.Endpoint.Compare) {
		out = append(out, row{e, a.entries[e]})
	}
	return append(out, row{stats.Endpoint{Name: "Aggregated"}, a.total})
}

// failureRow is a kind of failure with its name.
type failureRow struct {
	errorKey
	*failure
}

func (a *aggregate) failureRows() []failureRow {
	var out []failureRow
	for _, k := range slices.SortedFunc(maps.Keys(a.failures), errorKey.compare) {
		out = append(out, failureRow{k, a.failures[k]})
	}
	return out
}

// serveStats answers /stats/requests with the keys of Locust 2.47 (locust-protocol.md
// 30). It is not memoised.
func (m *Master) serveStats(w http.ResponseWriter, _ *http.Request) {
	var report map[string]any
	m.do(func(c *core, now time.Time) { report = c.statsJSON(now) })
	writeJSON(w, report)
}

func (c *core) statsJSON(now time.Time) map[string]any {
	a, over := c.stats, c.rateSpan(now)
	rows := a.rows()
	total := rows[len(rows)-1].json(over)
	shown := []map[string]any{}
	for _, r := range rows[:min(maxRows, len(rows)-1)] {
		shown = append(shown, r.json(over))
	}
	report := map[string]any{
		"stats":      append(shown, total),
		"errors":     a.errorList(),
		"fail_ratio": a.total.failRatio(),
		"current_response_time_percentiles": map[string]any{
			"response_time_percentile_0.5":  currentQuantile(a.current(now), 0.5),
			"response_time_percentile_0.95": currentQuantile(a.current(now), 0.95),
		},
		"workers":      c.workerList(),
		"worker_count": c.workerCount(),
		"state":        c.state,
		"user_count":   c.userCount(),
	}
	for _, key := range []string{"current_rps", "current_fail_per_sec", "total_rps", "total_fail_per_sec"} {
		report[key] = total[key]
	}
	return report
}

func (r row) json(over rateSpan) map[string]any {
	return map[string]any{
		"method": r.Method, "name": r.Name,
		"num_requests": r.requests, "num_failures": r.failures,
		"min_response_time": math.Round(r.minimum()), "max_response_time": math.Round(r.max),
		"current_rps":                   over.current(&r.requestsAt),
		"current_fail_per_sec":          over.current(&r.failuresAt),
		"avg_response_time":             r.average(),
		"median_response_time":          r.quantile(0.5),
		"total_rps":                     over.rate(&r.requestsAt),
		"total_fail_per_sec":            over.rate(&r.failuresAt),
		"response_time_percentile_0.95": r.quantile(0.95),
		"response_time_percentile_0.99": r.quantile(0.99),
		"avg_content_length":            r.averageSize(),
	}
}

// currentQuantile is null when there was no request, as Locust's is without a snapshot.
func currentQuantile(h *stats.Histogram, q float64) any {
	if h.Count() == 0 {
		return nil
	}
	return math.Round(ms(h.Quantile(q)))
}

func (a *aggregate) errorList() []map[string]any {
	out := []map[string]any{}
	rows := a.failureRows()
	for _, f := range rows[:min(maxRows, len(rows))] {
		out = append(out, map[string]any{
			"name": f.endpoint.Name, "method": f.endpoint.Method, "error": f.text,
			"occurrences": f.occurrences, "first_seen": f.firstSeen, "last_seen": f.lastSeen,
		})
	}
	return out
}

func (c *core) workerList() []map[string]any {
	out := []map[string]any{}
	for _, w := range c.sorted() {
		out = append(out, map[string]any{
			"id": w.id, "state": w.state, "user_count": w.userCount(), "cpu_usage": w.cpu, "memory_usage": w.memory,
		})
	}
	return out
}

// percentiles are the columns of the CSV (Locust's PERCENTILES_TO_REPORT).
func percentiles() []float64 {
	return []float64{0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1}
}

func (m *Master) serveStatsCSV(w http.ResponseWriter, _ *http.Request) {
	records := [][]string{strings.Split("Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"+
		"Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,"+
		"50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%", ",")}
	m.do(func(c *core, now time.Time) {
		over := c.rateSpan(now)
		for _, r := range c.stats.rows() {
			records = append(records, r.cells(over))
		}
	})
	writeCSV(w, "requests", records)
}

func (r row) cells(over rateSpan) []string {
	out := []string{
		r.Method, r.Name, strconv.FormatInt(r.requests, 10), strconv.FormatInt(r.failures, 10),
		number(r.quantile(0.5)), number(r.average()), number(r.minimum()), number(r.max), number(r.averageSize()),
		number(over.rate(&r.requestsAt)), number(over.rate(&r.failuresAt)),
	}
	for _, q := range percentiles() {
		if r.hist.Count() == 0 {
			out = append(out, "N/A")
			continue
		}
		out = append(out, number(r.quantile(q)))
	}
	return out
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func (m *Master) serveFailuresCSV(w http.ResponseWriter, _ *http.Request) {
	records := [][]string{{"Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen"}}
	m.do(func(c *core, _ time.Time) {
		for _, f := range c.stats.failureRows() {
			records = append(records, []string{
				f.endpoint.Method, f.endpoint.Name, unwrap(f.text), strconv.FormatInt(f.occurrences, 10),
				stamp(f.firstSeen), stamp(f.lastSeen),
			})
		}
	})
	writeCSV(w, "failures", records)
}

func stamp(unix float64) string { return time.Unix(int64(unix), 0).UTC().Format(time.RFC3339) }

// unwrap shows CatchResponseError('text') as text, as Locust does (locust-protocol.md 20).
func unwrap(text string) string {
	inner, ok := strings.CutPrefix(text, "CatchResponseError(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !ok || !closed || len(inner) < 2 || inner[0] != inner[len(inner)-1] || !strings.ContainsAny(inner[:1], `'"`) {
		return text
	}
	return inner[1 : len(inner)-1]
}

func (m *Master) serveExceptions(w http.ResponseWriter, _ *http.Request) {
	list := []map[string]any{}
	m.do(func(c *core, _ time.Time) {
		for _, e := range c.exceptions.list() {
			list = append(list, map[string]any{"count": e.count, "msg": e.msg, "traceback": e.traceback, "nodes": e.nodeList()})
		}
	})
	writeJSON(w, map[string]any{"exceptions": list})
}

func (m *Master) serveExceptionsCSV(w http.ResponseWriter, _ *http.Request) {
	records := [][]string{{"Count", "Message", "Traceback", "Nodes"}}
	m.do(func(c *core, _ time.Time) {
		for _, e := range c.exceptions.list() {
			records = append(records, []string{strconv.FormatInt(e.count, 10), e.msg, e.traceback, e.nodeList()})
		}
	})
	writeCSV(w, "exceptions", records)
}

func writeCSV(w http.ResponseWriter, name string, records [][]string) {
	w.Header().Set("Content-Type", "text/csv")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment;filename=%s.csv", name))
	// If the client is gone, that does not matter.
	_ = locust.WriteCSV(w, records)
}
