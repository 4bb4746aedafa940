package locust

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Row is one line of /stats/requests/csv.
type Row struct {
	Method, Name       string
	Requests, Failures int64
	// Mean, Min and Max are exact, in milliseconds.
	Mean, Min, Max float64
	// RPS is since the last start or reset, by the workers' clocks.
	RPS float64
	// P50, P95 and P99 are bucketed milliseconds (locust-protocol.md 18); HasPercentiles
	// is false when the row has no requests and the cells are N/A.
	P50, P95, P99  float64
	HasPercentiles bool
	// P90 and P999 are nil without requests, and where the locustfile's
	// PERCENTILES_TO_REPORT has no such column.
	P90, P999 *float64
}

// aggregatedName is the last row's name, whose Type is empty.
const aggregatedName = "Aggregated"

// Requests reads /stats/requests/csv: the rows of the tasks and the aggregated
// one. Unlike the JSON it is never cached.
func (c *Client) Requests(ctx context.Context) (rows []Row, aggregated Row, err error) {
	body, err := c.getCSV(ctx, "/stats/requests/csv")
	if err != nil {
		return nil, Row{}, err
	}
	return ParseRequestsCSV(body)
}

func (c *Client) getCSV(ctx context.Context, path string) ([]byte, error) {
	body, mediaType, err := c.do(ctx, http.MethodGet, path, nil, readTimeout)
	if err == nil && mediaType != "text/csv" {
		return nil, &NotLocustError{"GET " + path, mediaType, "CSV", excerpt(body)}
	}
	return body, err
}

// ParseRequestsCSV reads the body of /stats/requests/csv. Columns are found by
// name, because a locustfile may change their set (locust-protocol.md 32).
func ParseRequestsCSV(body []byte) (rows []Row, aggregated Row, err error) {
	table, err := readTable(body, "Type", "Name", "Request Count", "Failure Count",
		"Average Response Time", "Min Response Time", "Max Response Time", "Requests/s", "50%", "95%", "99%")
	if err != nil {
		return nil, Row{}, fmt.Errorf("reading /stats/requests/csv: %w", err)
	}
	found := false
	for table.next() {
		row, err := table.requests()
		if err != nil {
			return nil, Row{}, fmt.Errorf("reading /stats/requests/csv: row %d: %w", table.row, err)
		}
		if row.Method == "" && row.Name == aggregatedName {
			aggregated, found = row, true
			continue
		}
		rows = append(rows, row)
	}
	if !found {
		return nil, Row{}, errors.New("reading /stats/requests/csv: no Aggregated row")
	}
	return rows, aggregated, nil
}

// Failure is one line of /stats/failures/csv.
type Failure struct {
	Method, Name, Error string
	Occurrences         int64
}

// Failures reads /stats/failures/csv.
func (c *Client) Failures(ctx context.Context) ([]Failure, error) {
	body, err := c.getCSV(ctx, "/stats/failures/csv")
	if err != nil {
		return nil, err
	}
	return ParseFailuresCSV(body)
}

// ParseFailuresCSV reads the body of /stats/failures/csv.
func ParseFailuresCSV(body []byte) ([]Failure, error) {
	table, err := readTable(body, "Method", "Name", "Error", "Occurrences")
	if err != nil {
		return nil, fmt.Errorf("reading /stats/failures/csv: %w", err)
	}
	var out []Failure
	for table.next() {
		f := Failure{Method: table.cell("Method"), Name: table.cell("Name"), Error: table.cell("Error")}
		if f.Occurrences, err = table.count("Occurrences"); err != nil {
			return nil, fmt.Errorf("reading /stats/failures/csv: row %d: %w", table.row, err)
		}
		out = append(out, f)
	}
	return out, nil
}

// csvTable is a CSV whose cells are named by its header.
type csvTable struct {
	columns map[string]int
	records [][]string
	// row is the current row, counted from 1 after the header.
	row int
}

func readTable(body []byte, columns ...string) (*csvTable, error) {
	r := csv.NewReader(bytes.NewReader(body))
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	t := &csvTable{columns: map[string]int{}}
	for _, name := range columns {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("no column %q among %s%s", name, strings.Join(header, ", "), hint(name))
		}
	}
	for i, name := range header {
		if _, again := t.columns[name]; !again {
			t.columns[name] = i
		}
	}
	t.records, err = r.ReadAll()
	return t, err
}

func hint(column string) string {
	if !strings.HasSuffix(column, "%") {
		return ""
	}
	return "; set PERCENTILES_TO_REPORT in the locustfile to have 0.5, 0.95 and 0.99"
}

func (t *csvTable) next() bool {
	t.row++
	return t.row <= len(t.records)
}

func (t *csvTable) cell(column string) string { return t.records[t.row-1][t.columns[column]] }

func (t *csvTable) count(column string) (int64, error) {
	n, err := strconv.ParseInt(t.cell(column), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is %q, want a count", column, t.cell(column))
	}
	return n, nil
}

func (t *csvTable) number(column string) (float64, error) {
	f, err := strconv.ParseFloat(t.cell(column), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
		return 0, fmt.Errorf("%s is %q, want a number", column, t.cell(column))
	}
	return f, nil
}

// optional reads a number in a column that need not exist.
func (t *csvTable) optional(column string, errs *[]error) *float64 {
	if _, ok := t.columns[column]; !ok {
		return nil
	}
	v, err := t.number(column)
	*errs = append(*errs, err)
	return &v
}

func (t *csvTable) requests() (Row, error) {
	row := Row{Method: t.cell("Type"), Name: t.cell("Name")}
	var errs []error
	note := func(out *float64, column string) {
		v, err := t.number(column)
		*out = v
		errs = append(errs, err)
	}
	var err error
	row.Requests, err = t.count("Request Count")
	errs = append(errs, err)
	row.Failures, err = t.count("Failure Count")
	errs = append(errs, err)
	note(&row.Mean, "Average Response Time")
	note(&row.Min, "Min Response Time")
	note(&row.Max, "Max Response Time")
	note(&row.RPS, "Requests/s")
	if t.cell("50%") != "N/A" {
		row.HasPercentiles = true
		note(&row.P50, "50%")
		note(&row.P95, "95%")
		note(&row.P99, "99%")
		row.P90, row.P999 = t.optional("90%", &errs), t.optional("99.9%", &errs)
	}
	return row, errors.Join(errs...)
}
