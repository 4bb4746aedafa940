package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"slices"
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
	rows, err := m.rowLines()
	if err != nil {
		return err
	}
	parts := slices.Concat([][]byte{[]byte("{\n"), head, []byte(",\n  \"rows\": [\n")}, rows, [][]byte{[]byte("\n  ],\n"), tail, []byte("\n}\n")})
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// members are those of an object, indented, without the braces around them.
func members(object any) ([]byte, error) {
	var b bytes.Buffer
	err := plainJSON(&b, "  ").Encode(object)
	return bytes.TrimSuffix(bytes.TrimPrefix(b.Bytes(), []byte("{\n")), []byte("\n}\n")), err
}

// rowLines are the lines of all rows, written on all processors, in as many pieces.
func (m *Model) rowLines() ([][]byte, error) {
	pieces := make([][]byte, runtime.GOMAXPROCS(0))
	errs := make([]error, len(pieces))
	var wait sync.WaitGroup
	for i := range pieces {
		from, to := i*len(m.All)/len(pieces), (i+1)*len(m.All)/len(pieces)
		wait.Go(func() { pieces[i], errs[i] = m.linesOf(from, to) })
	}
	wait.Wait()
	return pieces, errors.Join(errs...)
}

func (m *Model) linesOf(from, to int) ([]byte, error) {
	var b bytes.Buffer
	var reader analysis.Reader
	enc := plainJSON(&b, "")
	for i := from; i < to; i++ {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString("    ")
		if err := enc.Encode(m.summarizeRow(m.All[i], &reader)); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1) // its end of line
	}
	return b.Bytes(), nil
}
