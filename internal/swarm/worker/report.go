package worker

import (
	"fmt"
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
	w.recorder.drain(0, w.stats.add, func(flight) {})
	r := wire.StatsReport{UserClassesCount: w.classCounts(), UserCount: w.fleet.count()}
	w.stats.take(seconds(w.clock.micros(time.Now())), &r)
	w.send(wire.TypeStats, r)
	if lost := w.recorder.takeLost(); lost > 0 {
		w.complain(fmt.Errorf("reporting: there was no room for the samples of %d requests", lost))
	}
}

// startSlices begins with the seconds of a master's clock that has just become known. If it
// is behind the last master's, what was sealed by that one means nothing.
func (w *Worker) startSlices() {
	if now := w.clock.second(time.Now()); w.sealed > now+1 {
		w.sealed = now
		w.slicer.seal(now)
		w.recorder.lower()
	}
}

// sendSlices declares all seconds before the current one complete: whatever still comes for
// them, the recorder moves into the current one.
func (w *Worker) sendSlices(all bool) {
	now := time.Now()
	w.sealed = max(w.sealed, w.clock.second(now))
	w.recorder.drain(w.sealed,
		func(e *outcome) { w.slicer.add(e, w.sealed) },
		func(f flight) { w.slicer.fly(f, w.sealed) })
	w.slicer.seal(w.sealed)
	until := w.sealed
	if all {
		until++
	}
	r := wire.Report{CompleteUntil: w.sealed, Pauses: w.pulse.take(now, until), UserClassesCount: w.classCounts(), UserCount: w.fleet.count()}
	r.Flown = w.pulse.takeFlown(until)
	if err := w.slicer.take(until, &r); err != nil {
		w.log.Error("reporting", "error", err)
		w.complain(err)
		return
	}
	r.Lost = w.recorder.takeLost() + w.slicer.takeLost()
	for _, part := range split(r) {
		w.send(wire.TypeReport, part)
	}
}

// What one report holds at most. Our master refuses one of more than 2,000 slices,
// and any message of 16 MiB.
const (
	partSlices = 1000
	partBytes  = 4 << 20
)

// split cuts a report into parts that a master accepts. Only the last completes the seconds,
// so that none counts as complete before all of it is there.
func split(r wire.Report) []wire.Report {
	var parts []wire.Report
	for {
		part := r
		part.Slices = r.Slices[:fitting(r.Slices)]
		part.Errors = r.Errors[:min(len(r.Errors), partSlices)]
		r.Slices, r.Errors, r.Pauses, r.Flown, r.Lost = r.Slices[len(part.Slices):], r.Errors[len(part.Errors):], nil, nil, 0
		if len(r.Slices)+len(r.Errors) == 0 {
			return append(parts, part)
		}
		part.CompleteUntil = 0
		parts = append(parts, part)
	}
}

// fitting is how many of the slices one report may hold.
func fitting(list []wire.ReportSlice) int {
	size := 0
	for i, s := range list {
		size += len(s.OK) + len(s.Failed) + len(s.InFlight) + len(s.Name)
		if i == partSlices || i > 0 && size > partBytes {
			return i
		}
	}
	return len(list)
}
