package run

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
)

// lateSlices is how late a second's slices may arrive.
const lateSlices = 5 * time.Second

const (
	// slicePause is between two observations of our master, which has news every second.
	slicePause = time.Second
	// sliceDelay is how long after the end of a second its slices are asked for: workers
	// send them after 50 ms.
	sliceDelay = 150 * time.Millisecond
)

// measureSlices measures with our workers: it resets nothing and takes exactly the slices
// of the window.
func (a *attempt) measureSlices(ctx context.Context, o locust.Observation) error {
	first := o.Status.NowMicros/1e6 + 1
	w := newWindow(first, a.exp.Duration())
	var err error
	if w.early, err = newEarly(a.exp, a.ramped, w.to); err != nil {
		return err
	}
	if err := sleep(ctx, time.Duration(first*1e6-o.Status.NowMicros)*time.Microsecond); err != nil {
		return err
	}
	started := time.Now()
	a.watch.Opened(started)
	a.observeSecond(ctx) // or the first second would have no look
	err = a.watchSlices(ctx, w, started)
	if ctx.Err() != nil {
		w.to = max(w.next, w.from) // the whole seconds are kept, in a record that says INTERRUPTED
	} else if err != nil {
		return err
	}
	a.enter(PhaseCollect)
	return cmp.Or(a.collectSlices(context.WithoutCancel(ctx), w), ctx.Err())
}

// watchSlices gathers until the window is whole or decided, or its seconds do not arrive.
func (a *attempt) watchSlices(ctx context.Context, w *window, started time.Time) error {
	opened := w.from
	for next := started.Add(slicePause + sliceDelay); ; next = next.Add(slicePause) {
		if err := sleep(ctx, time.Until(next)); err != nil {
			return err
		}
		got, err := a.fetch(ctx, w)
		if err != nil {
			a.tellWaiting(err.Error())
		} else if err := a.gather(w, got); err != nil {
			return err
		}
		// After gathering, because a second also becomes final by the loss of the worker
		// that it was still waiting for.
		a.observeSecond(ctx)
		if w.next == w.to {
			return nil // judge reads what was noted
		}
		if err := a.broken(); err != nil {
			return err
		}
		if w.early.ends(w) {
			w.to = w.next
			a.watch.JudgePauses(w.pauses, w.length())
			return nil
		}
		arrived := max(w.next-opened, 0)
		if time.Since(started)-time.Duration(arrived)*time.Second > lateSlices {
			return invalid(validity.SecondsLate, arrived, w.to-opened, because(err))
		}
	}
}

func (a *attempt) observeSecond(ctx context.Context) {
	now := time.Now()
	o, err := a.observeWindow(ctx)
	if err != nil {
		a.tellWaiting(fmt.Sprintf("observing the load: %v", err))
		return
	}
	a.watch.JudgeLoad(now, o)
	a.follow(ctx, o)
}

// fetch asks for the seconds not gathered yet.
func (a *attempt) fetch(ctx context.Context, w *window) (locust.Slices, error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	got, err := a.generator.client.Slices(ctx, min(w.next, a.failuresRead.next), w.to)
	if err != nil {
		return got, fmt.Errorf("reading slices: %w", err)
	}
	return got, nil
}

// gather takes the seconds that became final. An error, which asking again would not
// mend, spoils the window.
func (a *attempt) gather(w *window, got locust.Slices) error {
	until := min(max(got.CompleteUntil, w.next), w.to)
	if until == w.next {
		return nil
	}
	if err := w.add(got, until); err != nil {
		return err
	}
	a.sawSlices(got, until)
	if err := a.leaveWarmUp(w); err != nil {
		return err
	}
	if quiet := w.quiet(); w.oldest() < quiet && a.failing.inVain() == 0 {
		// While requests are under way it is the target that is quiet, not the load; and
		// where no request of the run could ever be sent, the run is about to end.
		a.watch.JudgeQuiet(quiet)
	}
	a.watch.JudgePauses(w.pauses, w.length())
	if w.gathered() > 0 {
		a.emit(Event{Type: Sample, Live: a.withLoad(w.live())})
	}
	return nil
}

// leaveWarmUp has a window of duration auto begin where the warm-up ends.
func (a *attempt) leaveWarmUp(w *window) error {
	if w.early == nil {
		return nil
	}
	if from, found := w.early.warmUp.find(a.course.Series(), w.next); found {
		return w.beginAt(from)
	}
	return nil
}

// collectSlices turns the window into numbers and keeps its histograms.
func (a *attempt) collectSlices(ctx context.Context, w *window) error {
	if w.to == w.from {
		return nil
	}
	if w.overflow > 0 {
		a.watch.Break(validity.ValuesTooLong, matrix.Count(int(w.overflow), "request"))
	}
	a.rec.Measured = w.measured(a.exp.Tasks())
	a.rec.Measured.Stopped = w.early.stopped(w)
	w.keepBatches(a.rec.Measured)
	a.doubt(a.watch.JudgeGenerator(a.rec.Measured, w.pauses)...)
	a.watch.JudgeLittle(w.loads(a.rec.Measured, a.watch.TellsVitals()))
	if err := a.warnExceptions(ctx); err != nil {
		return err
	}
	ref, err := a.campaign.opts.Store.SaveSlices(ctx, fmt.Sprintf("%s-a%d", a.key.Slug(), a.number), w.slices())
	if err != nil {
		a.lost = err
		return err
	}
	a.rec.Slices = ref
	return nil
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}
