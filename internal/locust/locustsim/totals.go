package locustsim

import (
	"cmp"
	"encoding/json"
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

// memoTime is how long /stats/requests is cached (locust-protocol.md 31).
const memoTime = 2 * time.Second

// entry is Locust's statistics of one endpoint, with its buckets (locust-protocol.md 18).
type entry struct {
	requests, failures int64
	sum, min, max      float64
	buckets            map[int]int64
}

func newEntry() *entry { return &entry{buckets: map[int]int64{}} }

func (e *entry) add(s sample) {
	ms := float64(s.latency) / float64(time.Millisecond)
	if e.requests == 0 {
		e.min = ms
	}
	e.requests++
	if s.failed {
		e.failures++
	}
	e.sum, e.min, e.max = e.sum+ms, min(e.min, ms), max(e.max, ms)
	e.buckets[bucket(ms)]++
}

// bucket rounds to two significant digits, from 100 ms on.
func bucket(ms float64) int {
	unit := 1.0
	for ms/unit >= 100 {
		unit *= 10
	}
	return int(math.Round(ms/unit) * unit)
}

func (e *entry) merge(o *entry) {
	if o.requests == 0 {
		return
	}
	if e.requests == 0 {
		e.min = o.min
	}
	e.requests, e.failures = e.requests+o.requests, e.failures+o.failures
	e.sum, e.min, e.max = e.sum+o.sum, min(e.min, o.min), max(e.max, o.max)
	for b, n := range o.buckets {
		e.buckets[b] += n
	}
}

func (e *entry) mean() float64 { return e.sum / max(float64(e.requests), 1) }

// percentile ranks one above the nearest rank, as Locust does.
func (e *entry) percentile(p float64) int {
	left, last := int64(float64(e.requests)*(1-p)), 0
	for _, b := range slices.Backward(slices.Sorted(maps.Keys(e.buckets))) {
		if last = b; e.buckets[b] > left {
			break
		}
		left -= e.buckets[b]
	}
	return last
}

// named is an entry with its name; the last one is the aggregated one.
type named struct {
	stats.Endpoint
	*entry
}

func (m *Master) rows() []named {
	total := newEntry()
	var out []named
	for _, e := range slices.SortedFunc(maps.Keys(m.entries), stats.Endpoint.Compare) {
		out = append(out, named{e, m.entries[e]})
		total.merge(m.entries[e])
	}
	return append(out, named{stats.Endpoint{Name: "Aggregated"}, total})
}

// serveStats answers with the fields of the version (locust-protocol.md 30), from the cache if Python's.
func (m *Master) serveStats(w http.ResponseWriter, _ *http.Request) {
	var body []byte
	m.do(func(now time.Time) {
		if m.ours() || m.memo == nil || now.Sub(m.memoAt) >= memoTime {
			m.memo, _ = json.Marshal(m.report(now))
			m.memoAt = now
		}
		body = m.memo
	})
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

func (m *Master) report(now time.Time) map[string]any {
	r := map[string]any{"state": m.state, "user_count": m.users(), "workers": m.workerList(), "errors": m.errorList()}
	rows := m.rows()
	list := []any{}
	for _, row := range rows {
		list = append(list, m.jsonRow(row, now))
	}
	r["stats"] = list
	total := rows[len(rows)-1]
	r["fail_ratio"] = float64(total.failures) / max(float64(total.requests), 1)
	r["total_rps"] = m.recent(now, (*stats.Tally).Requests)
	if m.atLeast(2, 43, 4) {
		r["total_rps"] = m.overall(total.entry, now)
	}
	if m.atLeast(2, 45) {
		r["current_rps"] = m.recent(now, (*stats.Tally).Requests)
	}
	if m.atLeast(2, 37, 2) {
		r["worker_count"] = m.live()
	}
	m.currentPercentiles(r, total.entry)
	return r
}

// recent is the rate over the last ten seconds.
func (m *Master) recent(now time.Time, of func(*stats.Tally) int64) float64 {
	var n int64
	for s := now.Unix() - 10; s < now.Unix(); s++ {
		for _, t := range m.seconds[s] {
			n += of(t)
		}
	}
	return float64(n) / 10
}

// overall is the rate since the start.
func (m *Master) overall(e *entry, now time.Time) float64 {
	return float64(e.requests) / max(now.Sub(m.swarmAt).Seconds(), 1)
}

func (m *Master) currentPercentiles(r map[string]any, e *entry) {
	var p50, p95 any
	if e.requests > 0 {
		p50, p95 = e.percentile(.5), e.percentile(.95)
	}
	switch {
	case m.atLeast(2, 30):
		r["current_response_time_percentiles"] = map[string]any{"response_time_percentile_0.5": p50, "response_time_percentile_0.95": p95}
	case m.atLeast(2, 22):
		r["current_response_time_percentiles"] = map[string]any{"response_time_percentile_0.95": p95}
	case m.atLeast(2, 15, 1):
		r["current_response_time_percentile_1"], r["current_response_time_percentile_2"] = p50, p95
	default:
		r["current_response_time_percentile_50"], r["current_response_time_percentile_95"] = p50, p95
	}
}

func (m *Master) jsonRow(row named, now time.Time) map[string]any {
	r := map[string]any{
		"method": row.Method, "name": row.Name, "num_requests": row.requests, "num_failures": row.failures,
		"min_response_time": math.Round(row.min), "max_response_time": math.Round(row.max),
		"current_rps": m.recent(now, (*stats.Tally).Requests), "current_fail_per_sec": m.recent(now, (*stats.Tally).Failures),
		"avg_response_time": row.mean(), "median_response_time": row.percentile(.5), "avg_content_length": 100,
	}
	if m.atLeast(2, 21) {
		r["response_time_percentile_0.95"], r["response_time_percentile_0.99"] = row.percentile(.95), row.percentile(.99)
	}
	if !m.atLeast(2, 28) {
		r["ninetieth_response_time"], r["ninety_ninth_response_time"] = row.percentile(.9), row.percentile(.99)
	}
	if m.atLeast(2, 31) {
		r["total_rps"], r["total_fail_per_sec"] = m.overall(row.entry, now), 0.0
	}
	if !m.atLeast(2, 37, 13) {
		r["safe_name"] = row.Name
	}
	return r
}

func (m *Master) errorList() []any {
	out := []any{}
	for _, row := range m.rows()[:len(m.entries)] {
		if row.failures > 0 {
			out = append(out, map[string]any{"method": row.Method, "name": row.Name, "error": m.errorText(), "occurrences": row.failures})
		}
	}
	return out
}

func (m *Master) errorText() string {
	if m.ours() {
		return cmp.Or(m.knobs.Error, "503 Service Unavailable")
	}
	return cmp.Or(m.knobs.Error, `HTTPError('503 Server Error: busy for url: /')`)
}

func (m *Master) workerList() []any {
	out := []any{}
	for _, w := range m.workers {
		if !m.at.Before(w.from) {
			out = append(out, map[string]any{"id": w.id, "state": m.workerState(w), "user_count": w.users, "cpu_usage": m.knobs.CPU, "memory_usage": 1 << 26})
		}
	}
	return out
}

func (m *Master) workerState(w *worker) string {
	switch {
	case w.missing:
		return "missing"
	case w.engaged && m.active():
		return m.state
	}
	return "ready"
}

func (m *Master) serveRequestsCSV(w http.ResponseWriter, _ *http.Request) {
	var records [][]string
	m.do(func(now time.Time) {
		header := strings.Split("Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"+
			"Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s", ",")
		records = append(records, append(header, m.knobs.Columns...))
		for _, row := range m.rows() {
			records = append(records, m.csvRow(row, now))
		}
	})
	writeCSV(w, records)
}

func (m *Master) csvRow(row named, now time.Time) []string {
	float := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	out := []string{
		row.Method, row.Name, strconv.FormatInt(row.requests, 10), strconv.FormatInt(row.failures, 10),
		strconv.Itoa(row.percentile(.5)), float(row.mean()), float(row.min), float(row.max), "100", float(m.overall(row.entry, now)), "0",
	}
	for _, column := range m.knobs.Columns {
		p, _ := strconv.ParseFloat(strings.TrimSuffix(column, "%"), 64)
		if row.requests == 0 {
			out = append(out, "N/A")
		} else {
			out = append(out, strconv.Itoa(row.percentile(p/100)))
		}
	}
	return out
}

func (m *Master) serveFailuresCSV(w http.ResponseWriter, _ *http.Request) {
	records := [][]string{{"Method", "Name", "Error", "Occurrences"}}
	if m.atLeast(2, 44) {
		records[0] = append(records[0], "First Seen", "Last Seen")
	}
	m.do(func(time.Time) {
		for _, row := range m.rows()[:len(m.entries)] {
			if row.failures == 0 {
				continue
			}
			record := []string{row.Method, row.Name, m.errorText(), strconv.FormatInt(row.failures, 10), "2026-01-02T03:04:05Z", ""}
			records = append(records, record[:len(records[0])])
		}
	})
	writeCSV(w, records)
}

func writeCSV(w http.ResponseWriter, records [][]string) {
	w.Header().Set("Content-Type", "text/csv")
	_ = locust.WriteCSV(w, records)
}
