package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// Markdown writes auto_summary.md.
func Markdown(w io.Writer, m *Model) error {
	d := &markdown{Model: m}
	d.head()
	d.needed()
	d.matrix()
	d.search()
	d.rounds()
	d.findings()
	d.recommendations()
	d.spares()
	d.limits()
	d.advice()
	d.autoscaler()
	d.cost()
	d.failures()
	d.tasks()
	d.shares()
	d.instrument()
	d.notes()
	d.remedies()
	_, err := w.Write(d.Bytes())
	return err
}

type markdown struct {
	*Model
	bytes.Buffer
}

func (d *markdown) line(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// bullet writes a list item; only the text is foreign.
func (d *markdown) bullet(name, text string) { d.line("- **%s:** %s", name, escape(text)) }

func (d *markdown) section(level int, title string) {
	if !bytes.HasSuffix(d.Bytes(), []byte("\n\n")) {
		d.line("")
	}
	d.line("%s %s\n", strings.Repeat("#", level), title)
}

func (d *markdown) table(header []string, rows [][]string) {
	d.line("| %s |", strings.Join(header, " | "))
	d.line("|%s", strings.Join(alignments(header), ""))
	for _, r := range rows {
		d.line("| %s |", strings.Join(r, " | "))
	}
}

// alignments aligns numbers to the right and words to the left.
func alignments(header []string) []string {
	out := make([]string, len(header))
	for i, name := range header {
		out[i] = " ---: |"
		if slices.Contains([]string{"SLO", "Status", "Notes", "Doubts", "Task", "Failure", "Where", "Counted by"}, name) {
			out[i] = " :--- |"
		}
	}
	return out
}

// escape makes text literal in Markdown, in a table cell too: one line, every
// character that could start markup, HTML or a formula behind a backslash.
func escape(s string) string {
	var b strings.Builder
	s = words.OneLine(s)
	marker := listMarker(s)
	for i, r := range s {
		if strings.ContainsRune("\\`*_[]<>|~&$#", r) || i == marker {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// listMarker is where a text would open a list: the sign of "- x", "+ x", "1. x",
// "1) x"; -1 if it would not.
func listMarker(s string) int {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	signs := "-+"
	if digits > 0 {
		signs = ".)"
	}
	rest := s[digits:]
	if rest == "" || !strings.Contains(signs, rest[:1]) || len(rest) > 1 && rest[1] != ' ' {
		return -1
	}
	return digits
}

func (d *markdown) head() {
	h := d.Header
	d.line("# Load Test Summary: %s\n", escape(h.Name))
	for _, a := range d.Answers() {
		d.line("**%s**\n", escape(sentence(a.Long())))
	}
	if d.Gate.Sentence != "" {
		d.line("%s\n", escape(sentence(d.Gate.Sentence)))
	}
	d.bullet("Run", h.RunID)
	d.bullet("Target", h.Target)
	if h.Address != h.Target {
		d.bullet("Address", h.Address)
	}
	d.bullet("Load", h.Load)
	d.bullet("Engine", h.Engine)
	d.bullet("Started", isoTime(h.Created.UTC()))
	d.bullet("Window", windowText(h))
	d.bullet("SLO", d.objectives())
}

func windowText(h result.Header) string {
	if h.Auto {
		return "up to " + analysis.Seconds(h.Duration) + " per scenario, until its objectives are decided"
	}
	return analysis.Seconds(h.Duration) + " per scenario"
}

// needed shows the answer as tables, if there was a choice of replicas.
func (d *markdown) needed() {
	if len(d.Capacities) < 2 {
		return
	}
	d.section(2, "Replicas Needed")
	d.signs()
	rows := make([][]string, len(d.Demands))
	for i, v := range d.Demands {
		rows[i] = []string{fmt.Sprint(v.Users), v.Text(), dash(known(v.Workers))}
	}
	d.table([]string{"Users", "Replicas needed", "Shown with workers"}, rows)
	d.line("")
	rows = make([][]string, len(d.Capacities))
	for i, v := range d.Capacities {
		rows[i] = []string{fmt.Sprint(v.Replicas), v.Text(), dash(escape(strings.Join(v.Beyond, "; ")))}
	}
	d.table([]string{"Replicas", "Most users that pass", "Doubts"}, rows)
}

// mostSigns is how many columns of signs a page shows.
const mostSigns = 16

// signs is the matrix at a glance, where it has two dimensions.
func (d *markdown) signs() {
	s := analysis.SignsOf(d.Judged())
	if len(s.Replicas) < 2 || len(s.Users) < 2 || len(s.Users) > mostSigns {
		return
	}
	header := []string{"Replicas \\ Users"}
	for _, n := range s.Users {
		header = append(header, fmt.Sprint(n))
	}
	rows := make([][]string, len(s.Rows))
	for i, line := range s.Rows {
		rows[i] = []string{fmt.Sprint(s.Replicas[i])}
		for _, sign := range line {
			rows[i] = append(rows[i], dash(sign))
		}
	}
	d.table(header, rows)
	d.line("\n%s\n", analysis.SignsMean)
}

func (d *markdown) search() {
	texts := d.searched()
	if len(texts) == 0 {
		return
	}
	title := "Search"
	if d.Search == nil {
		title = "Ended Early"
	}
	d.section(2, title)
	for _, text := range texts {
		d.line("- %s", escape(text))
	}
}

func (d *markdown) matrix() {
	d.section(2, "Test Matrix")
	header := []string{"Replicas", "Workers", "Users", "RPS", "Median (ms)", "P95 (ms)", "P99 (ms)", "Failures (%)", "Requests", "Duration (s)"}
	if d.Rounds {
		header = append([]string{"Round"}, header...)
	}
	if len(d.SLO) > 0 {
		header = append(header, "SLO")
	}
	header = append(header, "Status", "Notes")
	var rows [][]string
	for _, r := range d.Rows {
		rows = append(rows, d.matrixRow(r))
	}
	d.table(header, rows)
	if slices.ContainsFunc(d.Rows, func(r Row) bool { return r.Intervals != nil }) {
		d.line("\nIn brackets: where 95 of 100 windows like this one would have it ([how](%s)).", intervalsURL)
	}
}

func (d *markdown) matrixRow(r Row) []string {
	cells := figures(r).with(r.Intervals, allIntervals()).list()
	if len(d.SLO) > 0 {
		cells = append(cells, string(r.Judgement.Verdict))
	}
	cells = append(cells, string(r.Record.Status), numbers(r.Notes))
	for i, cell := range cells {
		cells[i] = dash(escape(cell))
	}
	if d.Rounds {
		cells = append([]string{fmt.Sprint(r.Record.Key.Round)}, cells...)
	}
	return cells
}

func (d *markdown) findings() {
	d.section(2, "Key Findings")
	d.bullet("Best Throughput", d.throughput())
	d.bullet("Best Latency", d.latency())
	d.bullet("Average Throughput", d.averageThroughput())
	d.bullet("Average Median Latency", d.averageMedian())
	d.bullet("Success Rate", d.successRate())
}

// spares says how many replicas are needed if one of them may be lost.
func (d *markdown) spares() {
	texts := d.spared()
	if len(texts) == 0 {
		return
	}
	d.section(2, "If A Replica Is Lost")
	for _, text := range texts {
		d.line("- %s", escape(text))
	}
}

// failures lists the most frequent causes.
func (d *markdown) failures() {
	d.causes("Failures", d.Causes)
	d.causes("Requests Not Sent", d.Unsent)
}

func (d *markdown) causes(title string, all []Cause) {
	if len(all) == 0 {
		return
	}
	d.section(2, title)
	d.table(d.causesTable(all, escape))
	if more := unshown(all); more != "" {
		d.line("\nAnd %s.", escape(more))
	}
}

func (d *markdown) notes() {
	d.section(2, "Notes")
	for i, note := range d.Notes {
		d.line("%d. %s", i+1, escape(note.text(len(d.Rows))))
	}
	if len(d.Notes) > 0 && len(d.Everywhere)+len(d.Remarks)+len(d.Caveats) > 0 {
		d.line("")
	}
	for _, note := range d.Everywhere {
		d.line("- %s", escape(note.text(len(d.Rows))))
	}
	for _, text := range d.Remarks {
		d.line("- %s", escape(text))
	}
	for _, text := range d.Caveats {
		d.line("- %s", escape(text))
	}
	if len(d.Caveats) > 0 {
		d.line("\nMore on these: [%s](%s).", caveatsPage, caveatsURL)
	}
	if len(d.Notes)+len(d.Everywhere)+len(d.Remarks)+len(d.Caveats) == 0 {
		d.line("None.")
	}
}

// remedies say what to do about the findings in the notes.
func (d *markdown) remedies() {
	all := d.Model.remedies()
	if len(all) > 0 {
		d.section(2, "What To Do")
	}
	for _, r := range all {
		d.bullet(r.id, r.text)
	}
}

// Where the caveats are explained.
const (
	caveatsPage = `docs/reports.md, "What no row says"`
	caveatsURL  = "https://github.com/swarmgrid/swarmgrid/blob/main/docs/reports.md#what-no-row-says"

	intervalsURL = "https://github.com/swarmgrid/swarmgrid/blob/main/docs/method.md#intervals"
)

func dash(cell string) string {
	if cell == "" {
		return "–"
	}
	return cell
}

// sentence gives a text its capital and full stop.
func sentence(s string) string { return Capital(s) + "." }
