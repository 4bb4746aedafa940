package interval_test

import (
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
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

var truth = flag.Bool("truth", false, "simulate all queues, many times, and print the tables of measuring.md")

// levels are the quantiles whose intervals are shown.
func levels() []float64 { return []float64{.50, .95, .99} }

// queue is one whose quantiles, in seconds, and rate are known.
type queue struct {
	name     string
	requests func(seed uint64) iter.Seq[queuetest.Request]
	quantile func(level float64) float64
	rate     float64
	waiting  float64 // the share of the users that waits
}

// open is M/M/c with the utilisation rho, at 200 requests per second.
func open(servers int, rho float64) queue {
	const rate = 200
	service := rho * float64(servers) / rate
	q, err := queueing.NewOpen(servers, rate, service)
	if err != nil {
		panic(err)
	}
	load := queuetest.Open{
		Gap:     queuetest.Exponential(1. / rate),
		Service: queuetest.Service{Servers: servers, Time: queuetest.Exponential(service)},
	}
	return queue{fmt.Sprintf("M/M/%d, %.0f %%", servers, 100*rho), load.Requests, q.Quantile, rate, 0}
}

// closed has 4 servers of 50 ms and users who think for a second.
func closed(users int) queue {
	q, err := queueing.NewClosed(4, users, 1, .05)
	if err != nil {
		panic(err)
	}
	load := queuetest.Closed{
		Users: users, Think: queuetest.Exponential(1),
		Service: queuetest.Service{Servers: 4, Time: queuetest.Exponential(.05)},
	}
	return queue{fmt.Sprintf("closed, 4 servers, %d users", users), load.Requests, q.Quantile, q.Throughput(), q.Throughput() * q.Response() / float64(users)}
}

// free has no queue: the responses are the service times, lognormal with cv² 1.
func free() queue {
	load := queuetest.Open{Gap: queuetest.Exponential(1. / 200), Service: queuetest.Service{Time: queuetest.Lognormal(.05, 1)}}
	return queue{"M/G/∞", load.Requests, func(level float64) float64 {
		sigma := math.Sqrt(math.Log(2))
		return .05 * math.Exp(-sigma*sigma/2+sigma*math.Sqrt2*math.Erfinv(2*level-1))
	}, 200, 0}
}

// simulated is a queue without a closed form: its truth is a run of two million requests.
func simulated(name string, requests func(seed uint64) iter.Seq[queuetest.Request], users float64) queue {
	long := stats.NewHistogram()
	var end time.Duration
	for r := range queuetest.First(requests(1<<40), 2_000_000) {
		long.Record(r.Response())
		end = r.Sent
	}
	rate, waiting := float64(long.Count())/end.Seconds(), 0.
	if users > 0 {
		waiting = rate * long.Mean().Seconds() / users
	}
	return queue{name, requests, func(level float64) float64 { return long.Quantile(level).Seconds() }, rate, waiting}
}

// arrivals are 200 requests per second for servers with any law of service.
func arrivals(name string, servers int, service queuetest.Law) queue {
	load := queuetest.Open{Gap: queuetest.Exponential(1. / 200), Service: queuetest.Service{Servers: servers, Time: service}}
	q := simulated(name, load.Requests, 0)
	q.rate = 200
	return q
}

// users think for so many seconds, with servers of any law of service.
func users(name string, n, servers int, think float64, service queuetest.Law) queue {
	load := queuetest.Closed{Users: n, Think: queuetest.Exponential(think), Service: queuetest.Service{Servers: servers, Time: service}}
	return simulated(fmt.Sprintf("%d users, think %v s, %s", n, think, name), load.Requests, float64(n))
}

// split cuts the load into batches after a warm-up of a minute.
func split(q queue, seed uint64, length time.Duration) []interval.Batch {
	const warmup = time.Minute
	batches := make([]interval.Batch, interval.Batches)
	for i := range batches {
		batches[i] = interval.Batch{Latencies: stats.NewHistogram(), Length: length / interval.Batches}
	}
	for r := range queuetest.Until(q.requests(seed), warmup+length) {
		if r.End >= warmup && r.End < warmup+length {
			batches[(r.End-warmup)*interval.Batches/length].Latencies.Record(r.Response())
		}
	}
	return batches
}

// window is what is measured of a load after its warm-up.
func window(t *testing.T, q queue, seed uint64, length time.Duration) *interval.Window {
	t.Helper()
	w, err := interval.New(split(q, seed, length), q.waiting)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// covered is how many of the runs had the truth in their interval: of each level, and of the rate.
func covered(t *testing.T, q queue, length time.Duration, runs int) (hits []int, rate int, open []int) {
	t.Helper()
	hits, open = make([]int, len(levels())), make([]int, len(levels()))
	for seed := range uint64(runs) {
		w := window(t, q, seed, length)
		for i, level := range levels() {
			l := w.Quantile(level)
			if holds(l, q.quantile(level)) {
				hits[i]++
			}
			if l.Open {
				open[i]++
			}
		}
		if w.Rate().Holds(q.rate) {
			rate++
		}
	}
	return hits, rate, open
}

// holds allows the ends the 0.1 % by which histograms round.
func holds(l interval.Latency, seconds float64) bool {
	d := time.Duration(seconds * float64(time.Second))
	l.Low -= l.Low / 1000
	l.High += l.High / 1000
	return l.Holds(d)
}

// need fails where less than a share of the runs had the truth in their interval.
func need(t *testing.T, what string, hits, runs int, share float64) {
	t.Helper()
	if float64(hits) < share*float64(runs) {
		t.Errorf("the interval of %s holds the truth in %d of %d runs", what, hits, runs)
	}
}

// TestIntervalsHoldTheTruth: what is published as a 95 % interval is one, whatever the queue
// does to the independence of its requests.
func TestIntervalsHoldTheTruth(t *testing.T) {
	const runs = 200
	queues := []queue{open(4, .9), closed(100), free(), open(4, .5), open(4, .8), closed(50)}
	for _, q := range queues[:memtest.Smaller(len(queues), 2)] {
		hits, rate, _ := covered(t, q, time.Minute, runs)
		t.Logf("%s: %v, rate %d of %d", q.name, hits, rate, runs)
		for i, level := range levels() {
			need(t, fmt.Sprintf("p%.0f, %s", 100*level, q.name), hits[i], runs, .93)
		}
		need(t, "the rate, "+q.name, rate, runs, .93)
	}
}

// TestTruthOfIntervals is the table of measuring.md 19.
func TestTruthOfIntervals(t *testing.T) {
	if !*truth {
		t.Skip("make truth runs it; TestIntervalsHoldTheTruth is its short form")
	}
	const runs = 1000
	queues := []queue{
		open(4, .5), open(4, .8), open(4, .9), open(4, .95), open(1, .8), open(16, .9),
		closed(50), closed(80), closed(100), free(),
		arrivals("lognormal, cv² 4, 8 servers, 80 %", 8, queuetest.Lognormal(.8*8/200, 4)),
		arrivals("M/D/2, 90 %", 2, queuetest.Constant(.9*2/200)),
		users("lognormal, cv² 2, 4 servers", 58, 4, 1, queuetest.Lognormal(.05, 2)),
		users("constant, 16 servers", 319, 16, 1, queuetest.Constant(.05)),
		users("one server", 19, 1, 1, queuetest.Exponential(.05)),
		users("4 servers", 383, 4, 5, queuetest.Exponential(.05)),
		users("4 servers", 1363, 4, 20, queuetest.Exponential(.05)),
	}
	for _, q := range queues {
		for _, length := range []time.Duration{20 * time.Second, time.Minute, 3 * time.Minute} {
			hits, rate, open := covered(t, q, length, runs)
			row := fmt.Sprintf("| %s | %.0f s |", q.name, length.Seconds())
			for _, n := range slices.Concat(hits, []int{rate}, open[1:]) {
				row += fmt.Sprintf(" %.0f %% |", 100*float64(n)/runs)
			}
			t.Log(row)
			for i, level := range levels() {
				share := .93
				if level == .5 && length < time.Minute {
					share = .88 // a window of few busy periods (measuring.md 19)
				}
				need(t, fmt.Sprintf("p%.0f, %s, %v", 100*level, q.name, length), hits[i], runs, share)
			}
			need(t, "the rate, "+q.name, rate, runs, .93)
		}
	}
}
