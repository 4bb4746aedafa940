package flow

import (
	"slices"
	"time"
)

// What can be seen of a worker that stood still where a master tells only the sum of
// all reports: that a report came late.
const (
	// lateReport is how late one must be to tell of more than a busy machine.
	lateReport = time.Second
	// nearReport is how far from when it is due a report may come and be on time. Workers
	// that report closer together than that are one beat.
	nearReport = 500 * time.Millisecond
	// enoughRequests is how many a report must hold usually: one that holds none
	// cannot be seen, and nothing is late of such.
	enoughRequests = 20
)

// Unnamed is a worker of a Python master.
const Unnamed = "(which one Locust does not tell)"

// beats are the times at which reports come round, as the steps of a total show them.
type beats struct {
	rounds []*beat
	// counting says that the window is open; stood is for how long in it reports stayed away.
	counting bool
	stood    time.Duration
	// heard is when the last report came that was on time.
	heard time.Time
}

// beat is one of them, of one or more workers.
type beat struct {
	// last is when the last round's first report came, until when its last did.
	last, until time.Time
	// requests are those of the last round so far, usual those of the one before.
	requests, usual float64
	// seen counts rounds without a gap.
	seen int
}

func (b *beat) due() time.Time { return b.last.Add(reportInterval) }

// overdue is whether it is late at a moment, and not only without requests.
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
// first of a worker that had nothing to tell before.
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
		// It was late by as much at least as the look before it says.
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

// nearest is the beat that a report is on time for: how many rounds after the last one,
// 0 for one more of the same round.
func (b *beats) nearest(a arrival) (found *beat, rounds int) {
	least := nearReport + a.half()
	for _, r := range b.rounds {
		if after := a.at().Sub(r.until); after <= min(least, nearReport) {
			found, rounds, least = r, 0, after
		}
		for i := 1; i <= 2; i++ {
			off := a.at().Sub(r.last.Add(time.Duration(i) * reportInterval)).Abs()
			// A late one is not taken for the next.
			if off <= least && (i == 1 || off <= nearReport-a.half()) {
				found, rounds, least = r, i, off
			}
		}
	}
	return found, rounds
}

// overdue is the first beat that is.
func (b *beats) overdue(at time.Time) *beat {
	for _, r := range b.rounds {
		if r.overdue(at) {
			return r
		}
	}
	return nil
}

// blind takes what came while the master did not answer: all that was due.
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

// skipped is a round without a report. Where others came and there always was one, its
// worker stood still for all of it; another had nothing to tell.
func (b *beats) skipped(r *beat) {
	if r.seen >= 3 && r.usual >= enoughRequests && b.heard.After(r.due().Add(-nearReport)) {
		b.late(reportInterval)
	}
}

// pass lets time pass, and gives up a beat that stays away.
func (b *beats) pass(now time.Time) {
	b.rounds = slices.DeleteFunc(b.rounds, func(r *beat) bool {
		if now.Sub(r.due()) <= reportInterval+2*nearReport {
			return false
		}
		b.skipped(r)
		return true
	})
}

// Stood is for how long workers stood still in the window, by worker, as far as it can be
// seen: by their heartbeats on our master, else by late reports, of one that is Unnamed.
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
