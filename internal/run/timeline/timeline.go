// Package timeline gathers what is seen of an attempt, second by second, into the series
// that its record keeps. It is bounded however long the attempt: a long one has longer steps.
package timeline

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

const (
	// maxSteps bounds the values of a column, and maxEvents the events.
	maxSteps  = 600
	maxEvents = 100
)

// Bound is a latency that the SLO bounds.
type Bound struct {
	// Endpoint is empty for all requests.
	Endpoint string
	Limit    time.Duration
}

// Timeline is not safe for concurrent use. Seconds are Unix seconds on the clock of the
// slices.
type Timeline struct {
	step   int64
	bounds []Bound
	// start is the first second known of; until is the first one whose slices have not come.
	start, until int64
	source       string
	steps        []step
	// open has the requests of the steps that are not whole yet.
	open   map[int64]*tallies
	events []result.SeriesEvent
}

// tallies are the requests of a step.
type tallies struct {
	all *stats.Tally
	// bad counts per bound.
	bad []int64
}

// step is what is known of one.
type step struct {
	rps, failed, p50, p95, p99 float64
	bad                        []float64

	users, workers, replicas float64
	loadCPU, targetCPU       mean
	stood, lag               float64
}

// New makes a timeline that begins at a second, of an attempt that is to last so long.
func New(start int64, length time.Duration, bounds []Bound) *Timeline {
	return &Timeline{
		step: max((int64(length/time.Second)+maxSteps-1)/maxSteps, 1), bounds: bounds,
		start: start, until: start, open: map[int64]*tallies{},
	}
}

// Until is the first second whose slices have not come.
func (t *Timeline) Until() int64 { return t.until }

// Slices takes the slices of the seconds from Until to before until, all of them.
func (t *Timeline) Slices(all []stats.Slice, until int64) {
	t.source = result.SeriesOfSlices
	for _, s := range all {
		if s.Second >= t.until && s.Second < until {
			t.tally(s)
		}
	}
	t.until = max(t.until, until)
	for n := range (t.until - t.start) / t.step {
		t.close(n)
	}
}

func (t *Timeline) tally(s stats.Slice) {
	n := (s.Second - t.start) / t.step
	if t.open[n] == nil {
		t.open[n] = &tallies{stats.NewTally(), make([]int64, len(t.bounds))}
	}
	t.open[n].all.Merge(s.Tally)
	for i, b := range t.bounds {
		if b.Endpoint == "" || b.Endpoint == s.Endpoint.String() {
			t.open[n].bad[i] += s.Failures() + s.OK.AtLeast(b.Limit)
		}
	}
}

// close turns a whole step's requests into numbers. A step without requests has a rate of 0,
// and no percentiles.
func (t *Timeline) close(n int64) {
	at := t.at(t.start + n*t.step)
	if at == nil || !math.IsNaN(at.rps) {
		return
	}
	sum := t.open[n]
	delete(t.open, n)
	at.rps, at.failed, at.bad = 0, 0, make([]float64, len(t.bounds))
	if math.IsNaN(at.stood) {
		at.stood = 0 // a worker reports its pauses with its slices
	}
	if sum == nil {
		return
	}
	length := float64(t.step)
	at.rps, at.failed = float64(sum.all.Requests())/length, float64(sum.all.Failures())/length
	for i, bad := range sum.bad {
		at.bad[i] = float64(bad) / length
	}
	all := sum.all.All()
	at.p50, at.p95, at.p99 = result.Millis(all.Quantile(.5)), result.Millis(all.Quantile(.95)), result.Millis(all.Quantile(.99))
}

// Recent takes what a master without slices says of its last seconds; nil for what it does
// not say.
func (t *Timeline) Recent(second int64, rps, failed, p50, p95 *float64) {
	t.source = cmp.Or(t.source, result.SeriesOfTotals)
	at := t.at(second)
	if at == nil || t.source != result.SeriesOfTotals {
		return
	}
	for to, v := range map[*float64]*float64{&at.rps: rps, &at.failed: failed, &at.p50: p50, &at.p95: p95} {
		if v != nil {
			*to = *v
		}
	}
}

// Load takes one look at the load. CPU is the mean of the workers in percent, NaN if unknown.
func (t *Timeline) Load(second int64, users, workers int, cpu float64) {
	if at := t.at(second); at != nil {
		at.users, at.workers = float64(users), float64(workers)
		at.loadCPU.add(cpu)
	}
}

// Ready takes how many replicas were ready.
func (t *Timeline) Ready(second int64, replicas int) {
	if at := t.at(second); at != nil {
		at.replicas = float64(replicas)
	}
}

// TargetCPU takes how many cores the target used, on average since the last look.
func (t *Timeline) TargetCPU(second int64, cores float64) {
	if at := t.at(second); at != nil {
		at.targetCPU.add(cores)
	}
}

// Stood takes for how long a worker did not run in a second.
func (t *Timeline) Stood(second int64, d time.Duration) {
	if at := t.at(second); at != nil {
		if math.IsNaN(at.stood) {
			at.stood = 0
		}
		at.stood = max(at.stood, d.Seconds())
	}
}

// Lag takes how late the worker that was latest was, in milliseconds.
func (t *Timeline) Lag(second int64, ms float64) {
	if at := t.at(second); at != nil && !(at.lag >= ms) {
		at.lag = ms
	}
}

// Event takes something that happened, once.
func (t *Timeline) Event(second int64, text string) {
	e := result.SeriesEvent{Second: second - t.start, Text: text}
	if len(t.events) < maxEvents && !slices.Contains(t.events, e) {
		t.events = append(t.events, e)
	}
}

// at is the step of a second; nil before the start, and beyond what is kept.
func (t *Timeline) at(second int64) *step {
	n := (second - t.start) / t.step
	if second < t.start || n >= 2*maxSteps {
		return nil
	}
	for int64(len(t.steps)) <= n {
		unknown := math.NaN()
		t.steps = append(t.steps, step{
			rps: unknown, failed: unknown, p50: unknown, p95: unknown, p99: unknown,
			users: unknown, workers: unknown, replicas: unknown, stood: unknown, lag: unknown,
		})
	}
	return &t.steps[n]
}

// mean is NaN without values.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(v float64) {
	if !math.IsNaN(v) {
		m.sum += v
		m.n++
	}
}

func (m mean) value() float64 {
	if m.n == 0 {
		return math.NaN()
	}
	return m.sum / float64(m.n)
}

// Series returns what was gathered; nil if that is nothing.
func (t *Timeline) Series() *result.Series {
	if len(t.steps) == 0 {
		return nil
	}
	s := &result.Series{
		Start: t.start, Step: int(t.step), Source: t.source, Events: t.events,
		RPS:        t.column(func(s step) float64 { return s.rps }),
		Failed:     t.column(func(s step) float64 { return s.failed }),
		P50:        t.column(func(s step) float64 { return s.p50 }),
		P95:        t.column(func(s step) float64 { return s.p95 }),
		P99:        t.column(func(s step) float64 { return s.p99 }),
		Users:      t.column(func(s step) float64 { return s.users }),
		Workers:    t.column(func(s step) float64 { return s.workers }),
		Replicas:   t.column(func(s step) float64 { return s.replicas }),
		LoadCPU:    t.column(func(s step) float64 { return s.loadCPU.value() }),
		TargetCPU:  t.column(func(s step) float64 { return s.targetCPU.value() }),
		StoodStill: t.column(func(s step) float64 { return s.stood }),
		Lag:        t.column(func(s step) float64 { return s.lag }),
	}
	for i, b := range t.bounds {
		bad := t.column(func(s step) float64 {
			if s.bad == nil {
				return math.NaN()
			}
			return s.bad[i]
		})
		if bad != nil {
			s.Bad = append(s.Bad, result.BadSeries{Endpoint: b.Endpoint, Bound: result.Millis(b.Limit), PerS: bad})
		}
	}
	return s
}

// column is nil if no value is known.
func (t *Timeline) column(of func(step) float64) result.Column {
	c, known := make(result.Column, len(t.steps)), false
	for i, s := range t.steps {
		c[i] = of(s)
		known = known || !math.IsNaN(c[i])
	}
	if !known {
		return nil
	}
	return c
}
