package flow

import (
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// reportInterval is how often Python Locust's workers report (locust-protocol.md 5). What
// they measured in between is in no total yet.
const reportInterval = experiment.ReportInterval

// arrival is the arrival of a worker's report at the master.
type arrival struct {
	// worker is empty with a Python master, which does not say whose report it was.
	worker string
	// It came between after and by, on our clock.
	after, by time.Time
	// weight is how many requests it held, or another measure of its worker's share.
	weight float64
}

func (a arrival) at() time.Time { return a.after.Add(a.by.Sub(a.after) / 2) }

// Flow is what has been seen of the workers' reports. It reads no clock: time comes in with
// the looks.
type Flow struct {
	// arrivals are those of the last intervals, in the order seen.
	arrivals []arrival
	// looked is when the total was last asked for, requests what it was.
	looked   time.Time
	requests int64
	// workers are as our master last reported them; nil with a Python master.
	workers map[string]locust.StatusWorker
	// ahead is how far our master's clock is ahead of ours.
	ahead time.Duration
	// silent is how many seconds each worker had been silent when the window opened.
	silent map[string]float64
	beats  beats
	// costs are how long the last looks took.
	costs []time.Duration
}

// Cost takes how long a look took, and returns how long one keeps the master busy: the
// shortest of the last, since the network may delay single answers.
func (f *Flow) Cost(took time.Duration) time.Duration {
	f.costs = append(f.costs, took)
	f.costs = f.costs[max(0, len(f.costs)-5):]
	return slices.Min(f.costs)
}

// AddTotal takes a master's total of requests, asked for and answered at these moments. If it
// has grown, a report has come since the look before.
func (f *Flow) AddTotal(asked, answered time.Time, requests int64) {
	if !f.looked.IsZero() && requests > f.requests {
		came := arrival{after: f.looked, by: answered, weight: float64(requests - f.requests)}
		f.add(came)
		f.beats.hear(came)
	}
	f.looked, f.requests = asked, requests
	f.beats.pass(asked)
}

// AddStatus takes an answer of our master, which says when each worker's report came.
func (f *Flow) AddStatus(asked, answered time.Time, s locust.Status) {
	if f.workers == nil {
		f.workers = map[string]locust.StatusWorker{}
	}
	slack := answered.Sub(asked) / 2
	f.ahead = time.UnixMicro(s.NowMicros).Sub(asked.Add(slack))
	for _, w := range s.Workers {
		if w.CoveredMicros != f.workers[w.ID].CoveredMicros {
			at := time.UnixMicro(w.CoveredMicros).Add(-f.ahead)
			f.add(arrival{w.ID, at.Add(-slack), at.Add(slack), float64(w.Requests)})
		}
		f.workers[w.ID] = w
	}
}

func (f *Flow) add(a arrival) {
	f.arrivals = append(f.arrivals, a)
	old := a.by.Add(-4 * reportInterval)
	f.arrivals = slices.DeleteFunc(f.arrivals, func(x arrival) bool { return x.by.Before(old) })
}

// Reset takes note that the master's totals were reset, asked for at this moment.
func (f *Flow) Reset(asked time.Time) {
	f.looked, f.requests = asked, 0
	f.beats.open()
	f.silent = map[string]float64{}
	for id, w := range f.workers {
		f.silent[id] = w.SilentSeconds
	}
}

// sameReport is how much more than an interval ago a worker's last report may have come.
const sameReport = 150 * time.Millisecond

// last are the latest reports that are in the totals: the last of each worker if it is
// known whose they are, otherwise those of the last interval.
func (f *Flow) last(now time.Time) []arrival {
	var out []arrival
	for i, a := range f.arrivals {
		newer := func(x arrival) bool { return x.worker == a.worker }
		switch {
		case a.worker == "" && now.Sub(a.by) > reportInterval+sameReport:
		case a.worker != "" && slices.ContainsFunc(f.arrivals[i+1:], newer):
		default:
			out = append(out, a)
		}
	}
	return out
}

// phases are how long after a moment reports are due, within one interval and sorted. Our
// own workers report every second and are left out.
func (f *Flow) phases(moment, now time.Time) []time.Duration {
	var out []time.Duration
	for _, a := range f.last(now) {
		if !f.workers[a.worker].Slices {
			out = append(out, (a.at().Sub(moment)%reportInterval+reportInterval)%reportInterval)
		}
	}
	slices.Sort(out)
	return out
}

// Widest is the middle of the longest gap between reports, the next time that it comes.
func (f *Flow) Widest(now time.Time) time.Time {
	due := f.phases(now, now)
	var middle, longest time.Duration
	for i, p := range due {
		next := due[0] + reportInterval
		if i+1 < len(due) {
			next = due[i+1]
		}
		if next-p > longest {
			longest, middle = next-p, (p+next)/2%reportInterval
		}
	}
	return now.Add(middle)
}

// Clear is a moment at which no report comes, close to the one that is given: that moment
// itself, or the middle of the gap that it is in if it is near the gap's edge.
func (f *Flow) Clear(moment, now time.Time) time.Time {
	due := f.phases(moment, now)
	if len(due) == 0 {
		return moment
	}
	next, before := due[0], reportInterval-due[len(due)-1]
	if quarter := (next + before) / 4; next > quarter && before > quarter {
		return moment
	}
	return moment.Add((next - before) / 2)
}
