package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/words"
)

// ReadCSV reads what CSV wrote, back to the same rows. It refuses another header,
// malformed cells and unknown statuses, naming line and column. Python-style
// timestamps without a zone are taken as UTC.
func ReadCSV(r io.Reader) ([]CSVRow, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = len(csvHeader())
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("reading CSV: %w", noHeader(err))
	}
	if !slices.Equal(head, csvHeader()) {
		return nil, fmt.Errorf("reading CSV: line 1: header is %q, want %q", strings.Join(head, ","), strings.Join(csvHeader(), ","))
	}
	var rows []CSVRow
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading CSV: %w", err)
		}
		row, err := parseCells(cells)
		if err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("reading CSV: line %d: %w", line, err)
		}
		rows = append(rows, row)
	}
}

func noHeader(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("is empty")
	}
	return err
}

// cellParser reads cells by column and keeps the first error.
type cellParser struct {
	cells []string
	err   error
}

func parseCells(cells []string) (CSVRow, error) {
	p := &cellParser{cells: cells}
	row := CSVRow{
		Replicas: p.count(0), Users: p.count(2),
		RPS: p.number(3), Median: p.integer(4), P95: p.integer(5), P99: p.integer(6),
		FailuresPct: p.number(7), Requests: p.integer(8), Duration: p.number(9),
		Timestamp: p.time(10), Status: p.status(11),
	}
	if cells[1] != "" {
		row.Workers = p.count(1)
	}
	return row, p.err
}

func (p *cellParser) fail(column int, want string) {
	if p.err == nil {
		p.err = fmt.Errorf("%s is %q, want %s", csvHeader()[column], p.cells[column], want)
	}
}

func (p *cellParser) count(column int) int {
	n, err := strconv.Atoi(p.cells[column])
	if err != nil || n < 1 {
		p.fail(column, "a whole number of at least 1")
	}
	return n
}

func (p *cellParser) integer(column int) *int64 {
	if p.cells[column] == "" {
		return nil
	}
	n, err := strconv.ParseInt(p.cells[column], 10, 64)
	if err != nil || n < 0 {
		p.fail(column, "a whole number or nothing")
	}
	return &n
}

func (p *cellParser) number(column int) *float64 {
	if p.cells[column] == "" {
		return nil
	}
	v, err := strconv.ParseFloat(p.cells[column], 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		p.fail(column, "a number or nothing")
	}
	return &v
}

func (p *cellParser) time(column int) time.Time {
	text := p.cells[column]
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{timeFormat, "2006-01-02T15:04:05", time.RFC3339} {
		t, err := time.Parse(layout, text)
		// Year 10000 has no form in ISO 8601 without prior agreement.
		if t = t.UTC().Truncate(time.Second); err == nil && t.Year() >= 1 && t.Year() <= 9999 {
			return t
		}
	}
	p.fail(column, "an ISO 8601 time as in 2024-01-15T10:30:00Z")
	return time.Time{}
}

func (p *cellParser) status(column int) string {
	word, _, _ := strings.Cut(p.cells[column], ":")
	if !slices.Contains([]string{"SUCCESS", "ERROR", "INVALID", "SKIPPED"}, word) {
		p.fail(column, "SUCCESS, ERROR, INVALID or SKIPPED, with a reason after a colon")
	}
	return words.OneLine(p.cells[column])
}
