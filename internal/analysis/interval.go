package analysis

import (
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

// Interval is where a number would lie in 95 of 100 windows like the one that was measured,
// in the number's unit. It knows nothing of what differs from one window to the next: other
// pods, other neighbours.
type Interval struct {
	Low float64
	// High is +Inf where the window is too short for an upper bound.
	High float64
}

// holds tells whether a bound lies within: then either side of it is possible.
func (i Interval) holds(bound float64) bool { return i.Low < bound && bound <= i.High }

// Intervals are those of a row's numbers: latencies over all requests that ended, in
// milliseconds, and requests a second.
type Intervals struct{ P50, P95, P99, RPS Interval }

// windowOf reads batches; nil if there are no ten, or no requests in them. So large a share
// of the users waits.
func (r *Reader) windowOf(batches string, waiting float64, of func(stats.Batch) *stats.Histogram) *interval.Window {
	if batches == "" {
		return nil
	}
	parts, err := r.read(batches)
	if err != nil {
		return nil // a journal that somebody has changed
	}
	in := make([]interval.Batch, len(parts))
	for i, b := range parts {
		in[i] = interval.Batch{Latencies: of(b), Length: time.Duration(b.Seconds) * time.Second}
	}
	w, err := interval.New(in, waiting)
	if err != nil {
		return nil
	}
	return w
}

// never is the latency of a request that failed or did not end, where those count as slow.
const never = stats.HighestMicros * time.Microsecond

// slowWindow has failed requests as infinitely slow, and so many more that were still under way
// at its end. Those are known, and no chance of any batch: each batch has its part of them,
// as it has of the others.
func (s scope) slowWindow(late int64) *interval.Window {
	if late == 0 && s.failures == 0 {
		return s.okWindow()
	}
	var batches, seen, spread int64
	return s.reader.windowOf(s.batches, s.waiting, func(b stats.Batch) *stats.Histogram {
		batches++
		seen += b.Requests()
		upTo := late * batches / stats.MaxBatches
		if s.requests > 0 {
			upTo = late * seen / s.requests
		}
		h := stats.NewHistogram()
		h.Merge(b.OK)
		h.RecordN(never.Microseconds(), b.Failures()+upTo-spread)
		spread = upTo
		return h
	})
}

func (s scope) okWindow() *interval.Window {
	return s.reader.okWindow(s.batches, s.waiting)
}

// quantile is in milliseconds. Batches keep the lowest of values that are counted together.
func quantile(w *interval.Window, level float64) Interval {
	l := w.Quantile(level)
	out := Interval{Low: result.Millis(l.Low), High: math.Inf(1)}
	if !l.Open && l.High < never/2 {
		out.High = result.Millis(l.High) * (1 + stats.Coarse)
	}
	if l.Low >= never/2 {
		out.Low = math.Inf(1)
	}
	return out
}

// rounded is where a latency may lie that Python Locust has rounded, in milliseconds: to two
// digits, or to three where the locustfile has raised its precision, which shows in any
// percentile that two digits do not make (locust-protocol.md 18).
func (s scope) rounded(ms float64) Interval {
	digits := 2
	for _, p := range Percentiles() {
		if v, ok := p.Of(s.latency); ok && math.Mod(v, bucket(v, 2)) != 0 {
			digits = 3
		}
	}
	// What lies just below a power of ten was rounded more finely.
	return Interval{Low: ms - bucket(ms*(1-1e-9), digits)/2, High: ms + bucket(ms, digits)/2}
}

// bucket is what a latency was rounded to a multiple of: so many digits, and no less than a
// millisecond.
func bucket(ms float64, digits int) float64 {
	if ms < 1 {
		return 1
	}
	return max(math.Pow10(int(math.Floor(math.Log10(ms)))+1-digits), 1)
}

// text writes an interval with its ends as the value is written: "430 to 560".
func (i Interval) text(end func(float64) string) string {
	switch {
	case math.IsInf(i.Low, 1):
		return "more requests fail or do not end than it allows"
	case math.IsInf(i.High, 1):
		return end(i.Low) + " or more"
	}
	return end(i.Low) + " to " + end(i.High)
}

// longest is how many times as long a window is worth proposing.
const longest = 10

// longer is how many times as long a window would have to be to tell on which side of a
// bound a value is, if it stays what it is: half of the interval has to shrink to their
// distance.
func (i Interval) longer(value, bound float64) float64 {
	return math.Pow((i.High-i.Low)/2/(value-bound), 2)
}
