package page

import (
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// sections are what else the reports say.
func (b *builder) sections() {
	b.doc.Sections = []Section{}
	for _, p := range b.Parts() {
		s := Section{ID: p.ID, Title: p.Title, Texts: []string{}, Header: report.Array(p.Header), Table: report.Array(p.Rows)}
		for _, text := range p.Texts {
			s.Texts = append(s.Texts, words.OneLine(text))
		}
		b.doc.Sections = append(b.doc.Sections, s)
	}
}
