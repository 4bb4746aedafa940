package run

import (
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats/steady"
)

// warmUp finds where the steady state begins, while a window of duration auto is under way
// (measuring.md 22). Until then nothing is decided; then the window begins anew there.
type warmUp struct {
	// ramped is the first second in which all users run.
	ramped int64
	known  bool
	// left is how many seconds of the window were left out.
	left int64

	cut steady.WarmUp
	// seen is how many steps of the course it has had.
	seen int
	// came is all that the window has taken, to begin anew with.
	came locust.Slices
}

// keep notes what came until the warm-up is known.
func (e *early) keep(got locust.Slices, from, until int64) {
	if e == nil || e.warmUp.known {
		return
	}
	c := &e.warmUp.came
	within := func(second int64) bool { return second >= from && second < until }
	for _, s := range got.Slices {
		if within(s.Second) {
			c.Slices = append(c.Slices, s)
		}
	}
	for _, s := range got.Errors {
		if within(s.Second) {
			c.Errors = append(c.Errors, s)
		}
	}
	for _, s := range got.Pauses {
		if within(s.Second) {
			c.Pauses = append(c.Pauses, s)
		}
	}
	for _, s := range got.Flown {
		if within(s.Second) {
			c.Flown = append(c.Flown, s)
		}
	}
}

// find looks at the course up to the window's last second. It returns the second in which the
// steady state begins, once that is known for the first time.
func (u *warmUp) find(s *result.Series, until int64) (from int64, found bool) {
	if u.known || s == nil {
		return 0, false
	}
	medians, rates := s.Within(time.Unix(u.ramped, 0), float64(until-u.ramped))
	for ; u.seen < len(rates); u.seen++ {
		u.cut.Add(medians[u.seen], rates[u.seen])
	}
	steps, found := u.cut.Cut()
	return u.ramped + int64(steps*s.Step), found
}

// beginAt begins the window anew with a second, if that is later, and has all objectives decided by what
// came from then on.
func (w *window) beginAt(second int64) error {
	e, came, until := w.early, w.early.warmUp.came, w.next
	e.warmUp.known, e.warmUp.came = true, locust.Slices{}
	fresh := newWindow(max(second, w.from), 0)
	fresh.to, fresh.early = w.to, e
	e.warmUp.left = fresh.from - w.from
	*w = *fresh
	return w.add(came, until)
}
