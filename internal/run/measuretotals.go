package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/run/flow"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

const (
	// csvPause is between observations of the load with a Python master.
	csvPause = memoPause
	// flowPause is between looks at the flow of reports, and finePause where it matters
	// when exactly one came: around the window's edges. A look must not cost the master
	// more than a small part of its time.
	flowPause = 250 * time.Millisecond
	finePause = 80 * time.Millisecond
	lookShare = 10
	// flowLead is for how long reports are looked at before the window: all of them come once.
	flowLead = reportInterval + 300*time.Millisecond
	// aimLead is how long before the window's end its exact place is chosen.
	aimLead = 300 * time.Millisecond
	// leastWindow is the shortest part of a window, in seconds, that is worth keeping.
	leastWindow = 1
)

// measureTotals measures with a master that has only totals: reset, wait, read
// (measuring.md 7). Workers report to it every 3 s, each at its own time, so
// the totals of a moment end at other times. The window is a whole number of report
// intervals and begins and ends where no report comes, so that each worker's part of it
// is as long as it is itself; what is left of a difference is measured.
func (a *attempt) measureTotals(ctx context.Context, o observation) error {
	w, err := a.openTotals(ctx, o)
	if err != nil {
		return err
	}
	err = a.watchTotals(ctx, w)
	if err != nil && ctx.Err() == nil {
		return err
	}
	// What an interrupted window has is kept, in a record that says INTERRUPTED.
	a.enter(PhaseCollect)
	return cmp.Or(a.collectTotals(context.WithoutCancel(ctx), w), ctx.Err())
}

// openTotals looks at how reports come, and resets where none does.
func (a *attempt) openTotals(ctx context.Context, o observation) (*totals, error) {
	w := &totals{flow: &flow.Flow{}}
	for _, worker := range o.live() {
		if worker.UserCount > 0 {
			w.workers++
		}
	}
	a.askRaised(ctx)
	lead := flowLead
	if a.generator.extended() {
		lead = 0 // our master tells when the last ones came
	}
	if err := a.lookUntil(ctx, w.flow, time.Now().Add(lead)); err != nil {
		return nil, err
	}
	if err := a.lookUntil(ctx, w.flow, w.flow.Widest(time.Now())); err != nil {
		return nil, err
	}
	asked := time.Now()
	if err := a.generator.client.ResetStats(ctx); err != nil {
		return nil, a.notReset(ctx, err)
	}
	answered := time.Now()
	w.start = asked.Add(answered.Sub(asked) / 2)
	w.opening = w.flow.Reach(asked, answered, w.workers, true)
	w.flow.Reset(asked)
	a.watch.lastSeen, a.watch.lastMoved = answered, answered
	return w, nil
}

// notReset is why a window could not be opened: the master refused, or is gone, with
// the load that had been seen to run.
func (a *attempt) notReset(ctx context.Context, err error) error {
	var refused *locust.StatusError
	if ctx.Err() != nil || errors.As(err, &refused) {
		return fmt.Errorf("resetting statistics: %w", err)
	}
	return invalid("the master was gone when the window opened: %s", oneLine(err.Error()))
}

// lookUntil looks at the flow again and again, the last time when a moment has come.
func (a *attempt) lookUntil(ctx context.Context, f *flow.Flow, moment time.Time) error {
	for {
		pause := a.lookAtFlow(ctx, f, finePause)
		left := time.Until(moment)
		if left <= 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, min(pause, left)); err != nil {
			return err
		}
	}
}

// lookAtFlow looks at the flow of reports, and returns for how long not to look again. What
// cannot be seen makes the window's edges less certain, and nothing else.
func (a *attempt) lookAtFlow(ctx context.Context, f *flow.Flow, pause time.Duration) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	asked := time.Now()
	if a.generator.extended() {
		if s, err := a.generator.client.Status(ctx); err == nil {
			f.Status(asked, time.Now(), s)
		}
	} else if _, total, err := a.generator.client.Requests(ctx); err == nil {
		f.Total(asked, time.Now(), total.Requests)
	}
	return min(max(pause, lookShare*f.Cost(time.Since(asked))), time.Second)
}

// watchTotals watches until the window has passed on our own monotonic clock.
func (a *attempt) watchTotals(ctx context.Context, w *totals) error {
	length := spec.WholeReports(a.exp.Duration())
	end, aimed := w.start.Add(length), false
	next := w.start
	for {
		now := time.Now()
		left := end.Sub(now)
		if !aimed && left <= aimLead {
			// Reports drift by some milliseconds each.
			end, aimed = w.flow.Clear(end, now), true
			left = end.Sub(now)
		}
		if left <= 0 {
			return nil
		}
		if !now.Before(next) && left > aimLead {
			next = now.Add(csvPause)
			a.observeTotals(ctx, now, w, end.Add(-aimLead))
		}
		pause := flowPause
		if left < flowLead {
			pause = finePause
		}
		pause = a.lookAtFlow(ctx, w.flow, pause)
		a.watch.paused(w.pauses(), length)
		if err := a.broken(); err != nil {
			return err
		}
		if !aimed {
			pause = min(pause, max(time.Until(end)-aimLead, 0))
		}
		if err := sleep(ctx, min(pause, time.Until(end))); err != nil {
			return err
		}
	}
}

// collectTotals reads what the window has, the uncached sources first (locust-protocol.md
// 34), and looks a last time at the load.
func (a *attempt) collectTotals(ctx context.Context, w *totals) error {
	if a.generator.extended() {
		a.lookAtFlow(ctx, w.flow, 0)
	}
	asked := time.Now()
	rows, total, err := a.generator.client.Requests(ctx)
	answered := time.Now()
	if err != nil {
		return fmt.Errorf("collecting: %w", err)
	}
	failures, err := a.generator.client.Failures(ctx)
	if err != nil {
		return fmt.Errorf("collecting: %w", err)
	}
	if !a.generator.extended() {
		w.flow.Total(asked, answered, total.Requests)
	}
	clock := asked.Add(answered.Sub(asked) / 2).Sub(w.start).Seconds()
	seconds, edgeError := flow.Length(clock, w.opening, w.flow.Reach(asked, answered, w.workers, false))
	if seconds < leastWindow {
		return nil
	}
	a.rec.Measured = measuredFromCSV(w.opened(), seconds, edgeError, rows, total, failures)
	a.judgeInstrument(w.pauses())
	if a.watch.cpuCount == 0 {
		a.warn("the load generators' CPU is not known: Locust had no figure yet")
	}
	if err := a.warnExceptions(ctx); err != nil {
		return err
	}
	now := time.Now()
	a.observeTotals(ctx, now, w, now.Add(3*pollLimit))
	return nil
}

// observeTotals looks at the load, which must not take longer than until a moment.
func (a *attempt) observeTotals(ctx context.Context, now time.Time, w *totals, until time.Time) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	o, err := a.observeWindow(ctx)
	if err == nil && o.stats == nil { // our master with Python workers
		o.stats, err = a.generator.totals(ctx)
	}
	if err != nil {
		a.tellWaiting(fmt.Sprintf("observing the load: %v", err))
		return
	}
	// An answer from before the reset, out of the cache, tells nothing of the
	// window's users and requests.
	if now.Sub(w.start) < memoPause {
		return
	}
	a.watch.load(now, o)
	a.watch.totals(now, o.stats.Requests)
	a.sawTotals(*o.stats)
	a.sampleLoad(o, w.start)
}

// warnExceptions tells of errors in user code, which are no failed requests.
func (a *attempt) warnExceptions(ctx context.Context) error {
	exceptions, err := a.generator.client.Exceptions(ctx)
	if err != nil {
		return fmt.Errorf("collecting: %w", err)
	}
	for _, e := range exceptions {
		a.rec.Warnings = append(a.rec.Warnings, raisedText(e))
	}
	return nil
}
