package page

import (
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// New computes the document of a run. experiment is the text of its file, empty where there is
// none.
func New(m *report.Model, experiment string) *Document {
	b := begin(m)
	b.maps()
	b.curves()
	b.details()
	b.sections()
	b.doubts()
	b.method()
	if text := kept(experiment); text != "" {
		b.doc.Experiment = &text
	}
	b.doc.Left = report.Capital(strings.Join(b.left, "; "))
	return b.doc
}

// Head computes only what a list of runs says of one.
func Head(m *report.Model) (Run, Answer) {
	b := begin(m)
	return b.doc.Run, b.doc.Answer
}

// begin makes what comes first on the page.
func begin(m *report.Model) *builder {
	b := &builder{Model: m, doc: &Document{Version: Version}, at: map[matrix.Key]int{}, judged: m.Judged()}
	b.cells = analysis.Cells(b.judged)
	b.run()
	b.rows()
	b.answer()
	return b
}

// builder makes a document of a model.
type builder struct {
	*report.Model
	doc *Document
	// shown are the rows of the document, and at is where each is.
	shown []report.Row
	at    map[matrix.Key]int
	// judged are all rows of the run, and cells what they say together.
	judged []analysis.Row
	cells  []analysis.Cell
	// left says what was left out.
	left    []string
	batches stats.BatchDecoder
}

// row is where a record's row is; nil if it has none.
func (b *builder) row(k matrix.Key) *int {
	if i, ok := b.at[k]; ok {
		return &i
	}
	return nil
}
