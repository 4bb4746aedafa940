package run

import (
	"context"
	"fmt"
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
	// failurePause is between two looks for failures outside a window.
	failurePause = time.Second
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

// lookAtFailures looks for failed requests while no window is open, which does it then.
func (a *attempt) lookAtFailures(ctx context.Context, l load) error {
	now := time.Now()
	if now.Sub(a.lookedForFailures) < failurePause {
		return nil
	}
	a.lookedForFailures = now
	switch {
	case l.hasSlices():
		a.readFailures(ctx, l)
	case l.stats != nil:
		a.sawTotals(*l.stats)
	default: // our master with Python workers
		if s, err := a.stats(ctx); err == nil {
			a.sawTotals(*s)
		}
	}
	return a.reached()
}

// readFailures reads the seconds since the last look.
func (a *attempt) readFailures(ctx context.Context, l load) {
	now := l.status.NowMicros / 1e6
	if a.nextFailures == 0 {
		a.nextFailures = now
	}
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	if got, err := a.client.Slices(ctx, a.nextFailures, now); err == nil {
		until := min(max(got.CompleteUntil, a.nextFailures), now)
		a.sawSlices(got, a.nextFailures, until)
		a.nextFailures = until
	}
}

// sawSlices takes the seconds [from, until) of what our master answered.
func (a *attempt) sawSlices(got locust.Slices, from, until int64) {
	worked := slices.ContainsFunc(got.Slices, func(s locust.Slice) bool { return s.Second >= from && s.Second < until && s.OK != "" })
	var came []result.ErrorCount
	for _, e := range got.Errors {
		if e.Second >= from && e.Second < until {
			came = append(came, result.ErrorCount{Endpoint: endpoint(e.Method, e.Name), Error: e.Error, Occurrences: e.Occurrences, Unsent: e.Unsent})
		}
	}
	a.saw(worked, came)
}

// sawTotals takes a master's totals. Python's answer may be one from before the load.
func (a *attempt) sawTotals(s locust.Stats) {
	if a.caps.Extension == nil && time.Since(a.swarmedAt) < memoPause {
		return
	}
	succeeded := s.Requests - s.Failures
	worked := succeeded > 0 && succeeded != a.successesSeen
	a.successesSeen = succeeded
	a.saw(worked, a.newFailures(s.Errors))
}

// newFailures are those that the totals did not have at the last look. Of a kind that
// has become fewer they were reset.
func (a *attempt) newFailures(total []locust.Failure) (came []result.ErrorCount) {
	seen := map[result.ErrorCount]int64{}
	for _, e := range total {
		kind := result.ErrorCount{Endpoint: endpoint(e.Method, e.Name), Error: e.Error}
		seen[kind] = e.Occurrences
		more := e.Occurrences - a.failuresSeen[kind]
		if more < 0 {
			more = e.Occurrences
		}
		if more > 0 {
			kind.Error, kind.Unsent, kind.Occurrences = strings.TrimPrefix(e.Error, locust.NotSent), generatorFault(e.Error), more
			came = append(came, kind)
		}
	}
	a.failuresSeen = seen
	return came
}

// saw tells the first failure of each kind.
func (a *attempt) saw(worked bool, came []result.ErrorCount) {
	for _, e := range a.failing.see(time.Now(), worked, came) {
		a.emitHere(Event{Type: FirstFailure, Failure: &e, Message: failureText(e)})
	}
}

// reached is nil unless the load has been failing to reach the target for so long, and
// the run has never done anything else, that to go on would measure nothing. It ends the
// run then, which can be continued.
func (a *attempt) reached() error {
	d := a.failing.inVain()
	if d < vainLimit {
		return nil
	}
	host, err := a.host()
	if err != nil {
		return err
	}
	a.gone = fmt.Errorf("no request of the run has succeeded, and for %v all of them failed: %s; see that the target answers at %s",
		d.Truncate(time.Second), failureTexts(a.failing.unreached), host)
	return a.gone
}
