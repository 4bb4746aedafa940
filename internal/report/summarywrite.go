package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
)

// manyRows is from how many rows on each is one line of summary.json: indented, ten thousand of
// them take twice the room and several times the time, and nobody reads them.
const manyRows = 500

// Summary writes summary.json, which docs/summary.schema.json describes.
func Summary(w io.Writer, m *Model) error {
	if len(m.All) >= manyRows {
		return m.longSummary(w)
	}
	s := summary{summaryHead: summarizeHead(m), Rows: []summaryRow{}, summaryTail: summarizeTail(m)}
	var reader analysis.Reader
	for _, r := range m.All {
		s.Rows = append(s.Rows, m.summarizeRow(r, &reader))
	}
	return plainJSON(w, "  ").Encode(s)
}

// plainJSON writes text of others as it is, as no browser runs this.
func plainJSON(w io.Writer, indent string) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetIndent("", indent)
	enc.SetEscapeHTML(false)
	return enc
}

// longSummary is the same with a line for each row.
func (m *Model) longSummary(w io.Writer) error {
	head, err := members(summarizeHead(m))
	if err != nil {
		return err
	}
	tail, err := members(summarizeTail(m))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "{\n%s,\n  \"rows\": [\n", head); err != nil {
		return err
	}
	if err := m.writeRows(w); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\n  ],\n%s\n}\n", tail)
	return err
}

// members are those of an object, indented, without the braces around them.
func members(object any) ([]byte, error) {
	var b bytes.Buffer
	err := plainJSON(&b, "  ").Encode(object)
	return bytes.TrimSuffix(bytes.TrimPrefix(b.Bytes(), []byte("{\n")), []byte("\n}\n")), err
}

// atOnce is how many rows are encoded before they are written.
const atOnce = 100

// lane is what one processor encodes with.
type lane struct {
	bytes.Buffer
	reader analysis.Reader
	err    error
}

// writeRows writes a line for each row. All processors encode some rows, which are then written
// in their order.
func (m *Model) writeRows(w io.Writer) error {
	lanes := make([]lane, runtime.GOMAXPROCS(0))
	for from := 0; from < len(m.All); from += atOnce * len(lanes) {
		var wait sync.WaitGroup
		for i := range lanes {
			first := min(from+i*atOnce, len(m.All))
			wait.Go(func() { lanes[i].encode(m, first, min(first+atOnce, len(m.All))) })
		}
		wait.Wait()
		for i := range lanes {
			if lanes[i].err != nil {
				return lanes[i].err
			}
			if _, err := w.Write(lanes[i].Bytes()); err != nil {
				return err
			}
		}
	}
	return nil
}

// encode replaces what the lane holds by the lines of some rows.
func (l *lane) encode(m *Model, from, to int) {
	l.Reset()
	enc := plainJSON(&l.Buffer, "")
	for i := from; i < to && l.err == nil; i++ {
		if i > 0 {
			l.WriteString(",\n")
		}
		l.WriteString("    ")
		l.err = enc.Encode(m.summarizeRow(m.All[i], &l.reader))
		l.Truncate(l.Len() - 1) // its end of line
	}
}
