package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// failurePause is between two looks for failures outside a window.
const failurePause = time.Second

// failureReader is how far an attempt has read what failed.
type failureReader struct {
	// last is when it last looked while no window was open.
	last time.Time
	// next is the second of our master's slices to go on with, at first that in which the load
	// was started.
	next int64
	// failures and successes are how many a master's totals had.
	failures  map[result.ErrorCount]int64
	successes int64
}

// observeFailures reads what has failed before the window opens. In the window the
// measuring does.
func (a *attempt) observeFailures(ctx context.Context, o locust.Observation) error {
	now := time.Now()
	if now.Sub(a.failuresRead.last) < failurePause {
		return nil
	}
	a.failuresRead.last = now
	switch {
	case o.HasSlices():
		a.readFailureSlices(ctx, o)
	case o.Stats != nil:
		a.sawTotals(*o.Stats)
	default: // our master with Python workers
		if s, err := a.generator.totals(ctx); err == nil {
			a.sawTotals(*s)
		}
	}
	return a.neverReached()
}

// readFailureSlices reads the seconds since the last look.
func (a *attempt) readFailureSlices(ctx context.Context, o locust.Observation) {
	now := o.Status.NowMicros / 1e6
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	if got, err := a.generator.client.Slices(ctx, a.failuresRead.next, now); err == nil {
		a.sawSlices(got, min(max(got.CompleteUntil, a.failuresRead.next), now))
	}
}

// sawSlices takes the seconds that have not been looked at, up to one, of what our master
// answered.
func (a *attempt) sawSlices(got locust.Slices, until int64) {
	from := a.failuresRead.next
	a.failuresRead.next = max(from, until)
	a.followSlices(got, until)
	worked := slices.ContainsFunc(got.Slices, func(s locust.Slice) bool { return s.Second >= from && s.Second < until && s.OK != "" })
	var came []result.ErrorCount
	for _, e := range got.Errors {
		if e.Second >= from && e.Second < until {
			came = append(came, result.ErrorCount{Endpoint: endpoint(e.Method, e.Name), Error: e.Error, Occurrences: e.Occurrences, Unsent: e.Unsent})
		}
	}
	a.saw(worked, came)
}

// sawTotals takes a master's totals. A Python master's may still be from before the load.
func (a *attempt) sawTotals(s locust.Stats) {
	if !a.generator.extended() && time.Since(a.swarmedAt) < memoPause {
		return
	}
	a.followTotals(s)
	succeeded := s.Requests - s.Failures
	worked := succeeded > 0 && succeeded != a.failuresRead.successes
	a.failuresRead.successes = succeeded
	a.saw(worked, a.failuresRead.newFailures(s.Errors))
}

// newFailures are those that the totals did not have at the last look. Where there are
// fewer of a kind than before, the totals were reset in between.
func (l *failureReader) newFailures(total []locust.Failure) (came []result.ErrorCount) {
	seen := map[result.ErrorCount]int64{}
	for _, e := range total {
		kind := result.ErrorCount{Endpoint: endpoint(e.Method, e.Name), Error: e.Error}
		seen[kind] = e.Occurrences
		more := e.Occurrences - l.failures[kind]
		if more < 0 {
			more = e.Occurrences
		}
		if more > 0 {
			kind.Error, kind.Unsent, kind.Occurrences = strings.TrimPrefix(e.Error, locust.NotSent), generatorFault(e.Error), more
			came = append(came, kind)
		}
	}
	l.failures = seen
	return came
}

// saw tells the first failure of each kind.
func (a *attempt) saw(worked bool, came []result.ErrorCount) {
	for _, e := range a.failing.see(time.Now(), worked, came) {
		a.emit(Event{Type: FirstFailure, Failure: &e, Message: failureText(e)})
		if a.course.Timeline != nil {
			a.course.Event(a.course.now(), failureText(e))
		}
	}
}

// neverReached fails once a run that has never had a successful request has failed to reach
// its target for vainLimit: going on would measure nothing. That ends the run, which can
// be continued.
func (a *attempt) neverReached() error {
	d := a.failing.inVain()
	if d < vainLimit {
		return nil
	}
	host, err := a.campaign.host()
	if err != nil {
		return err
	}
	a.gone = fmt.Errorf("no request of the run has succeeded, and for %v all of them failed: %s; see that the target answers at %s",
		d.Truncate(time.Second), failureTexts(a.failing.unreached), host)
	return a.gone
}
