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
	// vainLimit is how long a run may do nothing but fail to reach the target. A target
	// that is only just starting has answered by then.
	vainLimit = 10 * time.Second
	// toldFailures is how many kinds of failure get an event of their own. Reports list all.
	toldFailures = 5
)

// failures is what a run knows of its failed requests so far: which kinds it has told,
// and whether anything has ever succeeded. It reads no clock.
type failures struct {
	told []result.ErrorCount
	// worked says that a request of the run has succeeded, perhaps in an earlier process.
	worked bool
	// vain is how long the loads before this one did nothing but fail to reach the target.
	vain time.Duration
	// first and last are when failures of the present load were seen. answered says that
	// one was of another kind, which only a target that is there can have sent.
	first, last time.Time
	answered    bool
	// unreached are the kinds of failure to reach the target, in the order they came.
	unreached []result.ErrorCount
	// gone is what they say of the target in the present load.
	gone outage
}

// begin begins a new load.
func (f *failures) begin() {
	f.vain = f.inVain()
	f.first, f.last, f.answered, f.gone = time.Time{}, time.Time{}, false, outage{}
}

// see takes what has come since the last look, and returns the kinds to tell.
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

// withKind adds a failure if it is of a new kind and few kinds are known.
func withKind(have []result.ErrorCount, e result.ErrorCount) ([]result.ErrorCount, bool) {
	same := func(h result.ErrorCount) bool { return h.Error == e.Error }
	if len(have) == toldFailures || slices.ContainsFunc(have, same) {
		return have, false
	}
	return append(have, e), true
}

// inVain is how long nothing but failures to reach the target has been seen.
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

// failureTexts lists several kinds of failure.
func failureTexts(kinds []result.ErrorCount) string {
	var texts []string
	for _, e := range kinds {
		texts = append(texts, failureText(e))
	}
	return strings.Join(texts, ", ")
}
