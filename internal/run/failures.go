package run

import (
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/failure"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

const (
	// vainLimit is for how long the load of a run may do nothing but fail to reach the
	// target. A target that is only just starting has answered by then.
	vainLimit = 10 * time.Second
	// toldFailures is how many kinds of failure are told as they come. The reports count all.
	toldFailures = 5
)

// failures is what a run knows of its failed requests while it goes on: which kinds it
// has told, and whether anything has ever succeeded. It is pure: time comes in with what
// is seen.
type failures struct {
	told []result.ErrorCount
	// worked says that a request of the run has succeeded, in an earlier part of it, too.
	worked bool
	// vain is for how long the loads before this one did nothing but fail to reach the target.
	vain time.Duration
	// first and last are when such failures of the present load were seen. answered says
	// that it met another kind, which somebody must have sent.
	first, last time.Time
	answered    bool
	// unreached are the kinds of such failures, as they came first.
	unreached []result.ErrorCount
	// gone is what such failures of the present load say of the target now.
	gone outage
}

// begin is told of a new load.
func (f *failures) begin() {
	f.vain = f.inVain()
	f.first, f.last, f.answered, f.gone = time.Time{}, time.Time{}, false, outage{}
}

// see takes what has come since the last look, and returns the kinds that are to be told.
func (f *failures) see(now time.Time, worked bool, came []result.ErrorCount) (news []result.ErrorCount) {
	f.worked = f.worked || worked
	f.gone.see(now, worked, came)
	for _, e := range came {
		unreachable := failure.Unreachable(e.Error)
		e.Error = failure.Plain(e.Error)
		if unreachable {
			f.unreached, _ = withKind(f.unreached, e)
		} else {
			f.answered = true
		}
		var isNew bool
		if f.told, isNew = withKind(f.told, e); isNew {
			news = append(news, e)
		}
	}
	if len(came) > 0 {
		f.last = now
		if f.first.IsZero() {
			f.first = now
		}
	}
	return news
}

// withKind adds a failure of another kind than those before, of which there are a few.
func withKind(have []result.ErrorCount, e result.ErrorCount) ([]result.ErrorCount, bool) {
	same := func(h result.ErrorCount) bool { return h.Error == e.Error }
	if len(have) == toldFailures || slices.ContainsFunc(have, same) {
		return have, false
	}
	return append(have, e), true
}

// inVain is for how long nothing but failures to reach the target has been seen.
func (f *failures) inVain() time.Duration {
	if f.worked || f.answered {
		return 0
	}
	return f.vain + f.last.Sub(f.first)
}

// failureText is a kind of failure for people: "POST /orders 401 Unauthorized, want 201".
func failureText(e result.ErrorCount) string {
	words := []string{e.Endpoint.Method, e.Endpoint.Name, e.Error}
	if e.Unsent {
		words[2] = locust.NotSent + e.Error
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// failureTexts are several kinds in the words in which each was told first.
func failureTexts(kinds []result.ErrorCount) string {
	var texts []string
	for _, e := range kinds {
		texts = append(texts, failureText(e))
	}
	return strings.Join(texts, ", ")
}
