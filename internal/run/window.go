package run

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// window gathers the one-second slices of [from, to), in seconds on the master's clock.
type window struct {
	from, to int64
	// next is the first second not gathered yet, busy the last one in which a request
	// completed. The second before the window is gathered for what was under way then.
	next, busy int64
	// kept are the slices as they came: encoded, since decoded ones are hundreds of times
	// larger.
	kept  []locust.Slice
	total *stats.Tally
	// recent has the sums of the last seconds, by second.
	recent    map[int64]*stats.Tally
	endpoints map[stats.Endpoint]*stats.Tally
	errors    map[result.ErrorCount]occurrences // the key has none
	// overflow counts values too long for a histogram.
	overflow int64
	retries  int64
	// redirected are successes of each task that a redirect led to.
	redirected map[stats.Endpoint]int64
	// opening counts the requests under way when the window opened; under has the ages of
	// those under way at the end of the last second gathered.
	opening map[stats.Endpoint]int64
	under   map[stats.Endpoint]*stats.Histogram
	pauses  validity.Pauses
	// load has for how long requests were under way, by second.
	load  map[int64]validity.LoadSecond
	early *early
}

// occurrences are those of one kind of failure, with the first and the last second.
type occurrences struct{ n, first, last int64 }

func (o occurrences) with(e locust.SliceError) occurrences {
	if o.n == 0 {
		o.first, o.last = e.Second, e.Second
	}
	return occurrences{o.n + e.Occurrences, min(o.first, e.Second), max(o.last, e.Second)}
}

func newWindow(from int64, length time.Duration) *window {
	return &window{
		from: from, to: from + int64(length/time.Second), next: from - 1, busy: from - 1,
		total: stats.NewTally(), recent: map[int64]*stats.Tally{}, endpoints: map[stats.Endpoint]*stats.Tally{}, redirected: map[stats.Endpoint]int64{}, errors: map[result.ErrorCount]occurrences{},
		opening: map[stats.Endpoint]int64{}, under: map[stats.Endpoint]*stats.Histogram{}, pauses: validity.Pauses{}, load: map[int64]validity.LoadSecond{},
	}
}

// gathered is how many seconds of the window have been gathered.
func (w *window) gathered() int64 { return max(w.next-w.from, 0) }

// length is how long the window is, or is to be.
func (w *window) length() time.Duration { return time.Duration(w.to-w.from) * time.Second }

// add takes the slices of [next, until).
func (w *window) add(got locust.Slices, until int64) error {
	w.early.keep(got, w.next, until)
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
			kind := result.ErrorCount{Endpoint: endpoint(e.Method, e.Name), Error: e.Error, Unsent: e.Unsent}
			w.errors[kind] = w.errors[kind].with(e)
		}
	}
	for _, p := range got.Pauses {
		if p.Second >= max(w.next, w.from) && p.Second < until {
			w.pauses.Add(p)
		}
	}
	for _, f := range got.Flown {
		if f.Second >= max(w.next, w.from) && f.Second < until {
			second := w.load[f.Second]
			second.Flown += time.Duration(f.Micros) * time.Microsecond
			w.load[f.Second] = second
		}
	}
	w.next = until
	w.early.look(w)
	return nil
}

// waited adds to the time for which requests were under way in a second.
func (w *window) waited(second int64, d time.Duration) {
	s := w.load[second]
	s.Waited += d
	w.load[second] = s
}

// loads is what is held against Little's law; counted says that all workers count.
func (w *window) loads(m *result.Measured, counted bool) validity.Load {
	l := validity.Load{Requests: m.Requests, Unsent: m.Unsent, Counted: counted}
	for s := w.from; s < w.to; s++ {
		l.Seconds = append(l.Seconds, w.load[s])
	}
	sum := w.load[w.from-1].Waited + sumOf(w.total.All())
	for _, ages := range w.under {
		sum += sumOf(ages)
	}
	l.Blur = sum / histogramDigits
	return l
}

// histogramDigits is what a histogram keeps of a value: one part in so many.
const histogramDigits = 1000

func sumOf(h *stats.Histogram) time.Duration { return h.Mean() * time.Duration(h.Count()) }

// fly notes the requests under way at the end of a second, and of which tasks they were when the
// window opened and at the end of its last second so far.
func (w *window) fly(s locust.Slice, until int64) error {
	ages, err := s.Ages()
	if err != nil {
		return err
	}
	w.waited(s.Second, sumOf(ages))
	w.waited(s.Second+1, -sumOf(ages))
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
	w.early.take(s.Second-w.from, decoded)
	w.overflow += s.Overflow
	w.retries += s.Retries
	if s.Redirected > 0 {
		w.redirected[decoded.Endpoint] += s.Redirected
	}
	if decoded.Requests() > 0 {
		w.busy = max(w.busy, s.Second)
	}
	w.waited(s.Second, sumOf(decoded.OK)+sumOf(decoded.Failed))
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

// oldest is how long the oldest request has been under way.
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

// measured sums the window up. Every task has a row, even if none of its requests ended.
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
			Redirected: w.redirected[e],
		}
		if t.Failures() > 0 && t.OK.Count() > 0 {
			r.Success = new(result.LatencyOf(t.OK))
		}
		out = append(out, r)
	}
	return out
}

// flightOf is what one task had under way, given all that ended in the window.
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

// flight adds up what the tasks had under way.
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
		return "cannot be encoded" // whoever decodes it then takes no request for a quick one
	}
	return string(b)
}

// errorCounts lists the failures, most frequent first.
func (w *window) errorCounts() []result.ErrorCount {
	var out []result.ErrorCount
	for e, o := range w.errors {
		e.Occurrences, e.First, e.Last = o.n, new(time.Unix(o.first, 0).UTC()), new(time.Unix(o.last, 0).UTC())
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b result.ErrorCount) int {
		return cmp.Or(cmp.Compare(b.Occurrences, a.Occurrences), a.Endpoint.Compare(b.Endpoint), cmp.Compare(a.Error, b.Error))
	})
	return out
}

func endpoint(method, name string) stats.Endpoint { return stats.Endpoint{Method: method, Name: name} }
