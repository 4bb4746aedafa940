package steady_test

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/steady"
)

// queue is a load and how many of its first seconds are not looked at.
type queue struct {
	name string
	load func(seed uint64) iter.Seq[queuetest.Request]
	skip int
	// slower is by how much the target slows down in a window: 1 is twice as slow at the end.
	slower float64
	// most and least are the shares of windows of two minutes that may and must be unsteady, in percent.
	most, least int
}

// fourServers of 50 ms serve at most 80 requests a second.
func fourServers(slow queuetest.Slow) queuetest.Service {
	return queuetest.Service{Servers: 4, Time: queuetest.Exponential(.05), Slow: slow}
}

func openQueue(load float64) queue {
	return queue{fmt.Sprintf("M/M/4, %.0f %%", 100*load), queuetest.Open{Gap: queuetest.Exponential(1 / (80 * load)), Service: fourServers(queuetest.Slow{})}.Requests, 60, 0, 3, 0}
}

func closedQueue(users int, slow queuetest.Slow, skip int) queue {
	c := queuetest.Closed{Users: users, Ramp: 10, Think: queuetest.Exponential(1), Service: fourServers(slow)}
	return queue{fmt.Sprintf("%d users", users), c.Requests, skip, 0, 3, 0}
}

// window are the seconds of one.
func (q queue) window(seed uint64, seconds int) observed {
	out := make(observed, seconds)
	for i := range out {
		out[i] = stats.NewHistogram()
	}
	for r := range queuetest.Until(q.load(seed), time.Duration(q.skip+seconds)*time.Second) {
		at := r.End.Seconds() - float64(q.skip)
		if at >= 0 && at < float64(seconds) {
			out[int(at)].Record(time.Duration(float64(r.Response()) * (1 + q.slower*at/float64(seconds))))
		}
	}
	return out
}

// alarmed are the queues of measuring.md 23's table.
func alarmed() []queue {
	out := []queue{closedQueue(80, queuetest.Slow{}, 60), openQueue(.9)}
	worse := closedQueue(50, queuetest.Slow{}, 60)
	worse.name, worse.slower, worse.least, worse.most = worse.name+", twice as slow at the end", 1, 85, 100
	late := closedQueue(50, queuetest.Slow{Factor: 3, Decay: 15}, 16)
	late.name, late.least, late.most = late.name+", slow at first", 75, 100
	out = append(out, worse, late)
	for _, load := range []float64{.5, .7, .8} {
		out = append(out, openQueue(load))
	}
	for _, users := range []int{50, 70, 100} {
		out = append(out, closedQueue(users, queuetest.Slow{}, 60))
	}
	return out
}

// TestSteadyQueuesAreSteady: a queue in its steady state is seldom called anything else, though
// what follows each other in it is alike; one that gets slower, or begins slow, is found.
func TestSteadyQueuesAreSteady(t *testing.T) {
	runs := memtest.Smaller(60, 12)
	if *truth {
		runs = 1000
	}
	for _, q := range alarmed()[:memtest.Smaller(4, 1)] {
		q.test(t, runs)
	}
	if *truth {
		for _, q := range alarmed()[4:] {
			q.test(t, runs)
		}
	}
}

func (q queue) test(t *testing.T, runs int) {
	line := "| " + q.name + " |"
	for _, seconds := range []int{20, 60, 120} {
		unsteady, started := 0, 0
		for seed := range uint64(runs) {
			o := q.window(seed, seconds)
			medians, rates := o.series()
			if s, _ := steady.Judge(medians, rates); s.Class.Unsteady() {
				unsteady++
			}
			// As where it is used: a warm-up counts if it moves p95.
			if cut := steady.Start(medians); cut > 0 && o.p95() > 1.05*o[cut:].p95() {
				started++
			}
		}
		line += fmt.Sprintf(" %.1f / %.1f %% |", 100*float64(unsteady)/float64(runs), 100*float64(started)/float64(runs))
		found := max(unsteady, started)
		if q.least == 0 && 100*found > q.most*runs+200 {
			t.Errorf("%s, %d s, %d runs: %d unsteady, %d with a warm-up: want at most %d %%", q.name, seconds, runs, unsteady, started, q.most)
		}
		if seconds == 120 && 100*found < q.least*runs {
			t.Errorf("%s, %d s, %d runs: %d unsteady, %d with a warm-up: want at least %d %%", q.name, seconds, runs, unsteady, started, q.least)
		}
	}
	t.Log(line)
}
