package run

import (
	"fmt"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/failure"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// fewUnreached is how many requests in a row must fail to reach the target before that
// counts as an outage and not as chance.
const fewUnreached = 10

// outage is what the last requests of a load say of a target that cannot be reached. It
// reads no clock.
type outage struct {
	// answered says that the target has answered in this load, if only by a failure.
	answered bool
	// since is when the first request after the last answer failed, times how many have
	// since, kinds how they failed.
	since time.Time
	times int64
	kinds []result.ErrorCount
}

// see takes what has come since the last look.
func (o *outage) see(now time.Time, worked bool, came []result.ErrorCount) {
	answer := func(e result.ErrorCount) bool { return !failure.Unreachable(e.Error) }
	if worked || slices.ContainsFunc(came, answer) {
		*o = outage{answered: true}
		return
	}
	for _, e := range came {
		if o.since.IsZero() {
			o.since = now
		}
		o.times += e.Occurrences
		e.Error = failure.Plain(e.Error)
		o.kinds, _ = withKind(o.kinds, e)
	}
}

// text says that the target is gone; empty if it is not.
func (o *outage) text() string {
	switch {
	case o.times < fewUnreached:
		return ""
	case o.answered:
		return fmt.Sprintf("the target had stopped answering by %s: %s", o.since.UTC().Format("15:04:05 UTC"), failureTexts(o.kinds))
	}
	return "the target could not be reached: " + failureTexts(o.kinds)
}

// tellOutage puts an outage of the target before the other reasons of a failed attempt,
// since it may have caused them all.
func (a *attempt) tellOutage() {
	if !a.swarmed || a.gone != nil || a.rec.Status != result.Error && a.rec.Status != result.Invalid {
		return
	}
	if text := a.failing.gone.text(); text != "" {
		a.rec.Reasons = slices.Concat([]string{text}, a.rec.Reasons)
	}
}
