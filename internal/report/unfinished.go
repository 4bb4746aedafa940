package report

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Unfinished says of a run that is under way, or was interrupted, how far it has come; it is
// empty for one that came to its end, or that a limit ended. By another SLO than the run's own a
// search would have gone on elsewhere; that is no part of the run.
func (m *Model) Unfinished() string {
	if m.Ended != nil || m.Search != nil && m.SLOFrom == FromReport {
		return ""
	}
	done, text := m.done(), ""
	switch {
	case m.Search != nil && m.Search.Rest > 0:
		text = fmt.Sprintf("not at its end: %s done, about %d left", matrix.Count(done, "scenario"), m.Search.Rest)
	case m.Search != nil && len(m.Attempts) > 0, m.Search == nil && done == len(m.All):
		return ""
	default:
		text = fmt.Sprintf("not at its end: %d of %s done", done, matrix.Count(len(m.All), "scenario"))
	}
	if last := m.LastEnded(); !last.IsZero() {
		text += ", the last at " + last.UTC().Format("15:04 on 2 Jan 2006 UTC")
	}
	return text
}

// done counts the scenarios that need no further attempt.
func (m *Model) done() (n int) {
	for _, attempts := range m.Attempts {
		for _, a := range attempts {
			if a.Terminal && !result.Beside(a.Role) {
				n++
			}
		}
	}
	return n
}

// LastEnded is when the last attempt ended; zero if there was none.
func (m *Model) LastEnded() (last time.Time) {
	for _, attempts := range m.Attempts {
		for _, a := range attempts {
			if a.Finished.After(last) {
				last = a.Finished
			}
		}
	}
	return last
}
