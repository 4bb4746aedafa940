package page

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

func (b *builder) run() {
	h := b.Header
	r := Run{
		ID: h.RunID, Name: words.OneLine(h.Name), Target: words.OneLine(h.Target), Load: words.OneLine(h.Load),
		Engine: h.Engine, Created: h.Created.UTC(), Finished: b.finished(), Unfinished: b.unfinished(),
	}
	if len(b.SLO) > 0 {
		r.SLO = b.Objectives()
	}
	r.When, r.Unfinished = when(r.Created, r.Finished), b.Unfinished()
	b.doc.Run = r
}

// unfinished says how far a run has come that is not at its end; one that a limit ended is.
func (b *builder) unfinished() string {
	left := 0
	for _, r := range b.Rows {
		if !r.Record.Terminal {
			left++
		}
	}
	switch {
	case b.Ended != nil:
	case b.Search != nil && b.Search.Rest > 0:
		return fmt.Sprintf("the search is not at its end: about %s are left", matrix.Count(b.Search.Rest, "scenario"))
	case b.Search == nil && left > 0:
		return fmt.Sprintf("%d of %s %s not measured yet", left, matrix.Count(len(b.Rows), "scenario"), isAre(left))
	}
	return ""
}

// finished is when the last attempt ended; nil if there was none.
func (b *builder) finished() *time.Time {
	var last time.Time
	for _, attempts := range b.Attempts {
		for _, a := range attempts {
			if a.Finished.After(last) {
				last = a.Finished
			}
		}
	}
	return moment(last)
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

// moment is in UTC, nil for never.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
