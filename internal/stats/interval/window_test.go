package interval_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

// batches are ten of six seconds, with what fill records in each.
func batches(fill func(i int, h *stats.Histogram)) []interval.Batch {
	out := make([]interval.Batch, interval.Batches)
	for i := range out {
		out[i] = interval.Batch{Latencies: stats.NewHistogram(), Length: 6 * time.Second}
		fill(i, out[i].Latencies)
	}
	return out
}

func newWindow(t *testing.T, b []interval.Batch) *interval.Window {
	t.Helper()
	w, err := interval.New(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// even is 1 to 1000 ms, spread over the batches as evenly as can be.
func even(i int, h *stats.Histogram) {
	for k := range 100 {
		h.RecordN(int64(1000*(10*k+i+1)), 1)
	}
}

// rounded drops the digits that a histogram does not keep.
func rounded(l interval.Latency) interval.Latency {
	l.Low, l.High = l.Low.Round(time.Millisecond), l.High.Round(time.Millisecond)
	return l
}

// TestIndependentRequests: where batches are alike there is nothing to add to what
// independent requests say: q ± 2.262·√(q(1-q)/1000).
func TestIndependentRequests(t *testing.T) {
	w := newWindow(t, batches(even))
	ms := time.Millisecond
	for q, want := range map[float64]interval.Latency{
		.50: {Low: 465 * ms, High: 536 * ms, Effect: 1},
		.95: {Low: 935 * ms, High: 966 * ms, Effect: 1},
		.99: {Low: 983 * ms, High: 998 * ms, Effect: 1},
	} {
		if diff := cmp.Diff(want, rounded(w.Quantile(q))); diff != "" {
			t.Errorf("p%v (-want +got):\n%s", 100*q, diff)
		}
	}
	if diff := cmp.Diff(interval.Rate{Low: 100. / 6, High: 100. / 6}, w.Rate()); diff != "" {
		t.Errorf("rate (-want +got):\n%s", diff)
	}
}

// TestBurst: all that is slow is in one batch, so that there is one burst, not a hundred slow
// requests. By hand: the variance of their share is .01 and not .09/1000.
func TestBurst(t *testing.T) {
	b := batches(func(i int, h *stats.Histogram) {
		slow := int64(0)
		if i == 4 {
			slow = 100
		}
		h.RecordN(1_000_000, slow)
		h.RecordN(10_000, 100-slow)
	})
	const effect = .01 / (.09 / 1000)
	for waiting, borrow := range map[float64]float64{0: 2.5, .049: 2.5, .05: 1, 1: 1} {
		w, err := interval.New(b, waiting)
		if err != nil {
			t.Fatal(err)
		}
		got := w.Quantile(.95)
		if !got.Open || got.High != 0 {
			t.Errorf("one burst gives p95 an upper bound: %+v", got)
		}
		if math.Abs(got.Effect-borrow*effect) > .01 {
			t.Errorf("share %v waits: design effect %v, want %v", waiting, got.Effect, borrow*effect)
		}
		if low := got.Low.Round(time.Millisecond); low != 10*time.Millisecond {
			t.Errorf("low end %v", low)
		}
	}
}

// TestFewRequests: nothing is bounded by what was not seen.
func TestFewRequests(t *testing.T) {
	w := newWindow(t, batches(func(i int, h *stats.Histogram) {
		if i < 3 {
			h.RecordN(int64(1000*(i+1)), 1)
		}
	}))
	for _, q := range []float64{.5, .95, .99} {
		if l := w.Quantile(q); !l.Open {
			t.Errorf("p%v of three requests has an upper bound: %+v", 100*q, l)
		}
	}
	if l := w.Quantile(.5); l.Low != 0 {
		t.Errorf("the median of three requests has a lower bound: %+v", l)
	}
}

// TestUnequalBatches: a window of 25 s has batches of 2 and 3 s, and an even rate.
func TestUnequalBatches(t *testing.T) {
	b := batches(func(int, *stats.Histogram) {})
	for i := range b {
		seconds := int64(2 + i%2)
		b[i].Length = time.Duration(seconds) * time.Second
		b[i].Latencies.RecordN(1000, 40*seconds)
	}
	if diff := cmp.Diff(interval.Rate{Low: 40, High: 40}, newWindow(t, b).Rate()); diff != "" {
		t.Errorf("rate (-want +got):\n%s", diff)
	}
}

// TestRate by hand: counts of 90 and 110 in turn have a standard error of √(1000/90)/6.
func TestRate(t *testing.T) {
	got := newWindow(t, batches(func(i int, h *stats.Histogram) { h.RecordN(1000, int64(90+20*(i%2))) })).Rate()
	off := 2.2622 * math.Sqrt(1000./90) / 6
	if math.Abs(got.Low-(100./6-off)) > 1e-3 || math.Abs(got.High-(100./6+off)) > 1e-3 {
		t.Errorf("%+v, want %v ± %v", got, 100./6, off)
	}
}

// TestNobodyInABatch: a batch may be without requests, and its histogram nil.
func TestNobodyInABatch(t *testing.T) {
	b := batches(even)
	b[3].Latencies = nil
	if got := newWindow(t, b).Rate(); got.Low >= 15 || got.High <= 15 {
		t.Errorf("rate %+v, want it around 15", got)
	}
}

func TestNewRefuses(t *testing.T) {
	short := batches(even)
	short[4].Length = 0
	for _, tt := range []struct {
		batches []interval.Batch
		waiting float64
		want    string
	}{
		{batches(even)[:9], 0, "9 batches: want 10"},
		{short, 0, "batch 5 lasts 0s: want a positive time"},
		{batches(func(int, *stats.Histogram) {}), 0, "no requests in any batch: there is nothing to be sure of"},
		{batches(even), -.1, "share of the users that waits -0.1: want 0 to 1"},
		{batches(even), math.NaN(), "share of the users that waits NaN: want 0 to 1"},
	} {
		if _, err := interval.New(tt.batches, tt.waiting); err == nil || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}
