package flow

import (
	"slices"
	"time"
)

// Where a master only has the sum of all reports, a worker that stood still shows only in a
// report that comes late.
const (
	// lateReport is how late a report must be to mean more than a busy machine.
	lateReport = time.Second
	// nearReport is how far from its due time a report may come and still be on time.
	// Workers that report closer together than that are one beat.
	nearReport = 500 * time.Millisecond
	// enoughRequests is how many requests a worker's reports must usually hold. One that
	// holds none cannot be seen, so its absence would prove nothing.
	enoughRequests = 20
)

// Unnamed stands for the worker where a Python master does not say which.
const Unnamed = "(which one Locust does not tell)"

// beats are the rhythm of the reports, read from the steps of a total.
type beats struct {
	rounds []*beat
	// counting says that the window is open; stood is how long reports were overdue in it.
	counting bool
	stood    time.Duration
	// heard is when a report last came on time.
	heard time.Time
}

// beat is one worker's rhythm, or that of several who report together.
type beat struct {
	// last is when the first report of the last round came, until when its last one did.
	last, until time.Time
	// requests is how many the last round has so far, usual how many the one before had.
	requests, usual float64
	// seen counts the rounds since one was missing.
	seen int
}

func (b *beat) due() time.Time { return b.last.Add(reportInterval) }

// overdue tells whether the next round is late, and not just without requests.
func (b *beat) overdue(at time.Time) bool {
	return b.usual >= enoughRequests && at.Sub(b.due()) > nearReport
}

// take begins a round with a report.
func (b *beat) take(a arrival) {
	b.last, b.until, b.seen = a.at(), a.at(), b.seen+1
	b.usual, b.requests = b.requests, a.weight
}

// open begins the window.
func (b *beats) open() { b.counting = true }

// hear takes a report: it is on time, one of several that come together, late, or the
// first of a worker that had nothing to report before.
func (b *beats) hear(a arrival) {
	if a.by.Sub(a.after) > nearReport {
		b.blind(a)
		return
	}
	r, rounds := b.nearest(a)
	switch late := b.overdue(a.after); {
	case r == nil && late == nil:
		b.rounds = append(b.rounds, &beat{last: a.at(), until: a.at(), requests: a.weight, seen: 1})
	case late != nil && (r == nil || rounds == 0 && r.requests >= .75*r.usual):
		// It was at least as late as it was at the look before it came.
		if d := a.after.Sub(late.due()); d > lateReport {
			b.late(d)
		}
		late.seen = 0
		late.take(a)
	case rounds == 0:
		r.requests, r.until = r.requests+a.weight, a.at()
	default:
		if rounds == 2 {
			b.skipped(r)
			r.seen = 0
		}
		r.take(a)
		b.heard = a.at()
	}
}

// nearest is the beat for which a report is on time, and how many rounds after its last
// one: 0 for one more report of that round.
func (b *beats) nearest(a arrival) (found *beat, rounds int) {
	least := nearReport + a.half()
	for _, r := range b.rounds {
		if after := a.at().Sub(r.until); after <= min(least, nearReport) {
			found, rounds, least = r, 0, after
		}
		for i := 1; i <= 2; i++ {
			off := a.at().Sub(r.last.Add(time.Duration(i) * reportInterval)).Abs()
			// A late report must not be taken for the next one.
			if off <= least && (i == 1 || off <= nearReport-a.half()) {
				found, rounds, least = r, i, off
			}
		}
	}
	return found, rounds
}

// overdue is the first beat that is overdue.
func (b *beats) overdue(at time.Time) *beat {
	for _, r := range b.rounds {
		if r.overdue(at) {
			return r
		}
	}
	return nil
}

// blind assumes that whatever was due while the master did not answer came on time.
func (b *beats) blind(a arrival) {
	for _, r := range b.rounds {
		for r.due().Before(a.by.Add(nearReport)) && r.due().After(a.after.Add(-nearReport)) {
			r.last, r.until = r.due(), r.due()
		}
	}
}

func (b *beats) late(d time.Duration) {
	if b.counting {
		b.stood += d
	}
}

// skipped takes a round without a report. If there always was one before, and others came,
// the worker stood still for the whole round; otherwise it had nothing to report.
func (b *beats) skipped(r *beat) {
	if r.seen >= 3 && r.usual >= enoughRequests && b.heard.After(r.due().Add(-nearReport)) {
		b.late(reportInterval)
	}
}

// pass lets time pass, and forgets a beat whose reports no longer come.
func (b *beats) pass(now time.Time) {
	b.rounds = slices.DeleteFunc(b.rounds, func(r *beat) bool {
		if now.Sub(r.due()) <= reportInterval+2*nearReport {
			return false
		}
		b.skipped(r)
		return true
	})
}

// Stood is how long each worker stood still in the window, as far as that can be seen: by
// its heartbeats on our master, otherwise by late reports, of a worker that is Unnamed.
func (f *Flow) Stood() map[string]time.Duration {
	out := map[string]time.Duration{}
	for id, w := range f.workers {
		if silent := w.SilentSeconds - f.silent[id]; silent > 0 {
			out[id] = time.Duration(int64(silent*1e6)) * time.Microsecond
		}
	}
	if f.beats.stood > 0 {
		out[Unnamed] = f.beats.stood
	}
	return out
}
