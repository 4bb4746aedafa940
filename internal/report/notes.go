package report

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// Note is a doubt or a reason, said once for all rows that have it.
type Note struct {
	Text string
	// IDs are those of the checks that it is from, each once; none for what no check finds.
	IDs []string
	// Rows counts the rows that have it from 1, ascending.
	Rows []int
	// Differs says that the figures in Text are the first row's, and the other rows have
	// others.
	Differs bool
}

// figure is a number in a note, or a worker's name.
var figure = regexp.MustCompile(`\bworker \S+|[0-9]+(\.[0-9]+)?`)

// kind decides which rows share a note: those with the same text or, about a machine that
// was too busy, with the same text but for the figures, which are never the same twice.
func (n Note) kind() string {
	measured := func(id string) bool { return slices.Contains([]string{"V3", "V4"}, id) }
	if !strings.Contains(n.Text, " stood still ") && !slices.ContainsFunc(n.IDs, measured) {
		return n.Text
	}
	return figure.ReplaceAllString(n.Text, "#")
}

// annotate collects what the rows have to say, once for each kind, and numbers what not all
// of them have.
func (m *Model) annotate() {
	at, shared := map[string]int{}, m.shared()
	var all []Note
	for i, r := range m.Rows {
		for _, said := range r.says(shared) {
			said.Text = words.OneLine(said.Text)
			n, known := at[said.kind()]
			if !known {
				n = len(all)
				at[said.kind()], all = n, append(all, said)
			}
			all[n].Differs = all[n].Differs || said.Text != all[n].Text
			all[n].addIDs(said.IDs)
			if !slices.Contains(all[n].Rows, i+1) {
				all[n].Rows = append(all[n].Rows, i+1)
			}
		}
	}
	for _, note := range all {
		if len(note.Rows) == len(m.Rows) {
			m.Everywhere = append(m.Everywhere, note)
			continue
		}
		m.Notes = append(m.Notes, note)
		for _, row := range note.Rows {
			m.Rows[row-1].Notes = append(m.Rows[row-1].Notes, len(m.Notes))
		}
	}
}

// shared are the reasons for which several rows miss an objective, each with numbers of its own.
func (m *Model) shared() map[string]bool {
	first, shared := map[string]string{}, map[string]bool{}
	for _, r := range m.Rows {
		for _, o := range r.Judgement.Missed() {
			if o.Shared == "" {
				continue
			}
			if text, known := first[o.Shared]; known && text != o.Text {
				shared[o.Shared] = true
			}
			first[o.Shared] = o.Text
		}
	}
	return shared
}

// says is what a reader must know of the row: why it is not a SUCCESS, why it fails, its doubts.
func (r Row) says(shared map[string]bool) (out []Note) {
	if len(r.Record.Reasons) > 0 {
		out = append(out, Note{Text: r.Record.StatusText(), IDs: r.ids(func(f result.Finding) bool { return f.Invalid })})
	}
	fails := r.fails(shared)
	for _, text := range slices.Concat(fails, r.close()) {
		out = append(out, Note{Text: text})
	}
	for _, doubt := range r.Doubts {
		// A row that fails because of that has said so.
		if len(fails) == 0 || doubt != analysis.AllFailed {
			out = append(out, Note{Text: doubt, IDs: r.ids(func(f result.Finding) bool { return !f.Invalid && f.Text == doubt })})
		}
	}
	return out
}

// ids are those of some of the row's findings, each once.
func (r Row) ids(which func(result.Finding) bool) []string {
	var n Note
	for _, f := range r.Findings {
		if which(f) {
			n.addIDs([]string{f.ID})
		}
	}
	return n.IDs
}

func (n *Note) addIDs(ids []string) {
	for _, id := range ids {
		if !slices.Contains(n.IDs, id) {
			n.IDs = append(n.IDs, id)
		}
	}
}

// fails says why the row's verdict is FAIL; nothing for other verdicts.
func (r Row) fails(shared map[string]bool) (why []string) {
	if r.Judgement.Verdict != analysis.Fail {
		return nil
	}
	for _, o := range r.Judgement.Missed() {
		why = append(why, "FAIL: "+r.missed(o, shared))
	}
	return why
}

// close says why the row's verdict is BORDERLINE, and what would settle it.
func (r Row) close() (why []string) {
	if r.Judgement.Verdict != analysis.Borderline {
		return nil
	}
	for _, o := range r.Judgement.Close() {
		why = append(why, "BORDERLINE: "+o.Text+r.settles(o))
	}
	return why
}

// settles is the window that would probably decide an outcome.
func (r Row) settles(o analysis.Outcome) string {
	if d := r.Settles(o); d > 0 {
		return fmt.Sprintf("; %s would probably tell", r.WindowFlag(d))
	}
	return ""
}

// missed is an objective that was missed. If a column of the table shows the value, it is
// not repeated, so that rows that fail alike share one note.
func (r Row) missed(o analysis.Outcome, shared map[string]bool) string {
	if shared[o.Shared] {
		return o.Shared
	}
	m := r.Numbers()
	if m == nil || math.IsInf(o.Value, 1) {
		return o.Text
	}
	if shown, ok := column(m, o.Objective); !ok || o.Objective.Met(shown) {
		return o.Text
	}
	verb := "is"
	if o.Objective.Metric == v1alpha1.MetricFailures {
		verb = "are"
	}
	return fmt.Sprintf("%s %s not %s %s", o.Objective.Metric, verb, o.Objective.Side(), o.Objective.Text)
}

// column is what the table shows for an objective; false if there is no such column. The
// rate's column includes failures, which the objective does not, so it is one without failures.
func column(m *result.Measured, o experiment.Objective) (shown float64, ok bool) {
	if o.Endpoint != "" {
		return 0, false
	}
	switch o.Metric {
	case v1alpha1.MetricP50:
		return m.Latency.P50, true
	case v1alpha1.MetricP95:
		return m.Latency.P95, true
	case v1alpha1.MetricP99:
		return m.Latency.P99, true
	case v1alpha1.MetricFailures:
		return m.FailureRatio(), true
	case v1alpha1.MetricRPS:
		return m.RPS, m.Failures == 0
	}
	return 0, false
}

// text is the note with the checks that it is from and the rows that it is about, out of that many.
func (n Note) text(of int) string {
	rows := where(n.Rows, of)
	if n.Differs && rows != "" {
		rows = fmt.Sprintf("%s; the figures are row %d's)", strings.TrimSuffix(rows, ")"), n.Rows[0])
	}
	return n.Said() + rows
}

// Said is the note with the checks that it is from.
func (n Note) Said() string {
	text := shorten(n.Text, maxText)
	if len(n.IDs) > 0 {
		text += " [" + strings.Join(n.IDs, ", ") + "]"
	}
	return text
}

// where names rows as they are counted in the table: " (rows 1–3, 7)"; nothing if there is
// only one.
func where(rows []int, of int) string {
	switch {
	case of == 1:
		return ""
	case len(rows) == of:
		return " (all rows)"
	case len(rows) == 1:
		return fmt.Sprintf(" (row %d)", rows[0])
	}
	return " (rows " + numbers(rows) + ")"
}

// numbers writes ascending counts, as "1, 3–7".
func numbers(ns []int) string {
	var parts []string
	for i := 0; i < len(ns); {
		j := i
		for j+1 < len(ns) && ns[j+1] == ns[j]+1 {
			j++
		}
		switch j - i {
		case 0:
			parts = append(parts, fmt.Sprint(ns[i]))
		case 1:
			parts = append(parts, fmt.Sprint(ns[i]), fmt.Sprint(ns[j]))
		default:
			parts = append(parts, fmt.Sprintf("%d–%d", ns[i], ns[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
