package page

import (
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

func (b *builder) doubts() {
	d := Doubts{Notes: []Note{}, General: []string{}, Remedies: []Fact{}}
	for _, n := range b.Notes {
		d.Notes = append(d.Notes, Note{report.Capital(n.Said()), fromZero(n.Rows)})
	}
	for _, n := range b.Everywhere {
		d.General = append(d.General, report.Capital(n.Said()))
	}
	for _, text := range slices.Concat(b.Remarks, b.Caveats) {
		d.General = append(d.General, words.OneLine(text))
	}
	for _, r := range b.Remedies() {
		d.Remedies = append(d.Remedies, Fact{r[0], report.Capital(r[1])})
	}
	b.doc.Doubts = d
}

// fromZero turns rows that count from 1 into indexes.
func fromZero(rows []int) []int {
	out := make([]int, len(rows))
	for i, r := range rows {
		out[i] = r - 1
	}
	return out
}
