package page

import (
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// rows fills in the metrics, and what each row has of them.
func (b *builder) rows() {
	b.shown = append(b.shown, b.Rows...)
	if b.Search != nil {
		for _, c := range b.Search.Checks {
			b.shown = append(b.shown, report.Row{Row: c.Row()})
		}
	}
	figures := b.figures()
	b.doc.Metrics = make([]Metric, len(figures))
	for i, f := range figures {
		b.doc.Metrics[i] = f.Metric
	}
	b.doc.Rows = make([]Row, len(b.shown))
	for i, r := range b.shown {
		b.at[r.Record.Key] = i
		b.doc.Rows[i] = rowOf(r, figures)
	}
	for i, m := range b.doc.Metrics {
		warm(b.doc.Rows, i, m)
	}
}

func rowOf(r report.Row, figures []figure) Row {
	out := Row{
		Key: r.Record.Key, Name: r.Name(), Role: r.Record.Role, State: stateOf(r.Row), Status: statusOf(r),
		Values: make([]*Value, len(figures)), Why: []string{}, Notes: report.Array(r.Notes),
	}
	for i, f := range figures {
		out.Values[i] = f.value(r)
	}
	for _, o := range r.Judgement.Outcomes {
		out.Why = append(out.Why, words.OneLine(o.Text))
	}
	if r.Efficient.Missed() {
		out.Why = append(out.Why, r.Efficient.Text())
	}
	return out
}

// stateOf is what is known of a row that was measured, or should have been.
func stateOf(r analysis.Row) State {
	switch r.Record.Status {
	case result.Success:
		return judged(r.Judgement.Verdict)
	case result.Invalid:
		return Invalid
	case result.Error:
		return Error
	}
	return Skipped
}

func judged(v analysis.Verdict) State {
	switch v {
	case analysis.Pass:
		return Pass
	case analysis.Fail:
		return Fail
	case analysis.Borderline:
		return Borderline
	case analysis.NoData:
		return NoData
	}
	return Measured
}

// inferred is the state of a cell that was not measured itself.
func inferred(v analysis.Verdict) State {
	switch v {
	case analysis.Pass:
		return InferredPass
	case analysis.Fail:
		return InferredFail
	case analysis.Borderline:
		return InferredBorderline
	}
	return Open
}

// statusOf says a row's state for people: "FAIL", "INVALID: worker lost", "measured".
func statusOf(r report.Row) string {
	switch {
	case r.Record.Status != result.Success:
		return words.OneLine(r.Record.StatusText())
	case r.Judgement.Verdict == "":
		return "measured"
	}
	return string(r.Judgement.Verdict)
}
