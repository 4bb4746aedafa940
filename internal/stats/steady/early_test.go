package steady_test

import (
	"math"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/queueing"
	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
	"github.com/swarmgrid/swarmgrid/internal/stats/steady"
)

const (
	// settled is how long after the ramp a window opens, and longest how long it may be.
	settled, longest = 6, 180
	// bound is that of p95 in all of these tests.
	bound = 300 * time.Millisecond
)

// ended is how a window of duration auto ended: after how many seconds, and with how many of them
// left out.
type ended struct {
	decision      interval.Decision
	seconds, left int
}

// decide gives the batches of a window to a sequence as they come, those after the warm-up if that
// is to be cut, once it is known.
func (q queue) decide(t *testing.T, seed uint64, cut bool) ended {
	t.Helper()
	s, err := interval.NewSequence(.05, longest*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	o := q.window(seed, settled+longest)
	medians, rates := o.series()
	var w steady.WarmUp
	begin, known := settled, !cut
	next := begin
	for i := range o {
		w.Add(medians[i], rates[i])
		if from, found := w.Cut(); found && !known {
			begin, known = max(from, settled), true
			next = begin
		}
		for ; known && next+5 <= i+1; next += 5 {
			if d := s.Add(o[next : next+5].slow()); d == interval.Pass || d == interval.Fail {
				return ended{d, i + 1 - settled, begin - settled}
			}
		}
	}
	return ended{interval.Borderline, longest, begin - settled}
}

func (o observed) slow() (bad, all int64) {
	for _, h := range o {
		bad += h.AtLeast(bound)
		all += h.Count()
	}
	return bad, all
}

// early is a load of duration auto, and what is allowed: the share of windows that are wrong, and
// their mean seconds.
type early struct {
	users       int
	slow        queuetest.Slow
	wrong, mean float64
	// uncut is how many windows are right, at most, without a cut.
	uncut float64
}

// TestWarmUpIsCut: a service that is slow at first is judged by what it is then, and one that
// is not takes a little longer to be judged. It makes the table of measuring.md 22.
func TestWarmUpIsCut(t *testing.T) {
	runs := memtest.Smaller(50, 10)
	loads := []early{
		{70, queuetest.Slow{Factor: 3, Decay: 15}, .04, 90, .3},
		{160, queuetest.Slow{}, 0, 50, 1},
		{60, queuetest.Slow{}, 0, 50, 1},
		{86, queuetest.Slow{}, .12, 180, 1},
	}
	if *truth {
		runs = 400
		loads = append(loads, early{60, queuetest.Slow{Factor: 3, Decay: 20}, .04, 105, .1},
			early{60, queuetest.Slow{Factor: 3, Decay: 40}, .35, 140, 0},
			early{50, queuetest.Slow{Factor: 3, Decay: 8}, 0, 60, 1}, early{70, queuetest.Slow{Factor: 3, Decay: 8}, 0, 65, 1},
			early{76, queuetest.Slow{}, 0, 60, 1}, early{80, queuetest.Slow{}, 0, 95, 1}, early{84, queuetest.Slow{}, .02, 170, 1},
			early{88, queuetest.Slow{}, .04, 180, 1}, early{92, queuetest.Slow{}, .02, 110, 1}, early{100, queuetest.Slow{}, 0, 55, 1})
	}
	for _, l := range loads[:memtest.Smaller(len(loads), 2)] {
		l.test(t, runs)
	}
}

func (l early) test(t *testing.T, runs int) {
	t.Helper()
	law, err := queueing.NewClosed(4, l.users, 1, .05)
	if err != nil {
		t.Fatal(err)
	}
	right := interval.Pass
	if law.Quantile(.95) > bound.Seconds() {
		right = interval.Fail
	}
	q := closedQueue(l.users, l.slow, 10)
	var share, wrong, mean, left [2]float64
	n := float64(runs)
	for seed := range uint64(runs) {
		for i, cut := range []bool{false, true} {
			e := q.decide(t, seed, cut)
			mean[i] += float64(e.seconds) / n
			left[i] += float64(e.left) / n
			switch e.decision {
			case right:
				share[i] += 1 / n
			case interval.Borderline:
			default:
				wrong[i] += 1 / n
			}
		}
	}
	t.Logf("| %d, %v | %.2f | %.0f s, %.1f / %.1f %% | %.0f s, %.1f / %.1f %% | %.0f s |", l.users, l.slow, law.Quantile(.95)/bound.Seconds(),
		mean[0], 100*share[0], 100*wrong[0], mean[1], 100*share[1], 100*wrong[1], left[1])
	if wrong[1] > l.wrong || mean[1] > l.mean || share[0] > l.uncut+4*math.Sqrt(l.uncut*(1-l.uncut)/n)+1e-9 {
		t.Errorf("%d users, slow %v: %.1f %% wrong after %.0f s, without a cut %.1f %% right; want at most %v, %v and %v", l.users, l.slow, 100*wrong[1], mean[1], 100*share[0], l.wrong, l.mean, l.uncut)
	}
}
