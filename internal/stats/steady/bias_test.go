package steady_test

import (
	"flag"
	"math"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/queueing"
	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/steady"
)

var truth = flag.Bool("truth", false, "simulate all starts, many times")

// start is a load of users on 4 servers of 50 ms that are slow at first.
type start struct {
	users int
	slow  queuetest.Slow
	ramp  int // seconds
}

// observed is what a load did in each of its seconds.
type observed []*stats.Histogram

const length = 180 // seconds of every load, its ramp included

func (s start) run(seed uint64) observed {
	load := queuetest.Closed{
		Users: s.users, Think: queuetest.Exponential(1), Ramp: float64(s.ramp),
		Service: queuetest.Service{Servers: 4, Time: queuetest.Exponential(.05), Slow: s.slow},
	}
	out := make(observed, length)
	for i := range out {
		out[i] = stats.NewHistogram()
	}
	for r := range queuetest.Until(load.Requests(seed), length*time.Second) {
		if second := int(r.End / time.Second); second < length {
			out[second].Record(r.Response())
		}
	}
	return out
}

func (o observed) series() (medians, rates []float64) {
	for _, h := range o {
		m := math.NaN()
		if h.Count() > 0 {
			m = h.Quantile(.5).Seconds()
		}
		medians, rates = append(medians, m), append(rates, float64(h.Count()))
	}
	return medians, rates
}

func (o observed) p95() float64 {
	all := stats.NewHistogram()
	for _, h := range o {
		all.Merge(h)
	}
	return all.Quantile(.95).Seconds()
}

// bias is by how much the mean p95 of many runs is off: of the whole load, of what follows its
// ramp, and of what follows the cut. It is with the mean length of that and the share of runs
// in which the cut was not settled.
type bias struct{ whole, ramp, cut, seconds, unsettled float64 }

func (s start) bias(t *testing.T, runs int) (b bias) {
	t.Helper()
	q, err := queueing.NewClosed(4, s.users, 1, .05)
	if err != nil {
		t.Fatal(err)
	}
	n, right := float64(runs), q.Quantile(.95)
	for seed := range uint64(runs) {
		o := s.run(seed)
		cut, settled := steady.Cut(o[s.ramp:].series())
		if !settled {
			b.unsettled += 1 / n
		}
		b.seconds += float64(s.ramp+cut) / n
		b.whole += (o.p95()/right - 1) / n
		b.ramp += (o[s.ramp:].p95()/right - 1) / n
		b.cut += (o[s.ramp+cut:].p95()/right - 1) / n
	}
	return b
}

// starts are those of measuring.md 22's table.
func starts() []start {
	return []start{
		{70, queuetest.Slow{Factor: 3, Decay: 8}, 10},
		{80, queuetest.Slow{Factor: 2, Decay: 15}, 30},
		{50, queuetest.Slow{Factor: 3, Decay: 8}, 10},
		{100, queuetest.Slow{Factor: 3, Decay: 8}, 10},
		{80, queuetest.Slow{}, 10},
	}
}

// TestTrapOfASlowStart: a service that is slow at first makes p95 too high, which the cut
// mends, and it costs no more than 2 % where there is nothing to mend.
func TestTrapOfASlowStart(t *testing.T) {
	runs := memtest.Smaller(50, 12)
	if *truth {
		runs = 400
	}
	for _, s := range starts()[:memtest.Smaller(len(starts()), 1)] {
		b := s.bias(t, runs)
		t.Logf("| %d users, slow %v | %+.1f %% | %+.1f %% | %+.1f %% | %.0f s | %.1f %% |", s.users, s.slow, 100*b.whole, 100*b.ramp, 100*b.cut, b.seconds, 100*b.unsettled)
		if math.Abs(b.cut) > .02 {
			t.Errorf("%d users, slow %v: p95 is %+.1f %% off after the cut", s.users, s.slow, 100*b.cut)
		}
		if s.slow.Factor > 0 && b.whole < .04 {
			t.Errorf("%d users, slow %v: p95 is only %+.1f %% off without a cut: there is nothing to mend", s.users, s.slow, 100*b.whole)
		}
		if b.seconds > length/2 {
			t.Errorf("%d users, slow %v: the cut takes %.0f s of %d", s.users, s.slow, b.seconds, length)
		}
	}
}

// TestWarmUpUnderWay: while the load goes on, the cut is found soon, and is as good.
func TestWarmUpUnderWay(t *testing.T) {
	s := starts()[0]
	for seed := range uint64(memtest.Smaller(20, 4)) {
		var w steady.WarmUp
		medians, rates := s.run(seed)[s.ramp:].series()
		found := 0
		for i := range medians {
			w.Add(medians[i], rates[i])
			if cut, known := w.Cut(); known {
				found = i + 1
				if cut < 5 || 2*cut > found {
					t.Errorf("seed %d: cut after %d s, found after %d s", seed, cut, found)
				}
				break
			}
		}
		if found == 0 {
			t.Errorf("seed %d: no cut within %d s", seed, len(medians))
		}
	}
}
