package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TableWidth is how many columns of a terminal Table fills at most.
const TableWidth = 100

// Table writes the summary for a terminal: plain text, the answer at the end.
func Table(w io.Writer, m *Model) error {
	t := &table{Model: m}
	t.grid()
	t.notes()
	t.close()
	_, err := w.Write(t.Bytes())
	return err
}

type table struct {
	*Model
	bytes.Buffer
}

// maxNotes is the width of the column of note numbers.
const maxNotes = 9

func (t *table) header() []string {
	h := []string{"Replicas", "Workers", "Users", "RPS", "p50 ms", "p95 ms", "p99 ms", "Failed", "Requests", "Result", "Notes"}
	if t.Rounds {
		h = append([]string{"Round"}, h...)
	}
	return h
}

func (t *table) cells(r Row) []string {
	c := csvRow(r).cells()
	failed := c[7]
	if failed != "" {
		failed += "%"
	}
	notes := shorten(strings.ReplaceAll(numbers(r.Notes), " ", ""), maxNotes)
	cells := []string{c[0], dash(c[1]), c[2], dash(c[3]), dash(c[4]), dash(c[5]), dash(c[6]), dash(failed), dash(c[8]), outcome(r), notes}
	if t.Rounds {
		cells = append([]string{fmt.Sprint(r.Record.Key.Round)}, cells...)
	}
	return cells
}

// outcome is the verdict of a valid row with an SLO, else the status.
func outcome(r Row) string {
	if r.Record.Status == result.Success && r.Judgement.Verdict != "" {
		return string(r.Judgement.Verdict)
	}
	return string(r.Record.Status)
}

func (t *table) grid() {
	lines := [][]string{t.header()}
	for _, r := range t.Rows {
		lines = append(lines, t.cells(r))
	}
	widths := make([]int, len(lines[0]))
	sum := 0
	for i := range widths {
		for _, l := range lines {
			widths[i] = max(widths[i], utf8.RuneCountInString(l[i]))
		}
		sum += widths[i]
	}
	gap := "  "
	if sum+len(gap)*(len(widths)-1) > TableWidth {
		gap = " "
	}
	for _, l := range lines {
		t.gridLine(l, widths, gap)
	}
}

// gridLine aligns all cells right but the last two, which are words.
func (t *table) gridLine(cells []string, widths []int, gap string) {
	padded := make([]string, len(cells))
	for i, c := range cells {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
		if i < len(cells)-2 {
			padded[i] = pad + c
		} else {
			padded[i] = c + pad
		}
	}
	fmt.Fprintln(t, strings.TrimRight(strings.Join(padded, gap), " "))
}

// item writes a text wrapped behind a mark, further lines under the text.
func (t *table) item(mark, text string) {
	width := utf8.RuneCountInString(mark) + 1
	for i, line := range wrap(text, TableWidth-width) {
		if i > 0 {
			mark = strings.Repeat(" ", width-1)
		}
		fmt.Fprintf(t, "%s %s\n", mark, line)
	}
}

func (t *table) notes() {
	if len(t.Notes)+len(t.Remarks)+len(t.Caveats) > 0 {
		fmt.Fprintln(t)
	}
	for i, text := range t.Notes {
		t.item(fmt.Sprintf("%3d", i+1), shorten(text, maxText))
	}
	for _, text := range slices.Concat(t.Remarks, t.Caveats) {
		t.item("  –", text)
	}
}

func (t *table) close() {
	fmt.Fprintln(t)
	t.label("target", oneLine(t.Header.Target))
	if t.Header.Address != t.Header.Target {
		t.label("address", oneLine(t.Header.Address))
	}
	t.label("load", oneLine(t.Header.Load))
	t.label("measured", t.successRate())
	t.label("best throughput", t.throughput())
	t.label("best latency", t.latency())
	t.label("SLO", t.objectives())
	if len(t.SLO) == 0 {
		return
	}
	for _, d := range t.Demands {
		for _, doubt := range d.Doubts {
			t.label("doubt", matrix.Count(d.Users, "user")+": "+doubt)
		}
	}
	if t.Gate.Sentence != "" {
		t.label("gate", strings.TrimPrefix(t.Gate.Sentence, "gate "))
	}
	t.label("most users that pass", t.carried())
	t.paragraph(t.Answer())
}

func (t *table) carried() string {
	parts := make([]string, len(t.Capacities))
	for i, c := range t.Capacities {
		parts[i] = fmt.Sprintf("%s → %s", matrix.Count(c.Replicas, "replica"), c.Text())
	}
	return strings.Join(parts, ", ")
}

// label writes "name: text", wrapped with an indent.
func (t *table) label(name, text string) { t.paragraph(name + ": " + text) }

func (t *table) paragraph(text string) {
	const indent = "    "
	for i, line := range wrap(text, TableWidth-len(indent)) {
		if i > 0 {
			line = indent + line
		}
		fmt.Fprintln(t, line)
	}
}
