package page

import (
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// attempt is one measurement of a row; of the one that stands, the row knows more doubts.
func (b *builder) attempt(rec result.Record, r report.Row) Attempt {
	a := Attempt{
		Number: rec.Attempt, Counts: rec.Terminal, Status: words.OneLine(rec.StatusText()),
		Started: report.Moment(rec.Started), Finished: report.Moment(rec.Finished),
	}
	found, doubts := rec.Findings, rec.Warnings
	if rec.Terminal {
		found, doubts = r.Findings, r.Doubts
	}
	a.Reasons = reasons(rec.Reasons, doubts, found)
	a.Series, a.SeriesText = b.series(rec)
	return a
}

func reasons(against, doubts []string, found []result.Finding) []Reason {
	out := []Reason{}
	for _, text := range against {
		out = append(out, reason(text, true, found))
	}
	for _, text := range doubts {
		out = append(out, reason(text, false, found))
	}
	return out
}

// reason has the check that a text is from, if one is.
func reason(text string, invalid bool, found []result.Finding) Reason {
	r := Reason{Text: words.OneLine(text), Invalid: invalid}
	same := func(f result.Finding) bool { return f.Invalid == invalid && f.Text == text }
	if i := slices.IndexFunc(found, same); i >= 0 {
		r.ID, r.Remedy = found[i].ID, report.Capital(validity.Remedy(found[i].ID))
	}
	return r
}
