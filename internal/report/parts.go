package report

import (
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// Part is a part of a report: paragraphs, and then a table if it has a header.
type Part struct {
	ID, Title string
	Texts     []string
	Header    []string
	Rows      [][]string
}

// Parts are those beside the answer and the matrix, as auto_summary.md has them.
func (m *Model) Parts() (out []Part) {
	add := func(p Part) {
		if len(p.Texts)+len(p.Rows) > 0 {
			out = append(out, p)
		}
	}
	add(Part{ID: "recommendations", Title: "Recommendations", Texts: append(m.highPerformance(), m.lowLatency()...)})
	add(Part{ID: "spares", Title: "If a replica is lost", Texts: m.spared()})
	add(Part{ID: "limits", Title: "What limits", Texts: named(m.limiting())})
	add(m.advicePart())
	add(m.autoscalerPart())
	add(m.costPart())
	add(m.roundsPart())
	add(m.causesPart("failures", "Failures", m.Causes))
	add(m.causesPart("unsent", "Requests not sent", m.Unsent))
	return out
}

// named writes names with what they are.
func named(facts [][2]string) (out []string) {
	for _, f := range facts {
		out = append(out, Capital(f[0]+": "+words.OneLine(f[1])))
	}
	return out
}

func (m *Model) advicePart() (p Part) {
	if !m.Advice.Adequate() {
		return p
	}
	p = Part{ID: "models", Title: "Models, advisory", Texts: []string{expectedText + ": " + fitted(m.Advice)}}
	p.Header, p.Rows = m.adviceTable(words.OneLine)
	if text := scaling(m.Advice); text != "" {
		p.Texts = append(p.Texts, text)
	}
	return p
}

func (m *Model) autoscalerPart() (p Part) {
	a := m.Autoscaler
	switch {
	case a == nil:
		return p
	case a.Scaling == nil:
		return Part{ID: "autoscaler", Title: "Autoscaler", Texts: []string{"No proposal: " + words.OneLine(a.Why)}}
	}
	return Part{ID: "autoscaler", Title: "Autoscaler", Texts: append([]string{"hpa.yaml " + hpaText}, named(proposal(a.Scaling))...)}
}

func (m *Model) costPart() (p Part) {
	switch {
	case m.Pricing == nil:
		return p
	case len(m.Costs) == 0:
		return Part{ID: "cost", Title: "Cost", Texts: []string{nothingPriced}}
	}
	p = Part{ID: "cost", Title: "Cost", Texts: []string{words.OneLine(m.priced()), costFront}}
	p.Header, p.Rows = m.costTable(words.OneLine)
	return p
}

func (m *Model) roundsPart() (p Part) {
	if len(m.Spreads) == 0 {
		return p
	}
	p = Part{ID: "rounds", Title: "Rounds", Texts: []string{roundsText}}
	p.Header, p.Rows = m.roundsTable()
	return p
}

func (m *Model) causesPart(id, title string, all []Cause) (p Part) {
	if len(all) == 0 {
		return p
	}
	p = Part{ID: id, Title: title}
	p.Header, p.Rows = m.causesTable(all, words.OneLine)
	for i := range p.Rows {
		p.Rows[i][len(p.Header)-1] = m.named(all[i].Rows)
	}
	if more := unshown(all); more != "" {
		p.Texts = []string{"And " + more}
	}
	return p
}

// named names rows, which count from 1; of many, how many there are.
func (m *Model) named(rows []int) string {
	const most = 3
	switch {
	case len(rows) == len(m.Rows):
		return "all scenarios"
	case len(rows) > most:
		return matrix.Count(len(rows), "scenario")
	}
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = m.Rows[row-1].Name()
	}
	return strings.Join(names, "; ")
}
