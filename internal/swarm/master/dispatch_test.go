package master

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

func TestClassStreamIsLocusts(t *testing.T) {
	// The sequences of locust-protocol.md 22, which Locust printed.
	for _, c := range []struct {
		weights map[string]float64
		want    string
	}{
		{map[string]float64{"A": 5, "B": 1}, "AABAAAAABAAAAABAAAAAB"},
		{map[string]float64{"A": 3, "B": 2, "C": 1}, "ABCABAABCABA"},
		{map[string]float64{"A": 1, "B": 1}, "ABABAB"},
		{map[string]float64{"A": 0.5, "B": 0.5, "C": 0}, "ABABAB"},
		{map[string]float64{"A": 1}, "AAA"},
		{nil, ""},
	} {
		stream, got := newClassStream(c.weights), ""
		last := stream.totals(0)
		for n := range c.want {
			next := stream.totals(n + 1)
			for class := range next {
				got += strings.Repeat(class, next[class]-last[class])
			}
			last = next
		}
		if got != c.want {
			t.Errorf("%v: got %s, want %s", c.weights, got, c.want)
		}
	}
}

// step takes the next user as Locust does: of the class with the lowest key.
func step(heads []classHead) {
	i := 0
	for j := range heads {
		if heads[j].compare(heads[i]) < 0 {
			i = j
		}
	}
	heads[i] = heads[i].after(heads[i].users + 1)
}

// TestTotalsAreThoseOfEachStep: the totals computed at once are those that Locust reaches
// one user after the other.
func TestTotalsAreThoseOfEachStep(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	weights := func() float64 {
		return []float64{1, float64(1 + rnd.IntN(9)), rnd.Float64(), 1000 * rnd.Float64(), 1e-3, 1e7}[rnd.IntN(6)]
	}
	for round := range 30 {
		all := map[string]float64{}
		for i := range 1 + rnd.IntN(12) {
			all[fmt.Sprint("C", i)] = weights()
		}
		stream := newClassStream(all)
		heads := slices.Clone([]classHead(stream.heads))
		long := 2000
		if round == 0 {
			long = 50_000
		}
		for n := range long {
			if n < 100 || n%997 == 0 || n == long-1 {
				want := map[string]int{}
				for _, h := range heads {
					want[h.name] = h.users
				}
				if diff := cmp.Diff(want, stream.totals(n)); diff != "" {
					t.Fatalf("%d users of %v (-want +got):\n%s", n, all, diff)
				}
			}
			step(heads)
		}
	}
}

// TestShiftMovesOneByOne: moving users at once has the same result as moving one after the other.
func TestShiftMovesOneByOne(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		from, to := map[string]int{}, map[string]int{}
		for i := range 1 + rnd.IntN(6) {
			from[fmt.Sprint("C", i)], to[fmt.Sprint("C", i)] = rnd.IntN(12), rnd.IntN(12)
		}
		n := rnd.IntN(sum(from) + 1)
		a, b := &workerLoad{maps.Clone(from), sum(from), 0}, &workerLoad{maps.Clone(to), sum(to), 1}
		shift(a, b, n)
		ahead := func(class string) int { return from[class] - to[class] }
		start := maps.Clone(to)
		for range n {
			best := ""
			for _, class := range slices.Sorted(maps.Keys(from)) {
				if from[class] > 0 && (best == "" || ahead(class) > ahead(best)) {
					best = class
				}
			}
			from[best]--
			to[best]++
		}
		if diff := cmp.Diff(to, b.counts); diff != "" || a.total != sum(from) || b.total != sum(to) {
			t.Fatalf("moving %d to %v (-want +got):\n%s", n, start, diff)
		}
	}
}

func TestTotalsFollowWeights(t *testing.T) {
	s := newClassStream(map[string]float64{"A": 8, "B": 1, "C": 1})
	if diff := cmp.Diff(map[string]int{"A": 80, "B": 10, "C": 10}, s.totals(100)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"A": 8, "B": 1, "C": 1}, s.totals(10)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"A": 0, "B": 0, "C": 0}, s.totals(0)); diff != "" {
		t.Error(diff)
	}
}

func TestMove(t *testing.T) {
	for _, c := range []struct {
		name   string
		have   assignment
		order  []string
		totals map[string]int
		want   assignment
	}{
		{
			"equal classes on two workers",
			assignment{},
			[]string{"1", "2"},
			map[string]int{"A": 2, "B": 2},
			assignment{"1": {"A": 1, "B": 1}, "2": {"A": 1, "B": 1}},
		},
		{
			"the fewest users first",
			assignment{"1": {"A": 3}, "2": {"A": 1}},
			[]string{"1", "2"},
			map[string]int{"A": 5},
			assignment{"1": {"A": 3}, "2": {"A": 2}},
		},
		{
			"nobody moves when nothing changes",
			assignment{"1": {"A": 4}, "2": {}},
			[]string{"1", "2"},
			map[string]int{"A": 4},
			assignment{"1": {"A": 4}, "2": {}},
		},
		{
			"a lost worker's users go to the others",
			assignment{"1": {"A": 2, "B": 1}, "2": {"A": 1, "B": 2}},
			[]string{"1", "2"},
			map[string]int{"A": 5, "B": 4},
			assignment{"1": {"A": 3, "B": 2}, "2": {"A": 2, "B": 2}},
		},
		{
			"down takes from the fullest",
			assignment{"1": {"A": 3}, "2": {"A": 1}},
			[]string{"1", "2"},
			map[string]int{"A": 3},
			assignment{"1": {"A": 2}, "2": {"A": 1}},
		},
		{"no workers", assignment{}, nil, map[string]int{"A": 3}, assignment{}},
	} {
		c.have.move(c.order, c.totals)
		if diff := cmp.Diff(c.want, c.have); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestMoveStaysBalanced ramps up over random weights and workers: totals differ
// by at most one, each class by at most three, and no user ever moves.
func TestMoveStaysBalanced(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		stream := newClassStream(map[string]float64{"A": 1 + float64(rnd.IntN(9)), "B": 1 + float64(rnd.IntN(3)), "C": 1})
		var order []string
		for i := range 1 + rnd.IntN(9) {
			order = append(order, fmt.Sprint("w", i))
		}
		a := assignment{}
		for n := 0; n < 200; n += 1 + rnd.IntN(20) {
			before := a.clone()
			a.move(order, stream.totals(n))
			checkBalance(t, a, order, n)
			checkGrown(t, before, a)
		}
	}
}

func checkBalance(t *testing.T, a assignment, order []string, n int) {
	t.Helper()
	if a.total() != n {
		t.Fatalf("%d users assigned, want %d", a.total(), n)
	}
	for _, class := range []string{"A", "B", "C", ""} {
		low, high, allowed := 1<<30, 0, 3
		for _, id := range order {
			v := a[id][class]
			if class == "" {
				v, allowed = sum(a[id]), 1
			}
			low, high = min(low, v), max(high, v)
		}
		if high-low > allowed {
			t.Fatalf("%d users: class %q lies between %d and %d: %v", n, class, low, high, a)
		}
	}
}

func checkGrown(t *testing.T, before, after assignment) {
	t.Helper()
	for id, counts := range before {
		for class, n := range counts {
			if after[id][class] < n {
				t.Fatalf("a user of %s left %s: %v, then %v", class, id, before, after)
			}
		}
	}
}

// TestMoveIsOneByOne: users added and removed at once end up as if that had been done one
// after the other.
func TestMoveIsOneByOne(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var order []string
		a := assignment{}
		for i := range 1 + rnd.IntN(6) {
			id := fmt.Sprint("w", i)
			order = append(order, id)
			a[id] = map[string]int{"A": rnd.IntN(9), "B": rnd.IntN(9)}
		}
		b := a.clone()
		want := map[string]int{"A": rnd.IntN(60), "B": rnd.IntN(60)}
		a.move(order, want)
		for _, class := range []string{"A", "B"} {
			for b.class(class) > want[class] {
				takeOne(b.loads(order), class)
			}
		}
		for _, class := range []string{"A", "B"} {
			for b.class(class) < want[class] {
				giveOne(b.loads(order), class)
			}
		}
		if diff := cmp.Diff(b, a); diff != "" {
			t.Fatalf("one by one (-), at once (+):\n%s", diff)
		}
	}
}

func giveOne(loads []*workerLoad, class string) {
	slices.MinFunc(loads, func(x, y *workerLoad) int {
		return slices.Compare(ranked(x, class), ranked(y, class))
	}).add(class, 1)
}

func ranked(w *workerLoad, class string) []int { return []int{w.total, w.counts[class], w.place} }

func takeOne(loads []*workerLoad, class string) {
	have := slices.DeleteFunc(loads, func(l *workerLoad) bool { return l.counts[class] == 0 })
	slices.MaxFunc(have, func(x, y *workerLoad) int {
		return slices.Compare(ranked(x, class), ranked(y, class))
	}).add(class, -1)
}

// TestBalance: an edit evens out whatever the workers have, keeps each class's total,
// and moves only as many users as that takes.
func TestBalance(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		a := assignment{}
		var order []string
		for i := range 1 + rnd.IntN(6) {
			id := fmt.Sprint("w", i)
			order = append(order, id)
			a[id] = map[string]int{}
			if rnd.IntN(3) > 0 {
				a[id] = map[string]int{"A": rnd.IntN(20), "B": rnd.IntN(5)}
			}
		}
		before := a.clone()
		a.balance(order)
		moved, needed, all := 0, 0, a.total()
		for _, id := range order {
			low, high := all/len(order), (all+len(order)-1)/len(order)
			if n := sum(a[id]); n < low || n > high {
				t.Fatalf("%v was balanced to %v", before, a)
			}
			moved += max(sum(before[id])-sum(a[id]), 0)
			needed += max(sum(before[id])-high, 0)
			for class, n := range before[id] {
				if sum(before[id]) <= low && a[id][class] < n {
					t.Fatalf("a user left a worker that had too few: %v, then %v", before, a)
				}
			}
		}
		if a.class("A") != before.class("A") || a.class("B") != before.class("B") {
			t.Fatalf("users changed their class: %v, then %v", before, a)
		}
		// Filling up the workers that have too few may take some more.
		fill := 0
		for _, id := range order {
			fill += max(all/len(order)-sum(before[id]), 0)
		}
		if moved > max(needed, fill) {
			t.Fatalf("%d users moved, %d would do: %v, then %v", moved, max(needed, fill), before, a)
		}
	}
}

// TestEditGivesToJoiners: nobody moves when a worker joins; an edit spreads evenly.
func TestEditGivesToJoiners(t *testing.T) {
	for _, users := range []int{20, 24, 10} {
		s := newScene(t, map[string]float64{"A": 3, "B": 1})
		s.join("h_1", "A", "B")
		s.swarm(20, 100)
		s.pass(time.Second)
		s.join("h_2", "A", "B")
		s.pass(5 * time.Second)
		s.want(locust.StateRunning, map[string]int{"h_1": 20})
		s.swarm(users, 100)
		s.pass(2 * time.Second)
		s.want(locust.StateRunning, map[string]int{"h_1": users / 2, "h_2": users / 2})
		for id, w := range s.workers {
			if w.users["B"] < users/8 || w.users["B"] > users/8+1 {
				t.Errorf("%d users: %s has %v", users, id, w.users)
			}
		}
	}
}

// TestManyUsers: a million users cost the master little, whatever happens to them.
func TestManyUsers(t *testing.T) {
	stream := newClassStream(map[string]float64{"A": 3, "B": 2, "C": 1})
	var order []string
	for i := range 100 {
		order = append(order, fmt.Sprint("w", i))
	}
	a := assignment{}
	for _, n := range []int{maxUsers, 1000, maxUsers, 0, maxUsers} {
		a.move(order, stream.totals(n))
		if a.total() != n {
			t.Errorf("%d users of %d", a.total(), n)
		}
	}
	order = append(order, "joined")
	a.balance(order)
	if n := sum(a["joined"]); n != maxUsers/len(order) {
		t.Errorf("%d users on the worker that joined", n)
	}
}

func TestWorkerOrder(t *testing.T) {
	got := workerOrder([]string{"b_1", "a_2", "a_1", "c_9", "a_3", "b_0"})
	if diff := cmp.Diff([]string{"a_1", "b_0", "c_9", "a_2", "b_1", "a_3"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRamp(t *testing.T) {
	for _, c := range []struct {
		r       ramp
		elapsed time.Duration
		want    int
	}{
		{ramp{0, 10, 1}, 0, 1},
		{ramp{0, 10, 1}, 999 * time.Millisecond, 1},
		{ramp{0, 10, 1}, time.Second, 2},
		{ramp{0, 10, 1}, 9 * time.Second, 10},
		{ramp{0, 10, 1}, time.Hour, 10},
		{ramp{0, 10, 0.5}, 3 * time.Second, 2},
		{ramp{0, 100, 50}, 0, 12},
		{ramp{0, 100, 50}, 240 * time.Millisecond, 24},
		{ramp{0, 100, 1e12}, 0, 100},
		{ramp{10, 4, 2}, 0, 9},
		{ramp{10, 4, 2}, time.Second, 7},
		{ramp{10, 4, 2}, time.Hour, 4},
		{ramp{5, 5, 1}, 0, 5},
		{ramp{0, 10, 1}, -time.Second, 1},
	} {
		if got := c.r.users(c.elapsed); got != c.want {
			t.Errorf("%+v after %s: %d users, want %d", c.r, c.elapsed, got, c.want)
		}
	}
}

// BenchmarkMove is one step of 1250 users on 1000 workers, the size of Locust's own test.
func BenchmarkMove(b *testing.B) {
	stream := newClassStream(map[string]float64{"A": 3, "B": 2, "C": 1})
	var order []string
	for i := range 1000 {
		order = append(order, fmt.Sprint("w", i))
	}
	full := assignment{}
	full.move(order, stream.totals(50_000))
	want := stream.totals(51_250)
	for b.Loop() {
		full.clone().move(order, want)
	}
}

// BenchmarkMillion is one edit from nothing to a million users on 100 workers and back,
// with the balancing of an edit.
func BenchmarkMillion(b *testing.B) {
	stream := newClassStream(map[string]float64{"A": 3, "B": 2, "C": 1})
	stream.totals(maxUsers)
	var order []string
	for i := range 100 {
		order = append(order, fmt.Sprint("w", i))
	}
	for b.Loop() {
		a := assignment{}
		a.move(order[:50], stream.totals(maxUsers))
		a.balance(order)
		a.move(order, stream.totals(0))
	}
}
