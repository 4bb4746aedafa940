package run

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

// early decides the SLO while a window of duration auto is under way, from when its warm-up is
// known. It is nil for a fixed window.
type early struct {
	objectives []*decider
	warmUp     warmUp
	// longest is the second in which the window ends in any case.
	longest int64
}

// batchSeconds is how many seconds of a window are looked at together.
const batchSeconds = int64(interval.BatchLength / time.Second)

// newEarly is nil where the experiment does not ask for it. All users run from one second on; the
// window ends in another at the latest.
func newEarly(e *experiment.Experiment, ramped, longest int64) (*early, error) {
	if !e.Auto() {
		return nil, nil
	}
	out := &early{warmUp: warmUp{ramped: ramped}, longest: longest}
	for _, o := range e.SLO {
		if o.OfReplicas() {
			continue // no window decides it
		}
		allowed, ok := o.Allowed()
		if !ok {
			return nil, fmt.Errorf("%s bounds no share of requests, so no window of duration auto ends by it; write a time, as in 120s", o)
		}
		s, err := interval.NewSequence(allowed, e.Duration())
		if err != nil {
			return nil, err
		}
		out.objectives = append(out.objectives, &decider{Objective: o, allowed: allowed, sequence: s, open: map[int64]counts{}})
	}
	return out, nil
}

// take counts one slice, of so many seconds after the window's beginning.
func (e *early) take(second int64, s stats.Slice) {
	if e == nil || !e.warmUp.known {
		return
	}
	for _, d := range e.objectives {
		d.take(second/batchSeconds, s)
	}
}

// look has every objective decide by the batches that are whole.
func (e *early) look(w *window) {
	if e == nil || !e.warmUp.known {
		return
	}
	for _, d := range e.objectives {
		for d.batches < w.gathered()/batchSeconds {
			d.add()
		}
	}
}

// ends tells whether the window may end: an objective has failed, or all have passed.
func (e *early) ends(w *window) bool {
	return e != nil && e.decision(w) != result.DecisionOpen
}

func (e *early) decision(w *window) string {
	passed := 0
	for _, d := range e.objectives {
		switch d.stands(w) {
		case interval.Fail:
			return result.DecisionFail
		case interval.Pass:
			passed++
		}
	}
	if passed == len(e.objectives) {
		return result.DecisionPass
	}
	return result.DecisionOpen
}

// stopped is how the window ended; nil for a fixed one.
func (e *early) stopped(w *window) *result.Stopped {
	if e == nil {
		return nil
	}
	out := &result.Stopped{Decision: e.decision(w), After: float64(w.to - w.from), WarmUp: float64(e.warmUp.left), Unsettled: !e.warmUp.known}
	if w.to == e.longest {
		out.Decision = result.DecisionOpen
	}
	for _, d := range e.objectives {
		if decision := d.stands(w); decision == interval.Pass || decision == interval.Fail {
			out.Objectives = append(out.Objectives, result.Decided{
				Objective: d.String(), Decision: decision.String(), After: d.sequence.Elapsed().Seconds(), Low: d.low, High: d.high,
			})
		}
	}
	return out
}

// decider decides one objective.
type decider struct {
	experiment.Objective
	allowed  float64
	sequence *interval.Sequence
	decision interval.Decision
	// low and high are the ends of the share's interval at the decision.
	low, high float64
	// open are the batches that are not whole, by their number; batches is how many are.
	open    map[int64]counts
	batches int64
	sum     counts
}

// counts are requests that completed, and the bad ones of them.
type counts struct{ bad, all int64 }

func (d *decider) take(batch int64, s stats.Slice) {
	if !d.covers(s.Endpoint) {
		return
	}
	c := d.open[batch]
	c.all += s.Requests()
	c.bad += s.Failures()
	if d.Latency() {
		c.bad += s.OK.AtLeast(d.limit())
	}
	d.open[batch] = c
}

func (d *decider) covers(e stats.Endpoint) bool {
	return d.Endpoint == "" || d.Endpoint == e.String()
}

func (d *decider) limit() time.Duration { return time.Duration(d.Bound * float64(time.Millisecond)) }

// add gives the next batch to the sequence.
func (d *decider) add() {
	c := d.open[d.batches]
	delete(d.open, d.batches)
	d.batches++
	d.sum.bad += c.bad
	d.sum.all += c.all
	if d.decision == interval.Continue {
		d.decision = d.sequence.Add(c.bad, c.all)
		d.low, d.high = d.sequence.Share()
	}
}

// stands is the decision, unless the share of bad requests among all so far is on the other
// side, or those still under way, of which the sequence knows nothing, are so many that it might be.
func (d *decider) stands(w *window) interval.Decision {
	share, late := d.share(w)
	switch {
	case d.decision == interval.Pass && max(share, d.high)+late < d.allowed, d.decision == interval.Fail && share > d.allowed:
		return d.decision
	}
	return interval.Continue
}

// share is that of bad requests among those that ended, and what those under way may add. One
// is slow when it has been for the bound; whether one will fail that is older than all that ended
// is not known.
func (d *decider) share(w *window) (ended, late float64) {
	sum := d.sum
	for _, c := range d.open {
		sum = counts{sum.bad + c.bad, sum.all + c.all}
	}
	n := float64(d.late(w))
	if sum.all == 0 {
		return 0, 1
	}
	return float64(sum.bad) / float64(sum.all), n / (float64(sum.all) + n)
}

// late counts the requests under way that may be bad.
func (d *decider) late(w *window) (n int64) {
	for e, ages := range w.under {
		switch {
		case !d.covers(e):
		case d.Latency():
			n += ages.AtLeast(d.limit())
		default:
			n += ages.AtLeast(w.endpoint(e).All().Max() + time.Microsecond)
		}
	}
	return n
}
