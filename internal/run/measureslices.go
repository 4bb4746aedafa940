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
	// next is the first second not gathered yet, busy the last one with a request. The
	// second before the window is gathered for what was under way at its end.
	next, busy int64
	// kept are the slices as they came: encoded, since a decoded one is hundreds
	// of times larger.
	kept  []locust.Slice
	total *stats.Tally
	// recent are the sums of what was gathered in the last seconds, by second.
	recent    map[int64]*stats.Tally
	endpoints map[stats.Endpoint]*stats.Tally
	errors    map[result.ErrorCount]int64 // with Occurrences 0 → how often
	// overflow counts values too long for a histogram.
	overflow int64
	retries  int64
	// opening counts the requests under way when the window opened; under has the ages
	// of those that were when the last second gathered ended.
	opening map[stats.Endpoint]int64
	under   map[stats.Endpoint]*stats.Histogram
	pauses  pauses
}

func newWindow(from int64, length time.Duration) *window {
	return &window{
		from: from, to: from + int64(length/time.Second), next: from - 1, busy: from - 1,
		total: stats.NewTally(), recent: map[int64]*stats.Tally{}, endpoints: map[stats.Endpoint]*stats.Tally{}, errors: map[result.ErrorCount]int64{},
		opening: map[stats.Endpoint]int64{}, under: map[stats.Endpoint]*stats.Histogram{}, pauses: pauses{},
	}
}

// gathered is how many seconds of the window are there.
func (w *window) gathered() int64 { return max(w.next-w.from, 0) }

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
func (a *attempt) measureSlices(ctx context.Context, o observation) error {
	first := o.status.NowMicros/1e6 + 1
	w := newWindow(first, a.exp.Duration())
	if err := sleep(ctx, time.Duration(first*1e6-o.status.NowMicros)*time.Microsecond); err != nil {
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
		arrived := w.gathered()
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
	o, err := a.observeWindow(ctx)
	if err != nil {
		a.tellWaiting(fmt.Sprintf("observing the load: %v", err))
		return
	}
	a.watch.load(now, o)
}

// fetch asks for the seconds not gathered yet.
func (a *attempt) fetch(ctx context.Context, w *window) (locust.Slices, error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	got, err := a.generator.client.Slices(ctx, w.next, w.to)
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
	from := max(w.next, w.from)
	if err := w.add(got, until); err != nil {
		return err
	}
	a.sawSlices(got, from, until)
	if quiet := w.quiet(); w.oldest() < quiet && a.failing.inVain() == 0 {
		// Where requests are under way, it is the target that is quiet; where none can be
		// sent to it, and none ever could, the run is about to end.
		a.watch.quiet(quiet)
	}
	a.watch.paused(w.pauses, time.Duration(w.to-w.from)*time.Second)
	if w.gathered() > 0 {
		a.emit(Event{Type: Sample, Live: a.withLoad(w.live())})
	}
	return nil
}

// add takes the slices of [next, until).
func (w *window) add(got locust.Slices, until int64) error {
	clear(w.under)
	for _, s := range got.Slices {
		if s.Second < w.next || s.Second >= until {
			continue
		}
		if err := w.fly(s, until); err != nil {
			return fmt.Errorf("reading slices: %w", err)
		}
		if s.Second < w.from {
			continue
		}
		decoded, err := s.Decode()
		if err != nil {
			return fmt.Errorf("reading slices: %w", err)
		}
		w.take(s, decoded)
	}
	for _, e := range got.Errors {
		if e.Second >= max(w.next, w.from) && e.Second < until {
			w.errors[result.ErrorCount{Endpoint: endpoint(e.Method, e.Name), Error: e.Error, Unsent: e.Unsent}] += e.Occurrences
		}
	}
	for _, p := range got.Pauses {
		if p.Second >= max(w.next, w.from) && p.Second < until {
			w.pauses.add(p)
		}
	}
	w.next = until
	return nil
}

// fly notes what was under way as the window opened, and as its last second so far ended.
func (w *window) fly(s locust.Slice, until int64) error {
	if s.Second != w.from-1 && s.Second != until-1 {
		return nil
	}
	ages, err := s.Ages()
	if err != nil {
		return err
	}
	e := endpoint(s.Method, s.Name)
	if s.Second == w.from-1 {
		w.opening[e] += ages.Count()
	}
	if s.Second == until-1 && ages.Count() > 0 {
		w.under[e] = ages
	}
	return nil
}

// take adds one slice of the window.
func (w *window) take(s locust.Slice, decoded stats.Slice) {
	w.kept = append(w.kept, s)
	w.overflow += s.Overflow
	w.retries += s.Retries
	if decoded.Requests() > 0 {
		w.busy = max(w.busy, s.Second)
	}
	w.endpoint(decoded.Endpoint).Merge(decoded.Tally)
	w.total.Merge(decoded.Tally)
	if w.recent[s.Second] == nil {
		w.recent[s.Second] = stats.NewTally()
	}
	w.recent[s.Second].Merge(decoded.Tally)
}

func (w *window) endpoint(e stats.Endpoint) *stats.Tally {
	if w.endpoints[e] == nil {
		w.endpoints[e] = stats.NewTally()
	}
	return w.endpoints[e]
}

// quiet is how long no request has completed, in whole seconds.
func (w *window) quiet() time.Duration { return time.Duration(w.next-w.busy-1) * time.Second }

// oldest is for how long the oldest request has been under way.
func (w *window) oldest() (age time.Duration) {
	for _, ages := range w.under {
		age = max(age, ages.Max())
	}
	return age
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

// collectSlices turns the window into numbers and keeps its histograms.
func (a *attempt) collectSlices(ctx context.Context, w *window) error {
	if w.to == w.from {
		return nil
	}
	if w.overflow > 0 {
		a.watch.note("%s longer than an hour", matrix.Count(int(w.overflow), "request"))
	}
	a.rec.Measured = w.measured(a.exp.Tasks())
	a.judgeInstrument(w.pauses)
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

// measured sums the window up. Each of the tasks has a row, also one of which no
// request ended.
func (w *window) measured(tasks []stats.Endpoint) *result.Measured {
	seconds := float64(w.to - w.from)
	for _, e := range slices.Concat(tasks, slices.Collect(maps.Keys(w.under))) {
		w.endpoint(e)
	}
	m := &result.Measured{
		Start: time.Unix(w.from, 0).UTC(), Duration: seconds,
		Requests: w.total.Requests(), Failures: w.total.Failures(),
		RPS:     float64(w.total.Requests()) / seconds,
		Latency: result.LatencyOf(w.total.All()),
		Exact:   true, Endpoints: w.endpointResults(), Errors: w.errorCounts(), Retries: w.retries,
	}
	m.Flight = w.flight(m.Endpoints)
	for _, e := range m.Errors {
		if e.Unsent {
			m.Unsent += e.Occurrences
		}
	}
	if w.total.OK.Count() > 0 {
		m.Success = new(result.LatencyOf(w.total.OK))
	}
	return m
}

func (w *window) endpointResults() []result.EndpointResult {
	out := []result.EndpointResult{}
	for _, e := range slices.SortedFunc(maps.Keys(w.endpoints), stats.Endpoint.Compare) {
		t := w.endpoints[e]
		all := t.All()
		r := result.EndpointResult{
			Endpoint: e, Requests: t.Requests(), Failures: t.Failures(), Latency: result.LatencyOf(all), Flight: w.flightOf(e, all),
		}
		if t.Failures() > 0 && t.OK.Count() > 0 {
			r.Success = new(result.LatencyOf(t.OK))
		}
		out = append(out, r)
	}
	return out
}

// flightOf is what was under way of one task, of which all ended in the window.
func (w *window) flightOf(e stats.Endpoint, all *stats.Histogram) *result.Flight {
	ages := w.under[e]
	if ages == nil {
		ages = stats.NewHistogram()
	}
	f := &result.Flight{AtStart: w.opening[e], AtEnd: ages.Count(), Oldest: result.Millis(ages.Max()), Ages: encoded(ages)}
	f.Started = all.Count() + f.AtEnd - f.AtStart
	f.Unheard = ages.AtLeast(all.Max() + time.Microsecond)
	return f
}

// flight adds the tasks' up.
func (w *window) flight(tasks []result.EndpointResult) *result.Flight {
	sum, ages := &result.Flight{}, stats.NewHistogram()
	for _, t := range tasks {
		sum.AtStart += t.Flight.AtStart
		sum.Started += t.Flight.Started
		sum.AtEnd += t.Flight.AtEnd
		sum.Unheard += t.Flight.Unheard
		sum.Oldest = max(sum.Oldest, t.Flight.Oldest)
		ages.Merge(w.under[t.Endpoint])
	}
	sum.Ages = encoded(ages)
	return sum
}

// encoded is empty for an empty histogram.
func encoded(ages *stats.Histogram) string {
	if ages.Count() == 0 {
		return ""
	}
	b, err := ages.Encode()
	if err != nil {
		return "cannot be encoded" // none of them counts as quick then
	}
	return string(b)
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
