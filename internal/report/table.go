package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

const (
	// textWidth is where text is wrapped, and how wide a table gets if its numbers allow that.
	textWidth = 80
	// screen is how many lines of a terminal surely show at once.
	screen = 24
)

// TableOptions say how a Table is written.
type TableOptions struct {
	// Width is the terminal's; one that is wide enough shows intervals too. 0 is for 80 columns.
	Width int
	// Endpoints shows every endpoint of every row, not only those that stand out.
	Endpoints bool
	// GoesOn says that scenarios may still be measured: what is said is not the run's result yet.
	GoesOn bool
}

// Table writes the summary for a terminal: plain text, the answer first. One that is longer
// than a screen repeats the answer at its end, which is what is seen.
func Table(w io.Writer, m *Model, opts TableOptions) error {
	t := &table{Model: m, TableOptions: opts}
	t.answer()
	t.grid()
	t.search()
	t.causes("failures", t.Causes)
	t.causes("not sent, by the load generator's own trouble", t.Unsent)
	t.endpoints(t.Endpoints)
	t.notes()
	t.remedies()
	t.facts()
	if bytes.Count(t.Bytes(), []byte("\n")) > screen {
		t.again()
	}
	_, err := w.Write(t.Bytes())
	return err
}

func (t *table) search() {
	for i, text := range t.searched() {
		if i == 0 {
			fmt.Fprintln(t)
		}
		t.paragraph(text)
	}
}

type table struct {
	*Model
	TableOptions
	bytes.Buffer
}

func (t *table) answer() {
	if t.GoesOn {
		t.paragraph(fmt.Sprintf("so far; the run goes on (%d of %s measured)", t.Findings.Succeeded, matrix.Count(t.Findings.Scenarios, "scenario")))
	}
	for _, a := range t.Answers() {
		t.paragraph(a.Long())
	}
	if len(t.SLO) > 0 {
		t.label("SLO", t.objectives())
	}
	if t.Gate.Exit() != 0 {
		t.paragraph(t.gate())
	}
	if t.Exit == analysis.ExitUnmeasured && !t.GoesOn && t.Gate.Exit() == 0 && len(t.SLO) > 0 {
		t.paragraph(t.unmeasured())
	}
	fmt.Fprintln(t)
}

// gate says that the gate is missed, and leaves the reason out if the answer shows it, with
// a line for each user count.
func (t *table) gate() string {
	missed, why, _ := strings.Cut(t.Gate.Sentence, ":")
	switch {
	case t.GoesOn && t.Gate.Measured:
		missed = "the gate is missed so far"
	case t.GoesOn && t.Gate.Missed:
		missed = "the gate is not met yet"
	}
	if t.Gate.Missed && t.Gate.Gate == v1alpha1.GateAnswer && len(t.Capacities) > 1 {
		return missed
	}
	return missed + ":" + why
}

// unmeasured says why a run ends with exit code 1 whose answer looks fine.
func (t *table) unmeasured() string {
	var rows []int
	for i, r := range t.Rows {
		if r.Record.Status != result.Success {
			rows = append(rows, i+1)
		}
	}
	return fmt.Sprintf("exit code 1: no valid measurement of %s%s, see the notes", matrix.Count(len(rows), "scenario"), where(rows, len(t.Rows)+1))
}

func (t *table) again() {
	fmt.Fprintln(t)
	if t.GoesOn {
		t.paragraph("so far:")
	}
	for _, a := range t.Answers() {
		t.paragraph(a.Short())
	}
}

// minNotes and maxNotes bound the width of the column of note numbers: the notes name their
// rows anyway.
const (
	minNotes = len("Notes")
	maxNotes = 9
)

func (t *table) header() []string {
	h := []string{"Replicas", "Workers", "Users", "RPS", "p50 ms", "p95 ms", "p99 ms", "Failed", "Requests", "Result", "Notes"}
	if t.Rounds {
		h = append([]string{"Round"}, h...)
	}
	return h
}

func (t *table) cells(r Row, with intervalColumns) []string {
	c := figures(r).with(r.Intervals, with)
	if c.failed != "" {
		c.failed += "%"
	}
	notes := strings.ReplaceAll(numbers(r.Notes), " ", "")
	cells := []string{
		c.replicas, dash(c.workers), c.users, dash(c.rps), dash(c.median), dash(c.p95), dash(c.p99),
		dash(c.failed), dash(c.requests), outcome(r), notes,
	}
	if t.Rounds {
		cells = append([]string{fmt.Sprint(r.Record.Key.Round)}, cells...)
	}
	return cells
}

// figures are a row's figures as the CSV has them, with latencies for people.
func figures(r Row) written {
	row := csvRow(r)
	w := row.written()
	if row.Median != nil {
		l := r.Numbers().Latency
		w.median, w.p95, w.p99 = Millis(l.P50), Millis(l.P95), Millis(l.P99)
	}
	return w
}

// outcome is the verdict of a valid row with an SLO, else the status.
func outcome(r Row) string {
	if r.Record.Status == result.Success && r.Judgement.Verdict != "" {
		return string(r.Judgement.Verdict)
	}
	return string(r.Record.Status)
}

func (t *table) grid() {
	lines := t.lines()
	last := len(lines[0]) - 1
	wide := max(textWidth, t.Width)
	abbreviate(lines, wide)
	room := roomForNotes(lines, wide)
	switch {
	case room < 1:
		room = maxNotes // the numbers alone are wider
	case room < minNotes:
		lines[0][last] = "#"
	}
	for i, l := range lines {
		if l[last] = shorten(l[last], min(room, maxNotes)); len(t.Notes) == 0 {
			lines[i] = l[:last]
		}
	}
	words := slices.Index(lines[0], "Result")
	t.columns(lines, func(column int) bool { return column >= words })
}

// abbreviate shortens headings that are wider than what is under them, one after the other,
// until the notes have room.
func abbreviate(lines [][]string, wide int) {
	last, needed := len(lines[0])-1, 0
	for _, l := range lines[1:] {
		needed = max(needed, min(utf8.RuneCountInString(l[last]), maxNotes))
	}
	for _, h := range [][2]string{{"Requests", "Req."}, {"Replicas", "Repl."}, {"Workers", "Work."}} {
		if roomForNotes(lines, wide) >= needed {
			return
		}
		if i := slices.Index(lines[0], h[0]); i >= 0 {
			lines[0][i] = h[1]
		}
	}
}

// roomForNotes is what the other columns leave of so many.
func roomForNotes(lines [][]string, wide int) int {
	last := len(lines[0]) - 1
	return wide - width(lines, last) - last
}

// lines are the table's cells, with as many intervals as there is room for.
func (t *table) lines() (lines [][]string) {
	for _, with := range intervalChoices() {
		lines = [][]string{t.header()}
		for _, r := range t.Rows {
			lines = append(lines, t.cells(r, with))
		}
		if len(with) == 0 || width(lines, len(lines[0]))+len(lines[0])-1 <= t.Width {
			break
		}
	}
	return lines
}

// columns writes lines of cells, aligned: words to the left, numbers to the right. A line
// of one cell is a heading.
func (t *table) columns(lines [][]string, words func(column int) bool) {
	widths := widthsOf(lines)
	gap := "  "
	if width(lines, len(widths))+len(gap)*(len(widths)-1) > textWidth {
		gap = " "
	}
	for _, l := range lines {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(aligned(l, widths, words), gap), " "))
	}
}

func widthsOf(lines [][]string) []int {
	widths := make([]int, len(lines[0]))
	for _, l := range lines {
		if len(l) == 1 {
			continue
		}
		for i, c := range l {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	return widths
}

// width is what the first columns need, without the gaps.
func width(lines [][]string, columns int) (sum int) {
	for _, w := range widthsOf(lines)[:columns] {
		sum += w
	}
	return sum
}

func aligned(cells []string, widths []int, words func(column int) bool) []string {
	if len(cells) == 1 {
		return cells
	}
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)) + c
		if words(i) {
			out[i] = c + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
		}
	}
	return out
}

// causes lists the most frequent failures.
func (t *table) causes(title string, all []Cause) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(t, "\n%s:\n", title)
	for _, c := range shown(all) {
		t.indented("  ", c.Text()+where(c.Rows, len(t.Rows)))
	}
	if more := unshown(all); more != "" {
		t.indented("  ", more)
	}
}

// item writes a wrapped text after a mark, with further lines under the text.
func (t *table) item(mark, text string) {
	width := utf8.RuneCountInString(mark) + 1
	for i, line := range wrap(text, textWidth-width) {
		if i > 0 {
			mark = strings.Repeat(" ", width-1)
		}
		fmt.Fprintf(t, "%s %s\n", mark, line)
	}
}

func (t *table) notes() {
	if len(t.Notes)+len(t.Everywhere)+len(t.Remarks)+len(t.Caveats) > 0 {
		fmt.Fprintln(t)
	}
	for i, note := range t.Notes {
		t.item(fmt.Sprintf("%3d", i+1), note.text(len(t.Rows)))
	}
	for _, note := range t.Everywhere {
		t.item("  –", note.text(len(t.Rows)))
	}
	for _, text := range slices.Concat(t.Remarks, t.Caveats) {
		t.item("  –", text)
	}
	if len(t.Caveats) > 0 {
		t.item("   ", "More on these: "+caveatsPage)
	}
}

// remedies say what to do about what was found, so that nobody has to look it up.
func (t *table) remedies() {
	todo := urgent(t.Model.remedies())
	if len(todo) > 0 {
		fmt.Fprint(t, "\nwhat to do:\n")
	}
	for _, r := range todo {
		t.indented("  ", r.id+": "+r.text)
	}
}

// facts say what was loaded, and what stands out.
func (t *table) facts() {
	fmt.Fprintln(t)
	t.label("target", words.OneLine(t.Header.Target))
	if t.Header.Address != t.Header.Target {
		t.label("address", words.OneLine(t.Header.Address))
	}
	t.label("load", words.OneLine(t.Header.Load))
	t.label("measured", t.successRate())
	if text := t.instrumentText(); text != "" && t.Width > textWidth {
		t.label("load generator", text)
	}
	if len(t.SLO) == 0 {
		t.label("SLO", "none; judge this run by one with swarmgrid report DIR --slo 'p95<200ms'")
	} else if t.Findings.Ranked > 0 {
		t.label("best throughput", t.throughput())
	}
	if t.Findings.Ranked > 0 {
		t.label("best latency", t.latency())
	}
}

// label writes "name: text", wrapped with an indent.
func (t *table) label(name, text string) { t.paragraph(name + ": " + text) }

func (t *table) paragraph(text string) { t.indented("", text) }

// indented writes a text after an indent, and its further lines after a deeper one.
func (t *table) indented(indent, text string) {
	const deeper = "    "
	for i, line := range wrap(text, textWidth-len(indent)-len(deeper)) {
		if i > 0 {
			line = deeper + line
		}
		fmt.Fprintln(t, indent+line)
	}
}
