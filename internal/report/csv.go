package report

import (
	"encoding/csv"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// CSVRow is one line of auto_summary.csv. A nil number is an empty cell: nothing
// was measured there.
type CSVRow struct {
	Replicas int
	// Workers is 0 (an empty cell) when they are a foreign master's and none was seen.
	Workers, Users int
	RPS            *float64
	// Latencies are in whole milliseconds.
	Median, P95, P99 *int64
	FailuresPct      *float64
	Requests         *int64
	// Duration is how many seconds were really measured.
	Duration *float64
	// Timestamp is when the window began, in UTC to the second; zero when nothing was tried.
	Timestamp time.Time
	// Status is "SUCCESS", or "ERROR: reason" and the like on one line.
	Status string
}

func csvHeader() []string {
	return []string{"Replicas", "Workers", "Users", "RPS", "Median_ms", "P95_ms", "P99_ms", "Failures_Pct", "Total_Requests", "Duration_s", "Timestamp", "Status"}
}

// timeFormat is ISO 8601 in UTC, to the second.
const timeFormat = "2006-01-02T15:04:05Z"

// CSV writes auto_summary.csv.
func CSV(w io.Writer, m *Model) error {
	rows := make([]CSVRow, len(m.All))
	for i, r := range m.All {
		rows[i] = csvRow(r)
	}
	return WriteCSV(w, rows)
}

// WriteCSV writes rows as auto_summary.csv has them.
func WriteCSV(w io.Writer, rows []CSVRow) error {
	out := csv.NewWriter(w)
	// The writer keeps its first error, which Flush and Error bring out.
	_ = out.Write(csvHeader())
	for _, r := range rows {
		_ = out.Write(r.cells())
	}
	out.Flush()
	return out.Error()
}

func csvRow(r Row) CSVRow {
	k := r.Record.Key
	row := CSVRow{
		Replicas: k.Replicas, Workers: r.Workers(), Users: k.Users,
		Timestamp: stamp(*r.Record), Status: words.OneLine(r.Record.StatusText()),
	}
	m := r.Numbers()
	if m == nil {
		return row
	}
	row.RPS, row.Requests, row.Duration = hundredths(m.RPS), &m.Requests, thousandths(m.Duration)
	if m.Requests == 0 {
		return row // without a request there is no latency or failure ratio, not one of 0
	}
	failed := analysis.FailurePercent(m.Failures, m.Requests)
	row.FailuresPct = &failed
	row.Median, row.P95, row.P99 = whole(m.Latency.P50), whole(m.Latency.P95), whole(m.Latency.P99)
	return row
}

// stamp is when the window began, or else the attempt.
func stamp(rec result.Record) time.Time {
	if rec.Measured != nil {
		return rec.Measured.Start.UTC().Truncate(time.Second)
	}
	return rec.Started.UTC().Truncate(time.Second)
}

// written is a row's figures as text, the same in every report; empty for what is not known.
type written struct {
	replicas, workers, users    string
	rps, median, p95, p99       string
	failed, requests, durationS string
}

func (r CSVRow) written() written {
	return written{
		replicas: strconv.Itoa(r.Replicas), workers: known(r.Workers), users: strconv.Itoa(r.Users),
		rps: decimals(r.RPS, 2), median: integer(r.Median), p95: integer(r.P95), p99: integer(r.P99),
		failed: decimals(r.FailuresPct, 2), requests: integer(r.Requests), durationS: decimals(r.Duration, -1),
	}
}

// list is in the order of the CSV, whose format is fixed.
func (w written) list() []string {
	return []string{w.replicas, w.workers, w.users, w.rps, w.median, w.p95, w.p99, w.failed, w.requests, w.durationS}
}

func (r CSVRow) cells() []string {
	return append(r.written().list(), isoTime(r.Timestamp), r.Status)
}

func known(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func decimals(v *float64, digits int) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', digits, 64)
}

func integer(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}

func isoTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(timeFormat)
}

func whole(ms float64) *int64 {
	v := analysis.WholeMillis(ms)
	return &v
}

func hundredths(v float64) *float64  { v = math.Round(v*100) / 100; return &v }
func thousandths(v float64) *float64 { v = math.Round(v*1000) / 1000; return &v }
