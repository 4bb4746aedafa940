package master

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestClassStreamIsLocusts(t *testing.T) {
	// The sequences of locust.md 1.8, which Locust printed.
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
		got := strings.Join(newClassStream(c.weights).first(len(c.want)), "")
		if got != c.want {
			t.Errorf("%v: got %s, want %s", c.weights, got, c.want)
		}
	}
}

func TestTotalsFollowWeights(t *testing.T) {
	s := newClassStream(map[string]float64{"A": 8, "B": 1, "C": 1})
	if diff := cmp.Diff(map[string]int{"A": 80, "B": 10, "C": 10}, s.totals(100)); diff != "" {
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
			"fact 9: equal classes on two workers",
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
