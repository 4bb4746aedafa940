package worker

import (
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// armReport sets the timer for the next report: to our master a moment after
// each second of its clock, to Python's every three seconds.
func (w *Worker) armReport() {
	if !w.slices() {
		w.report.Reset(w.opts.StatsInterval)
		return
	}
	now := w.clock.micros(time.Now())
	due := (unixSecond(now)+1)*1e6 + w.opts.SliceDelay.Microseconds()
	w.report.Reset(time.Duration(due-now) * time.Microsecond)
}

func (w *Worker) slices() bool { return w.ack != nil && w.ack.Protocol > 0 }

// sendReport sends what was measured since the last one; all of it when no user
// is left, the running second included.
func (w *Worker) sendReport(all bool) {
	switch {
	case w.ack == nil || w.link == nil:
	case !w.slices():
		w.sendStats()
	case w.offset.known() || all:
		w.sendSlices(all)
	}
}

func (w *Worker) sendStats() {
	w.recorder.drain(0, w.stats.add)
	r := wire.StatsReport{UserClassesCount: w.classCounts(), UserCount: w.fleet.count()}
	w.stats.take(seconds(w.clock.micros(time.Now())), &r)
	w.send(wire.TypeStats, r)
}

// startSlices begins the seconds of a master's clock that has just become
// known. If that runs behind the last one's, what was sealed there means nothing.
func (w *Worker) startSlices() {
	if now := w.clock.second(time.Now()); w.sealed > now+1 {
		w.sealed = now
		w.recorder.lower()
	}
}

// sendSlices declares the seconds before the present one complete: the recorder
// moves anything that still comes for them into the present one.
func (w *Worker) sendSlices(all bool) {
	now := w.clock.second(time.Now())
	w.sealed = max(w.sealed, now)
	w.recorder.drain(w.sealed, w.slicer.add)
	r := wire.Report{CompleteUntil: w.sealed, UserClassesCount: w.classCounts(), UserCount: w.fleet.count()}
	until := w.sealed
	if all {
		until++
	}
	if err := w.slicer.take(until, &r); err != nil {
		w.log.Error("reporting", "error", err)
		w.complain(err)
		return
	}
	w.send(wire.TypeReport, r)
}
