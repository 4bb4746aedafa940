package queuetest_test

import (
	"iter"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

// The traps that load generators fall into, each with the number that a victim would print.
// Two more are beside what avoids them: that of peeking in internal/stats/interval, that of a
// slow start in internal/stats/steady.

// frozen answers in 10 ms, but stands still for 6 s of every minute.
func frozen() queuetest.Service {
	return queuetest.Service{Time: queuetest.Constant(.01), Freeze: queuetest.Freeze{Every: 60, For: 6}}
}

// histogram is what is measured of an hour, from its second minute on, by a clock.
func histogram(requests iter.Seq[queuetest.Request], clock func(queuetest.Request) time.Duration) *stats.Histogram {
	h := stats.NewHistogram()
	for r := range queuetest.Until(requests, time.Hour+time.Minute) {
		if r.Intended >= time.Minute {
			h.Record(clock(r))
		}
	}
	return h
}

// TestTrapOfAStall: a request that could not be sent since the service stood still is as late
// as it is. With the fraction D/P of the time frozen, the quantiles above it are exactly
// S + D - (1-q)·P.
func TestTrapOfAStall(t *testing.T) {
	planned := queuetest.Open{Service: frozen(), Gap: queuetest.Constant(.01)}
	got := histogram(planned.Requests(1), queuetest.Request.Response)
	within(t, "p50", got.Quantile(.50).Seconds(), .01, .03)
	within(t, "p95", got.Quantile(.95).Seconds(), 3.01, .03)
	within(t, "p99", got.Quantile(.99).Seconds(), 5.41, .03)

	// With ten connections the plan cannot be kept, which the clock must not forget.
	planned.Connections = 10
	within(t, "p99, ten connections", histogram(planned.Requests(1), queuetest.Request.Response).Quantile(.99).Seconds(), 5.41, .03)
	if p99 := histogram(planned.Requests(1), queuetest.Request.FromSent).Quantile(.99); p99 > 11*time.Millisecond {
		t.Errorf("the victim's clock sees the stall, too: p99 %v: is it still a trap?", p99)
	}
	// A user who waits sends one request into each stall. That is another question, not a mistake.
	user := queuetest.Closed{Service: frozen(), Users: 1, Think: queuetest.Constant(0)}
	if p99 := histogram(user.Requests(1), queuetest.Request.Response).Quantile(.99); p99 > 11*time.Millisecond {
		t.Errorf("p99 of a user who waits is %v", p99)
	}
}

// TestTrapOfTheNextPercentile: p95 cannot be had from p90.
func TestTrapOfTheNextPercentile(t *testing.T) {
	h := stats.NewHistogram()
	h.RecordN(10_000, 92)
	h.RecordN(1_000_000, 8)
	within(t, "p90", h.Quantile(.90).Seconds(), .010, .001)
	within(t, "p95", h.Quantile(.95).Seconds(), 1, .001)
}

// TestTrapOfBuckets: 104.9 and 105.1 ms are one value apart, not the ten milliseconds that
// rounding to two digits makes of them, nor none.
func TestTrapOfBuckets(t *testing.T) {
	below, above := stats.NewHistogram(), stats.NewHistogram()
	below.Record(104_900 * time.Microsecond)
	above.Record(105_100 * time.Microsecond)
	within(t, "the difference", (above.Quantile(.5) - below.Quantile(.5)).Seconds(), .0002, .4)
}

// TestTrapOfAverages: percentiles of workers do not average to the one of all.
func TestTrapOfAverages(t *testing.T) {
	fast, slow := stats.NewHistogram(), stats.NewHistogram()
	fast.RecordN(10_000, 900)
	slow.RecordN(1_000_000, 100)
	average := (fast.Quantile(.95) + slow.Quantile(.95)) / 2
	within(t, "the average of both", average.Seconds(), .505, .001)
	fast.Merge(slow)
	within(t, "p95", fast.Quantile(.95).Seconds(), 1, .001)
}

// TestTrapOfFastFailures: one request in ten fails at once, which leaves p95 of the others,
// and still more of all, far within its bound. One in ten is bad all the same.
func TestTrapOfFastFailures(t *testing.T) {
	const bound = 300 * time.Millisecond
	load := queuetest.Closed{
		Users: 40, Think: queuetest.Exponential(1),
		Service: queuetest.Service{Servers: 4, Time: queuetest.Exponential(.05), Failing: .1},
	}
	sequence, err := interval.NewSequence(.05, 3*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var batches [36]stats.Tally
	for i := range batches {
		batches[i] = *stats.NewTally()
	}
	for r := range queuetest.Until(load.Requests(1), 3*time.Minute) {
		i := int(r.End / interval.BatchLength)
		switch {
		case i >= len(batches):
		case r.OK:
			batches[i].OK.Record(r.Response())
		default:
			batches[i].Failed.Record(r.Response())
		}
	}
	whole := stats.NewTally()
	decision := interval.Continue
	for _, b := range batches {
		whole.Merge(&b)
		decision = sequence.Add(b.Failures()+b.OK.AtLeast(bound), b.Requests())
	}
	if decision != interval.Fail {
		t.Errorf("%v, want fail", decision)
	}
	if p95 := whole.OK.Quantile(.95); p95 > bound*2/3 {
		t.Errorf("p95 of the successes is %v: is it still a trap?", p95)
	}
	if all := whole.All().Quantile(.95); all >= whole.OK.Quantile(.95) {
		t.Errorf("p95 of all is %v, not less than that of the successes", all)
	}
	within(t, "the share of failures", float64(whole.Failures())/float64(whole.Requests()), .1, .1)
}
