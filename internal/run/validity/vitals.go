package validity

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// span is what our master said of one worker as the window opened and last.
type span struct{ first, last locust.StatusWorker }

// spans begin with the opening observation; none with a Python master.
func spansOf(o locust.Observation) map[string]span {
	out := map[string]span{}
	if o.Status != nil {
		for _, w := range o.Status.Workers {
			out[w.ID] = span{w, w}
		}
	}
	return out
}

// followWorkers takes one more observation. A worker that was not there at first is a reason
// against the window, and has no span.
func (w *Watch) followWorkers(o locust.Observation) {
	if o.Status == nil {
		return
	}
	for _, now := range o.Status.Workers {
		if s, known := w.spans[now.ID]; known {
			w.spans[now.ID] = span{s.first, now}
		}
	}
	w.Seen.Lag = w.lag()
}

// lag is that of the worker with the longest; nil until enough is known of one.
func (w *Watch) lag() (most *result.Lag) {
	for _, id := range w.workerIDs() {
		v, _ := w.spans[id].vitals()
		if v.Lags.Count() < fewLooks {
			continue
		}
		if p99 := result.Millis(v.Lags.Quantile(.99)); most == nil || p99 > most.P99 {
			most = &result.Lag{Worker: id, P50: result.Millis(v.Lags.Quantile(.50)), P99: p99}
		}
	}
	return most
}

// vitals are those of the span alone; false where the worker tells none.
func (s span) vitals() (v locust.Vitals, known bool) {
	a, b := s.first.Vitals, s.last.Vitals
	if a == nil || b == nil {
		return v, false
	}
	return locust.Vitals{
		Waits: b.Waits - a.Waits, LongWaits: b.LongWaits - a.LongWaits, GCMicros: b.GCMicros - a.GCMicros,
		Periods: b.Periods - a.Periods, Throttled: b.Throttled - a.Throttled, Lags: b.Lags.Since(a.Lags),
	}, true
}

// TellsVitals tells whether every worker tells what it goes through, as none of earlier releases
// does.
func (w *Watch) TellsVitals() bool {
	for _, s := range w.spans {
		if s.last.Vitals == nil {
			return false
		}
	}
	return len(w.spans) > 0
}

// doubtVitals tells of what the looks at the clock are too coarse for, of the worker that had
// the most of each: pauses of some milliseconds, and many of them.
func (w *Watch) doubtVitals(window time.Duration) (doubts []result.Finding) {
	if id, share := w.worst(func(v locust.Vitals) float64 { return shareOf(v.LongWaits, v.Waits, fewWaits) }); share > longWaits {
		doubts = append(doubts, WorkerWaited.Doubts(id, percent(share)))
	}
	stopped := func(v locust.Vitals) float64 { return float64(v.GCMicros) / float64(window.Microseconds()) }
	if id, share := w.worst(stopped); share > stoodDoubt {
		doubts = append(doubts, WorkerCollected.Doubts(id, percent(share)))
	}
	if id, share := w.worst(func(v locust.Vitals) float64 { return shareOf(v.Throttled, v.Periods, 1) }); share > throttledDoubt {
		doubts = append(doubts, WorkerThrottled.Doubts(id, percent(share)))
	}
	return doubts
}

// shareOf is n of all, 0 where all are too few to tell.
func shareOf(n, all, least int64) float64 {
	if all < least {
		return 0
	}
	return float64(n) / float64(all)
}

func (w *Watch) workerIDs() []string { return slices.Sorted(maps.Keys(w.spans)) }

// worst is the worker with the largest of something.
func (w *Watch) worst(of func(locust.Vitals) float64) (id string, most float64) {
	for _, name := range w.workerIDs() {
		if v, known := w.spans[name].vitals(); known && of(v) > most {
			id, most = name, of(v)
		}
	}
	return id, most
}

// rate is what a worker's users did.
type rate struct {
	id string
	// n are the requests that it reported, over so many seconds of so many users.
	n, seconds, users float64
	// classes is how many user classes it has.
	classes float64
}

func (r rate) perUser() float64 { return r.n / r.seconds / r.users }

// doubtParity tells of a worker whose users made more or fewer requests than those of the
// others, by more than chance gives. Every worker has the same mix of users, but for one of
// each class.
func (w *Watch) doubtParity() (doubts []result.Finding) {
	rates := w.rates()
	if len(rates) < 2 {
		return nil
	}
	middle := medianOf(rates)
	var worst rate
	off := 0.
	for _, r := range rates {
		d := r.perUser()/middle - 1
		if math.Abs(d) > math.Abs(off) && r.apart(middle) {
			worst, off = r, d
		}
	}
	if off == 0 {
		return nil
	}
	than := "more"
	if off < 0 {
		than = "fewer"
	}
	return []result.Finding{WorkerUnlike.Doubts(worst.id, percent(math.Abs(off)), than, len(rates))}
}

// apart tells whether the rate differs from that of the others by more than the bound and by
// more than chance.
func (r rate) apart(middle float64) bool {
	bound := parity
	if r.classes > 1 {
		bound = max(bound, r.classes/r.users)
	}
	expected := middle * r.seconds * r.users
	return math.Abs(r.n/expected-1) > bound && math.Abs(r.n-expected) > paritySigmas*math.Sqrt(borrowed*expected)
}

func (w *Watch) rates() (out []rate) {
	for _, id := range w.workerIDs() {
		s := w.spans[id]
		r := rate{
			id: id, n: float64(s.last.Requests - s.first.Requests), users: float64(s.last.UserCount),
			seconds: float64(s.last.CoveredMicros-s.first.CoveredMicros) / 1e6, classes: float64(s.last.Classes),
		}
		if r.users > 0 && r.seconds > 0 && r.n >= 0 {
			out = append(out, r)
		}
	}
	return out
}

func medianOf(rates []rate) float64 {
	var all []float64
	for _, r := range rates {
		all = append(all, r.perUser())
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}
