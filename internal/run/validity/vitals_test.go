package validity

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// workers are an observation with such workers, ten users on each unless told.
func workers(of ...locust.StatusWorker) locust.Observation {
	s := &locust.Status{State: locust.StateRunning, UserCount: 10, Workers: of}
	for i := range of {
		of[i].ID, of[i].State = string(rune('a'+i)), locust.StateRunning
		if of[i].UserCount == 0 {
			of[i].UserCount = 10
		}
	}
	return s.Observation()
}

// watched is what is found in a window of ten seconds between two observations.
func watched(first, last locust.Observation) []string {
	now := time.Now()
	w := New(10, now, first, nil)
	w.JudgeLoad(now, last)
	return texts(w.JudgeGenerator(&result.Measured{Duration: 10, Requests: 100}, Pauses{}))
}

// TestVitals: what the worst worker went through in the window, and not before it, is a doubt
// above one percent.
func TestVitals(t *testing.T) {
	before := locust.Vitals{Waits: 1e6, LongWaits: 5e5, GCMicros: 9e6, Periods: 1e4, Throttled: 9e3}
	plus := func(v locust.Vitals) *locust.Vitals {
		return &locust.Vitals{
			Waits: before.Waits + v.Waits, LongWaits: before.LongWaits + v.LongWaits, GCMicros: before.GCMicros + v.GCMicros,
			Periods: before.Periods + v.Periods, Throttled: before.Throttled + v.Throttled,
		}
	}
	for _, tt := range []struct {
		name string
		of   locust.Vitals
		want []string
	}{
		{"quiet", locust.Vitals{Waits: 1e5, LongWaits: 999, GCMicros: 99_000, Periods: 100, Throttled: 1}, nil},
		{"nothing ran", locust.Vitals{}, nil},
		{"too few waits to tell", locust.Vitals{Waits: 999, LongWaits: 500}, nil},
		{"waits", locust.Vitals{Waits: 1000, LongWaits: 34}, []string{"worker b waited for a processor: of its waits 3.4 % were longer than 1 ms, and latencies hold them"}},
		{"garbage", locust.Vitals{GCMicros: 250_000}, []string{"collecting garbage stopped worker b for 2.5 % of the time, for more than 5 ms each time"}},
		{"throttled", locust.Vitals{Periods: 100, Throttled: 2}, []string{"worker b was throttled by its CPU limit in 2 % of the time"}},
	} {
		first := workers(locust.StatusWorker{Vitals: &before}, locust.StatusWorker{Vitals: &before})
		last := workers(locust.StatusWorker{Vitals: &before}, locust.StatusWorker{Vitals: plus(tt.of)})
		if diff := cmp.Diff(tt.want, watched(first, last)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if got := watched(workers(locust.StatusWorker{}), workers(locust.StatusWorker{Vitals: &before})); got != nil {
		t.Errorf("of a worker that told nothing at first: %q", got)
	}
}

// TestLag: it is that of the worst worker in the window, of enough looks.
func TestLag(t *testing.T) {
	var idle, busy stats.Delays
	for i := range 1000 {
		idle.Add(0)
		busy.Add(time.Duration(i) * 20 * time.Microsecond)
	}
	told := func(d stats.Delays) locust.StatusWorker { return locust.StatusWorker{Vitals: &locust.Vitals{Lags: d}} }
	for _, tt := range []struct {
		name        string
		first, last []stats.Delays
		want        *result.Lag
	}{
		{"idle", []stats.Delays{nil, nil}, []stats.Delays{idle, idle}, &result.Lag{Worker: "a", P50: .05, P99: .05}},
		{"one is busy", []stats.Delays{nil, nil}, []stats.Delays{idle, busy}, &result.Lag{Worker: "b", P50: 10.763, P99: 21.526}},
		{"it was before the window", []stats.Delays{nil, busy}, []stats.Delays{idle, busy}, &result.Lag{Worker: "a", P50: .05, P99: .05}},
		{"too few looks", []stats.Delays{nil}, []stats.Delays{{249}}, nil},
		{"an earlier release", []stats.Delays{nil}, []stats.Delays{nil}, nil},
	} {
		var first, last []locust.StatusWorker
		for i := range tt.first {
			first, last = append(first, told(tt.first[i])), append(last, told(tt.last[i]))
		}
		now := time.Now()
		w := New(10, now, workers(first...), nil)
		w.JudgeLoad(now, workers(last...))
		if diff := cmp.Diff(tt.want, w.Seen.Lag); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestParity: a worker is unlike the others by its users' rate, by more than five percent, by
// more than chance, and by more than one user of each class makes.
func TestParity(t *testing.T) {
	did := func(users, classes int, requests int64) locust.StatusWorker {
		return locust.StatusWorker{UserCount: users, Classes: classes, Requests: requests, CoveredMicros: 10e6}
	}
	for _, tt := range []struct {
		name string
		of   []locust.StatusWorker
		want []string
	}{
		{"alike", []locust.StatusWorker{did(10, 1, 10_000), did(10, 1, 10_400), did(10, 1, 9_600)}, nil},
		{"one is slow", []locust.StatusWorker{did(10, 1, 10_000), did(10, 1, 9_000), did(10, 1, 10_000)}, []string{"worker b had 10 % fewer requests per user than the median of 3 workers"}},
		{"one is fast", []locust.StatusWorker{did(10, 1, 10_000), did(10, 1, 10_000), did(10, 1, 12_000)}, []string{"worker c had 20 % more requests per user than the median of 3 workers"}},
		{"fewer users", []locust.StatusWorker{did(3, 1, 3_000), did(2, 1, 2_000)}, nil},
		{"too few to tell", []locust.StatusWorker{did(10, 1, 100), did(10, 1, 80), did(10, 1, 100)}, nil},
		{"another mix", []locust.StatusWorker{did(10, 2, 10_000), did(10, 2, 8_500), did(10, 2, 10_000)}, nil},
		{"the mix is not enough", []locust.StatusWorker{did(10, 2, 10_000), did(10, 2, 7_000), did(10, 2, 10_000)}, []string{"worker b had 30 % fewer requests per user than the median of 3 workers"}},
		{"one worker", []locust.StatusWorker{did(10, 1, 10_000)}, nil},
		{"nothing", []locust.StatusWorker{did(10, 1, 0), did(10, 1, 0)}, nil},
	} {
		first := workers(make([]locust.StatusWorker, len(tt.of))...)
		if diff := cmp.Diff(tt.want, watched(first, workers(tt.of...))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestParityOfAlike: workers that are alike are not told apart. Users think and wait at
// random; a window's counts vary by that alone.
func TestParityOfAlike(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, tt := range []struct{ workers, users, seconds int }{{2, 5, 10}, {4, 5, 20}, {8, 25, 20}, {50, 4, 30}} {
		const rounds = 200
		unlike := 0
		for range rounds {
			var rates []rate
			for range tt.workers {
				r := rate{id: fmt.Sprint(len(rates)), seconds: float64(tt.seconds), users: float64(tt.users), classes: 1}
				for range tt.users {
					r.n += float64(requestsOf(random, r.seconds))
				}
				rates = append(rates, r)
			}
			middle := medianOf(rates)
			if slices.ContainsFunc(rates, func(r rate) bool { return r.apart(middle) }) {
				unlike++
			}
		}
		if unlike > 1 {
			t.Errorf("%+v: %d of %d windows have a worker unlike the others", tt, unlike, rounds)
		}
	}
}

// requestsOf is how many requests a user makes that thinks for half a second and waits for
// 50 ms, both exponentially distributed.
func requestsOf(random *rand.Rand, seconds float64) (n int) {
	for at := 0.; ; n++ {
		if at += random.ExpFloat64()*.5 + random.ExpFloat64()*.05; at > seconds {
			return n
		}
	}
}
