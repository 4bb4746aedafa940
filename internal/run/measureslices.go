package run

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// window gathers the one-second slices of [from, to), in seconds on the master's clock.
type window struct {
	from, to int64
	// next is the first second not gathered yet, busy the last one with a request.
	next, busy int64
	// kept are the slices as they came: encoded, since a decoded one is hundreds
	// of times larger.
	kept      []locust.Slice
	total     *stats.Tally
	endpoints map[stats.Endpoint]*stats.Tally
	errors    map[result.ErrorCount]int64 // with Occurrences 0 → how often
	// overflow counts values too long for a histogram.
	overflow int64
}

func newWindow(from int64, length time.Duration) *window {
	return &window{
		from: from, to: from + int64(length/time.Second), next: from, busy: from - 1,
		total: stats.NewTally(), endpoints: map[stats.Endpoint]*stats.Tally{}, errors: map[result.ErrorCount]int64{},
	}
}

// lateSlices is how long a second's slices may take to come.
const lateSlices = 5 * time.Second

const (
	// slicePause is between observations with our master: its sources are fresh every second.
	slicePause = time.Second
	// sliceDelay is how long after a second its slices are looked for: workers send
	// them 50 ms after its end.
	sliceDelay = 150 * time.Millisecond
)

// measureSlices measures with our master: it resets nothing and takes exactly
// the slices of the window.
func (a *attempt) measureSlices(ctx context.Context, l load) error {
	first := l.status.NowMicros/1e6 + 1
	w := newWindow(first, a.Experiment.Duration())
	if err := sleep(ctx, time.Duration(first*1e6-l.status.NowMicros)*time.Microsecond); err != nil {
		return err
	}
	started := time.Now()
	a.watch.lastSeen = started
	err := a.watchSlices(ctx, w, started)
	if ctx.Err() != nil {
		w.to = w.next // what is whole is kept, in a record that says INTERRUPTED
	} else if err != nil {
		return err
	}
	a.enter(PhaseCollect)
	return cmp.Or(a.collectSlices(context.WithoutCancel(ctx), w), ctx.Err())
}

// watchSlices gathers until the window is whole, or its seconds stay away.
func (a *attempt) watchSlices(ctx context.Context, w *window, started time.Time) error {
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
		// After gathering, because seconds also become final by the loss of the worker
		// that they were waited for from.
		a.observeSecond(ctx)
		if w.next == w.to {
			return nil // what was noted meanwhile is for judge
		}
		if err := a.broken(); err != nil {
			return err
		}
		arrived := w.next - w.from
		if time.Since(started)-time.Duration(arrived)*time.Second > lateSlices {
			return invalid("only %d of %d seconds arrived from the workers in time%s", arrived, w.to-w.from, because(err))
		}
	}
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

func (a *attempt) observeSecond(ctx context.Context) {
	now := time.Now()
	l, err := a.observeWindow(ctx)
	if err != nil {
		a.tellWaiting(fmt.Sprintf("observing the load: %v", err))
		return
	}
	a.watch.load(now, l)
}

// fetch asks for the seconds not gathered yet.
func (a *attempt) fetch(ctx context.Context, w *window) (locust.Slices, error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	got, err := a.client.Slices(ctx, w.next, w.to)
	if err != nil {
		return got, fmt.Errorf("reading slices: %w", err)
	}
	return got, nil
}

// gather takes the seconds that became final. After an error, which asking again
// would not mend, the window is worth nothing.
func (a *attempt) gather(w *window, got locust.Slices) error {
	until := min(max(got.CompleteUntil, w.next), w.to)
	if until == w.next {
		return nil
	}
	recent, err := w.add(got, until)
	if err != nil {
		return err
	}
	a.watch.quiet(w.quiet())
	a.emitHere(Event{Type: Sample, Live: a.withLoad(w.live(recent))})
	return nil
}

// add takes the slices of [next, until) and returns their sum.
func (w *window) add(got locust.Slices, until int64) (*stats.Tally, error) {
	recent := stats.NewTally()
	for _, s := range got.Slices {
		if s.Second < w.next || s.Second >= until {
			continue
		}
		decoded, err := s.Decode()
		if err != nil {
			return nil, fmt.Errorf("reading slices: %w", err)
		}
		w.kept = append(w.kept, s)
		w.overflow += s.Overflow
		w.busy = max(w.busy, s.Second)
		recent.Merge(decoded.Tally)
		w.endpoint(decoded.Endpoint).Merge(decoded.Tally)
	}
	for _, e := range got.Errors {
		if e.Second >= w.next && e.Second < until {
			w.errors[result.ErrorCount{Endpoint: endpoint(e.Method, e.Name), Error: e.Error}] += e.Occurrences
		}
	}
	w.total.Merge(recent)
	w.next = until
	return recent, nil
}

func (w *window) endpoint(e stats.Endpoint) *stats.Tally {
	if w.endpoints[e] == nil {
		w.endpoints[e] = stats.NewTally()
	}
	return w.endpoints[e]
}

// quiet is how long no request has completed, in whole seconds.
func (w *window) quiet() time.Duration { return time.Duration(w.next-w.busy-1) * time.Second }

// live is the window so far, with the latencies of its last seconds.
func (w *window) live(recent *stats.Tally) *Live {
	h := recent.All()
	live := &Live{
		RPS: float64(w.total.Requests()) / float64(w.next-w.from), Requests: w.total.Requests(),
		P50: result.Millis(h.Quantile(.5)), P95: result.Millis(h.Quantile(.95)),
	}
	if w.total.Requests() > 0 {
		live.FailureRatio = float64(w.total.Failures()) / float64(w.total.Requests())
	}
	return live
}

// slices decodes what was kept, one at a time.
func (w *window) slices() iter.Seq[stats.Slice] {
	return func(yield func(stats.Slice) bool) {
		for _, s := range w.kept {
			decoded, err := s.Decode()
			if err != nil {
				continue // it decoded when it came
			}
			if !yield(decoded) {
				return
			}
		}
	}
}

func (a *attempt) withLoad(live *Live) *Live {
	live.Users, live.Workers = a.watch.seen.Users, a.watch.seen.Workers
	return live
}

// collectSlices turns the window into numbers and keeps its histograms.
func (a *attempt) collectSlices(ctx context.Context, w *window) error {
	if w.to == w.from {
		return nil
	}
	if w.overflow > 0 {
		a.watch.note("%s longer than an hour", matrix.Count(int(w.overflow), "request"))
	}
	a.rec.Measured = w.measured()
	ref, err := a.Store.SaveSlices(ctx, fmt.Sprintf("%s-a%d", a.key.Slug(), a.number), w.slices())
	if err != nil {
		a.lost = err
		return err
	}
	a.rec.Slices = ref
	return nil
}

func (w *window) measured() *result.Measured {
	seconds := float64(w.to - w.from)
	m := &result.Measured{
		Start: time.Unix(w.from, 0).UTC(), Duration: seconds,
		Requests: w.total.Requests(), Failures: w.total.Failures(),
		RPS:     float64(w.total.Requests()) / seconds,
		Latency: result.LatencyOf(w.total.All()),
		Exact:   true, Endpoints: w.endpointResults(), Errors: w.errorCounts(),
	}
	if w.total.OK.Count() > 0 {
		success := result.LatencyOf(w.total.OK)
		m.Success = &success
	}
	return m
}

func (w *window) endpointResults() []result.EndpointResult {
	out := []result.EndpointResult{}
	for _, e := range slices.SortedFunc(maps.Keys(w.endpoints), stats.Endpoint.Compare) {
		t := w.endpoints[e]
		out = append(out, result.EndpointResult{Endpoint: e, Requests: t.Requests(), Failures: t.Failures(), Latency: result.LatencyOf(t.All())})
	}
	return out
}

// errorCounts lists the failures, most frequent first.
func (w *window) errorCounts() []result.ErrorCount {
	var out []result.ErrorCount
	for e, n := range w.errors {
		e.Occurrences = n
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b result.ErrorCount) int {
		return cmp.Or(cmp.Compare(b.Occurrences, a.Occurrences), a.Endpoint.Compare(b.Endpoint), cmp.Compare(a.Error, b.Error))
	})
	return out
}

func endpoint(method, name string) stats.Endpoint { return stats.Endpoint{Method: method, Name: name} }
