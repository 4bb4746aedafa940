package queuetest_test

import (
	"bytes"
	"flag"
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/queueing"
	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

var truth = flag.Bool("truth", false, "simulate ten times as many requests")

// law is what a queue is known to do, in seconds and per second.
type law interface {
	Quantile(level float64) float64
	Response() float64
}

// known is a simulated queue and its law.
type known struct {
	name     string
	requests iter.Seq[queuetest.Request]
	law
	rate float64
	// wide is how many times the usual error is allowed: 2 where servers are busy for 90 % of
	// the time, and more.
	wide float64
}

func open(t *testing.T, servers int, rate, wide float64) known {
	t.Helper()
	q, err := queueing.NewOpen(servers, rate, .05)
	if err != nil {
		t.Fatal(err)
	}
	load := queuetest.Open{
		Gap:     queuetest.Exponential(1 / rate),
		Service: queuetest.Service{Servers: servers, Time: queuetest.Exponential(.05)},
	}
	return known{fmt.Sprintf("open, %d servers, %v/s", servers, rate), load.Requests(1), q, rate, wide}
}

// closed has any law of think times: only their mean matters.
func closed(t *testing.T, servers, users int, think queuetest.Law, wide float64) known {
	t.Helper()
	q, err := queueing.NewClosed(servers, users, 1, .05)
	if err != nil {
		t.Fatal(err)
	}
	load := queuetest.Closed{
		Users: users, Think: think,
		Service: queuetest.Service{Servers: servers, Time: queuetest.Exponential(.05)},
	}
	return known{fmt.Sprintf("closed, %d servers, %d users", servers, users), load.Requests(2), q, q.Throughput(), wide}
}

// lognormal is the law of a service that nobody queues for.
type lognormal struct{ mean, cv2 float64 }

func (l lognormal) Response() float64 { return l.mean }

func (l lognormal) Quantile(level float64) float64 {
	variance := math.Log1p(l.cv2)
	return l.mean * math.Exp(math.Sqrt(2*variance)*math.Erfinv(2*level-1)-variance/2)
}

func free() known {
	load := queuetest.Open{Gap: queuetest.Exponential(.005), Service: queuetest.Service{Time: queuetest.Lognormal(.05, 1)}}
	return known{"M/G/∞", load.Requests(3), lognormal{.05, 1}, 200, 1}
}

// within fails unless got is want but for a share of it.
func within(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got/want-1) > share {
		t.Errorf("%s: %v, want %v within %.1f %%: %+.2f %% off", what, got, want, 100*share, 100*(got/want-1))
	}
}

// TestMeasuresTheTruth holds what we measure of simulated queues against what is known of
// them: a mistake in either would show.
func TestMeasuresTheTruth(t *testing.T) {
	queues := []known{
		closed(t, 4, 50, queuetest.Exponential(1), 1),
		open(t, 4, 64, 1),
		free(),
		open(t, 1, 10, 1),
		open(t, 4, 40, 1),
		closed(t, 4, 100, queuetest.Uniform(.5, 1.5), 2),
		closed(t, 1, 10, queuetest.Constant(1), 1),
		open(t, 4, 72, 2),
	}
	n := 2_000_000
	if *truth {
		n = 20_000_000
	}
	for _, q := range queues[:memtest.Smaller(len(queues), 2)] {
		t.Run(q.name, func(t *testing.T) { measure(t, q, n) })
	}
}

func measure(t *testing.T, q known, n int) {
	t.Helper()
	const warmup = time.Minute
	h := stats.NewHistogram()
	var end time.Duration
	for r := range queuetest.First(q.requests, n) {
		if r.Sent >= warmup {
			h.Record(r.Response())
			end = r.Sent
		}
	}
	h.Widen()
	within(t, "X", float64(h.Count())/(end-warmup).Seconds(), q.rate, .005)
	within(t, "R", h.Mean().Seconds(), q.Response(), .01*q.wide)
	within(t, "p50", h.Quantile(.50).Seconds(), q.Quantile(.50), .01*q.wide)
	within(t, "p95", h.Quantile(.95).Seconds(), q.Quantile(.95), .015*q.wide)
	within(t, "p99", h.Quantile(.99).Seconds(), q.Quantile(.99), .025*q.wide)
}

// TestWorkersAddUp: the same requests by one, two or eight workers, over the wire, second
// by second, are the same measurement, bit for bit.
func TestWorkersAddUp(t *testing.T) {
	n := memtest.Smaller(50_000, 10_000)
	if *truth {
		n = 1_000_000
	}
	requests := slices.Collect(queuetest.First(open(t, 16, 288, 1).requests, n))
	want := merged(t, requests, 1)
	var bits comparer
	for _, workers := range []int{2, 8} {
		got := merged(t, requests, workers)
		if len(got) != len(want) {
			t.Fatalf("%d workers: %d slices, want %d", workers, len(got), len(want))
		}
		for i, s := range got {
			if !bits.same(t, s.OK, want[i].OK) || s.Second != want[i].Second {
				t.Fatalf("%d workers: another second %d than with one", workers, want[i].Second)
			}
		}
		if !bits.same(t, stats.Total(got).OK, stats.Total(want).OK) {
			t.Errorf("%d workers: another sum than with one", workers)
		}
	}
	checkSorted(t, requests, stats.Total(want).OK)
}

// checkSorted holds a histogram against the sorted sample that it is of.
func checkSorted(t *testing.T, requests []queuetest.Request, sum *stats.Histogram) {
	t.Helper()
	whole := stats.NewHistogram()
	var sorted []time.Duration
	for _, r := range requests {
		whole.Record(r.Response())
		sorted = append(sorted, r.Response())
	}
	if !new(comparer).same(t, whole, sum) {
		t.Error("the sum of the seconds is another than all requests together")
	}
	slices.Sort(sorted)
	for _, level := range []float64{.5, .95, .99, .999} {
		exact := sorted[int(math.Ceil(level*float64(len(sorted))))-1]
		within(t, fmt.Sprintf("the %v-quantile of the sorted sample", level), whole.Quantile(level).Seconds(), exact.Seconds(), .001)
	}
}

// merged is what a master makes of requests that so many workers made in turn.
func merged(t *testing.T, requests []queuetest.Request, workers int) []stats.Slice {
	t.Helper()
	var (
		encoder stats.Encoder
		decoder stats.Decoder
		sent    []stats.Slice
	)
	byWorker := make([]map[int64]*stats.Tally, workers)
	for i := range byWorker {
		byWorker[i] = map[int64]*stats.Tally{}
	}
	for i, r := range requests {
		seconds, second := byWorker[i%workers], int64(r.End/time.Second)
		if seconds[second] == nil {
			seconds[second] = stats.NewTally()
		}
		seconds[second].OK.Record(r.Response())
	}
	for _, seconds := range byWorker {
		for second, tally := range seconds {
			wire, err := encoder.Encode(tally.OK)
			if err != nil {
				t.Fatal(err)
			}
			ok, err := decoder.Decode(wire)
			if err != nil {
				t.Fatal(err)
			}
			sent = append(sent, stats.Slice{Second: second, Tally: &stats.Tally{OK: ok, Failed: stats.NewHistogram()}})
		}
	}
	return stats.MergeSlices(sent)
}

// comparer compares histograms by what would be written of them.
type comparer struct{ a, b stats.Encoder }

func (c *comparer) same(t *testing.T, x, y *stats.Histogram) bool {
	t.Helper()
	a, err := c.a.Encode(x)
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.b.Encode(y)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(a, b)
}
