package page

import (
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

func (b *builder) doubts() {
	d := Doubts{Notes: []Note{}, General: []string{}, Remedies: []Fact{}}
	for _, n := range b.Notes {
		d.Notes = append(d.Notes, Note{b.said(n), fromZero(n.Rows)})
	}
	for _, n := range b.Everywhere {
		d.General = append(d.General, b.said(n))
	}
	for _, text := range slices.Concat(b.Remarks, b.Caveats) {
		d.General = append(d.General, words.OneLine(text))
	}
	for _, r := range b.Remedies() {
		d.Remedies = append(d.Remedies, Fact{r[0], report.Capital(r[1])})
	}
	b.doc.Doubts = d
}

// said is a note, and whose figures are in it.
func (b *builder) said(n report.Note) string {
	text := report.Capital(n.Said())
	if n.Differs && len(n.Rows) > 1 {
		text += " (the figures are those of " + b.shown[n.Rows[0]-1].Name() + ")"
	}
	return text
}

// fromZero turns rows that count from 1 into indexes.
func fromZero(rows []int) []int {
	out := make([]int, len(rows))
	for i, r := range rows {
		out[i] = r - 1
	}
	return out
}
