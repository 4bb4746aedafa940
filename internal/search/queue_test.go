package search_test

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/queueing"
	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
	"github.com/swarmgrid/swarmgrid/internal/search"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

var thorough = flag.Bool("truth", false, "look at ten times as many services")

const (
	warmup  = 20 * time.Second
	longest = 180 * time.Second
	allowed = .05 // of the requests may be bad
	service = .05 // seconds
	// bin is how finely response times are kept, in seconds.
	bin  = .002
	bins = 300
)

// window is what a load sees after its warm-up: per batch, how many requests there were, and
// how many took longer than each number of bins.
type window [longest / interval.BatchLength]struct {
	all  int64
	slow [bins + 1]int64
}

// farm is a service of two servers per replica under closed loads: windows that were simulated
// once, of which each measurement draws one.
type farm struct {
	q       search.Question
	windows map[search.Cell][]window
	truth   map[search.Cell]queueing.Closed
}

func newFarm(t *testing.T, n int) farm {
	t.Helper()
	f := farm{
		q:       search.Question{Replicas: []int{1, 2, 3, 4}, Users: []int{40, 80, 160}},
		windows: map[search.Cell][]window{},
		truth:   map[search.Cell]queueing.Closed{},
	}
	for _, r := range f.q.Replicas {
		for _, u := range f.q.Users {
			c := search.Cell{Replicas: r, Users: u}
			exact, err := queueing.NewClosed(2*r, u, 1, service)
			if err != nil {
				t.Fatal(err)
			}
			f.truth[c] = exact
			for seed := range n {
				f.windows[c] = append(f.windows[c], simulate(c, uint64(seed+1)))
			}
		}
	}
	return f
}

func simulate(c search.Cell, seed uint64) window {
	load := queuetest.Closed{
		Users: c.Users, Think: queuetest.Exponential(1),
		Service: queuetest.Service{Servers: 2 * c.Replicas, Time: queuetest.Exponential(service)},
	}
	var w window
	for r := range queuetest.Until(load.Requests(seed), warmup+longest) {
		if r.Sent < warmup {
			continue
		}
		b := &w[(r.Sent-warmup)/interval.BatchLength]
		b.all++
		b.slow[min(int(r.Response().Seconds()/bin), bins)]++
	}
	for i := range w {
		for j := bins - 1; j >= 0; j-- {
			w[i].slow[j] += w[i].slow[j+1]
		}
	}
	return w
}

// site is a farm with a limit, and with days that differ: each measurement finds the service
// slower or faster, which is as if the limit were shorter or longer.
type site struct {
	farm
	limit, sd float64
	random    *rand.Rand
	load      time.Duration // so far
}

func (s *site) draw(c search.Cell) (w window, at int) {
	all := s.windows[c]
	today := s.limit / (1 + s.sd*s.random.NormFloat64())
	return all[s.random.IntN(len(all))], min(max(int(today/bin), 0), bins)
}

// full measures a cell once, for as long as it takes to measure any.
func (s *site) full(c search.Cell) search.Verdict {
	w, at := s.draw(c)
	s.load += warmup + longest
	var bad, all int64
	for _, b := range w {
		bad, all = bad+b.slow[at], all+b.all
	}
	if float64(bad)/float64(all) <= allowed {
		return search.Pass
	}
	return search.Fail
}

// stopped measures a cell until its verdict is clear.
func (s *site) stopped(t *testing.T) oracle {
	return func(step search.Step) search.Observation {
		w, at := s.draw(step.Cell)
		sequence, err := interval.NewSequence(allowed, longest)
		if err != nil {
			t.Fatal(err)
		}
		var bad, all int64
		decision := interval.Continue
		for i := 0; decision == interval.Continue; i++ {
			decision = sequence.Add(w[i].slow[at], w[i].all)
			bad, all = bad+w[i].slow[at], all+w[i].all
		}
		s.load += warmup + sequence.Elapsed()
		return search.Observation{
			Cell: step.Cell, Role: step.Role,
			Verdict: map[interval.Decision]search.Verdict{
				interval.Pass: search.Pass, interval.Fail: search.Fail, interval.Borderline: search.Close,
			}[decision],
			Margin: math.Log(float64(bad) / float64(all) / allowed),
			Rate:   float64(all) / sequence.Elapsed().Seconds(),
		}
	}
}

// most is the most users that a number of replicas is said to be enough for.
func most(q search.Question, replicas int, at func(search.Cell) search.Verdict) int {
	most := 0
	for _, u := range q.Users {
		if at(search.Cell{Replicas: replicas, Users: u}) == search.Pass {
			most = u
		}
	}
	return most
}

// tally counts the numbers of replicas for which too much or too little is claimed.
type tally struct {
	unsafe, careful int
	load            time.Duration
	measurements    int
}

func (y *tally) add(s *site, at func(search.Cell) search.Verdict) {
	exact := func(c search.Cell) search.Verdict {
		if s.truth[c].Tail(s.limit) <= allowed {
			return search.Pass
		}
		return search.Fail
	}
	for _, r := range s.q.Replicas {
		switch said, so := most(s.q, r, at), most(s.q, r, exact); {
		case said > so:
			y.unsafe++
		case said < so:
			y.careful++
		}
	}
	y.load += s.load
	s.load = 0
}

// TestNoise searches services whose truth is known, where windows differ by chance and by more,
// and compares with measuring every cell once: fewer unsafe answers, in a third of the time.
func TestNoise(t *testing.T) {
	windows, services := memtest.Smaller(12, 4), memtest.Smaller(400, 100)
	if *thorough {
		windows, services = 100, 4000
	}
	f := newFarm(t, windows)
	for _, sd := range []float64{0, .03, .06, .07} {
		random := rand.New(rand.NewPCG(5, uint64(1000*sd)))
		var full, search tally
		for range services {
			s := &site{farm: f, limit: .16 + .24*random.Float64(), sd: sd, random: random}
			compare(t, s, &full, &search)
		}
		per := func(y tally) float64 { return y.load.Seconds() / float64(services) }
		rows := float64(services * len(f.q.Replicas))
		t.Logf("%.0f %%: full %.0f s, %.3f of the rows unsafe, %.3f careful; search %.1f measurements, %.0f s, %.3f, %.3f",
			100*sd, per(full), float64(full.unsafe)/rows, float64(full.careful)/rows,
			float64(search.measurements)/float64(services), per(search), float64(search.unsafe)/rows, float64(search.careful)/rows)
		if search.unsafe >= full.unsafe {
			t.Errorf("%.0f %%: %d rows are unsafe, with each cell measured once %d", 100*sd, search.unsafe, full.unsafe)
		}
		if per(search) > .35*per(full) {
			t.Errorf("%.0f %%: %.0f s of load, with each cell measured once %.0f s", 100*sd, per(search), per(full))
		}
	}
}

func compare(t *testing.T, s *site, full, searched *tally) {
	t.Helper()
	verdicts := map[search.Cell]search.Verdict{}
	for _, r := range s.q.Replicas {
		for _, u := range s.q.Users {
			c := search.Cell{Replicas: r, Users: u}
			verdicts[c] = s.full(c)
		}
	}
	full.add(s, func(c search.Cell) search.Verdict { return verdicts[c] })
	s.q.Seed = s.random.Int64()
	seen := answer(t, s.q, s.stopped(t))
	m := search.Conclude(s.q, seen)
	searched.add(s, func(c search.Cell) search.Verdict { return m.At(c).Verdict })
	searched.measurements += len(seen)
}
