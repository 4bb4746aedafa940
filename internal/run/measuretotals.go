package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/run/flow"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

const (
	// csvPause is between two observations of a load on a Python master.
	csvPause = memoPause
	// flowPause is between two looks at the flow of reports, finePause around the window's
	// edges, where it matters exactly when a report came. flowShare keeps the looks at a
	// tenth of the master's time.
	flowPause = 250 * time.Millisecond
	finePause = 80 * time.Millisecond
	flowShare = 10
	// flowLead is how long the flow is looked at before the window, so that every worker has
	// reported once.
	flowLead = experiment.ReportInterval + 300*time.Millisecond
	// aimLead is how long before the planned end its exact moment is chosen.
	aimLead = 300 * time.Millisecond
	// leastWindow is the shortest part of a window that is worth keeping, in seconds.
	leastWindow = 1
)

// measureTotals measures with a master that has only totals: reset, wait, read
// (measuring.md 7). Workers report every 3 s, each at its own time, so the totals of a
// moment end earlier, and for each worker at another time. The window is therefore a whole
// number of report intervals and begins and ends where no report comes: each worker's part
// of it is then as long as the window. The difference that is left is measured.
func (a *attempt) measureTotals(ctx context.Context, o locust.Observation) error {
	w, err := a.openTotals(ctx, o)
	if err != nil {
		return err
	}
	err = a.watchTotals(ctx, w)
	if err != nil && ctx.Err() == nil {
		return err
	}
	// What there is of an interrupted window is kept, in a record that says INTERRUPTED.
	a.enter(PhaseCollect)
	return cmp.Or(a.collectTotals(context.WithoutCancel(ctx), w), ctx.Err())
}

// openTotals learns when reports come, and resets the totals where none does.
func (a *attempt) openTotals(ctx context.Context, o locust.Observation) (*totals, error) {
	w := &totals{flow: &flow.Flow{}}
	for _, worker := range o.Live() {
		if worker.UserCount > 0 {
			w.workers++
		}
	}
	a.askExceptions(ctx)
	lead := flowLead
	if a.generator.extended() {
		lead = 0 // our master tells when the last ones came
	}
	if err := a.observeFlowUntil(ctx, w.flow, time.Now().Add(lead)); err != nil {
		return nil, err
	}
	if err := a.observeFlowUntil(ctx, w.flow, w.flow.Widest(time.Now())); err != nil {
		return nil, err
	}
	asked := time.Now()
	if err := a.generator.client.ResetStats(ctx); err != nil {
		return nil, a.notReset(ctx, err)
	}
	answered := time.Now()
	w.start = asked.Add(answered.Sub(asked) / 2)
	w.opening = w.flow.Coverage(asked, answered, w.workers, true)
	w.flow.Reset(asked)
	a.watch.Opened(answered)
	return w, nil
}

// notReset says why a window could not be opened: the master refused, or it has died, and
// the running load with it.
func (a *attempt) notReset(ctx context.Context, err error) error {
	var refused *locust.StatusError
	if ctx.Err() != nil || errors.As(err, &refused) {
		return fmt.Errorf("resetting statistics: %w", err)
	}
	return invalid(validity.MasterGone, words.OneLine(err.Error()))
}

// observeFlowUntil keeps looking at the flow until a moment, and once more then.
func (a *attempt) observeFlowUntil(ctx context.Context, f *flow.Flow, moment time.Time) error {
	for {
		pause := a.observeFlow(ctx, f, finePause)
		left := time.Until(moment)
		if left <= 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, min(pause, left)); err != nil {
			return err
		}
	}
}

// observeFlow looks at the flow of reports, and returns how long not to look again. A look
// that fails makes the window's edges less certain, and nothing else.
func (a *attempt) observeFlow(ctx context.Context, f *flow.Flow, pause time.Duration) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	asked := time.Now()
	if a.generator.extended() {
		if s, err := a.generator.client.Status(ctx); err == nil {
			f.AddStatus(asked, time.Now(), s)
		}
	} else if _, total, err := a.generator.client.Requests(ctx); err == nil {
		f.AddTotal(asked, time.Now(), total.Requests)
	}
	return min(max(pause, flowShare*f.Cost(time.Since(asked))), time.Second)
}

// watchTotals watches until the window has passed on our own monotonic clock.
func (a *attempt) watchTotals(ctx context.Context, w *totals) error {
	length := experiment.WholeReports(a.exp.Duration())
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
		pause = a.observeFlow(ctx, w.flow, pause)
		a.watch.JudgePauses(w.pauses(), length)
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

// collectTotals reads what the window holds, the uncached sources first
// (locust-protocol.md 34), and looks at the load a last time.
func (a *attempt) collectTotals(ctx context.Context, w *totals) error {
	if a.generator.extended() {
		a.observeFlow(ctx, w.flow, 0)
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
		w.flow.AddTotal(asked, answered, total.Requests)
	}
	clock := asked.Add(answered.Sub(asked) / 2).Sub(w.start).Seconds()
	seconds, edgeError := flow.Length(clock, w.opening, w.flow.Coverage(asked, answered, w.workers, false))
	if seconds < leastWindow {
		return nil
	}
	a.rec.Measured = measuredFromCSV(w.opened(), seconds, edgeError, rows, total, failures)
	a.doubt(a.watch.JudgeGenerator(a.rec.Measured, w.pauses())...)
	if !a.watch.KnowsCPU() {
		a.doubt(validity.CPUUnknown.Doubts())
	}
	if err := a.warnExceptions(ctx); err != nil {
		return err
	}
	now := time.Now()
	a.observeTotals(ctx, now, w, now.Add(3*pollLimit))
	return nil
}

// observeTotals looks at the load, for no longer than until a moment.
func (a *attempt) observeTotals(ctx context.Context, now time.Time, w *totals, until time.Time) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	o, err := a.observeWindow(ctx)
	if err == nil && o.Stats == nil { // our master with Python workers
		o.Stats, err = a.generator.totals(ctx)
	}
	if err != nil {
		a.tellWaiting(fmt.Sprintf("observing the load: %v", err))
		return
	}
	// A cached answer may be from before the reset.
	if now.Sub(w.start) < memoPause {
		return
	}
	a.watch.JudgeLoad(now, o)
	a.follow(ctx, o)
	a.watch.JudgeTotals(now, o.Stats.Requests)
	a.sawTotals(*o.Stats)
	a.emitLive(o, w.start)
}
