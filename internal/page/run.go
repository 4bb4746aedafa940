package page

import (
	"time"

	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

func (b *builder) run() {
	h := b.Header
	r := Run{
		ID: h.RunID, Name: words.OneLine(h.Name), Target: words.OneLine(h.Target), Load: words.OneLine(h.Load),
		Engine: h.Engine, Created: h.Created.UTC(), Finished: report.Moment(b.LastEnded()), Unfinished: b.Unfinished(),
	}
	if len(b.SLO) > 0 {
		r.SLO = b.Objectives()
	}
	r.When = when(r.Created, r.Finished)
	b.doc.Run = r
}

const (
	dayFormat    = "2 Jan 2006"
	minuteFormat = "15:04"
)

// when writes "2 Jan 2026, 01:04 to 01:39 UTC".
func when(from time.Time, to *time.Time) string {
	text := from.Format(dayFormat + ", " + minuteFormat)
	if to == nil {
		return text + " UTC"
	}
	layout := minuteFormat
	if from.Format(dayFormat) != to.Format(dayFormat) {
		layout = dayFormat + ", " + minuteFormat
	}
	return text + " to " + to.Format(layout) + " UTC"
}
