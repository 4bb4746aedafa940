package search_test

import (
	"math/rand/v2"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/search"
)

// TestExpect states what is promised.
func TestExpect(t *testing.T) {
	for _, test := range []struct{ rows, columns, typical, worst int }{
		{10, 10, 10, 10 + 10 - 1 + 5},
		{4, 8, 7, 4 + 8 - 1 + 3},
		{4, 6, 8, 4 + 6 - 1},
		{4, 3, 5, 6},
		{4, 1, 2, 3},
		{10, 1, 4, 4},
		{3, 20, 11, 3 * 5},
		{0, 3, 0, 0},
		{3, 0, 0, 0},
	} {
		got := search.Expect(grid(test.rows, test.columns))
		if got.Typical != test.typical || got.Worst != test.worst {
			t.Errorf("%dx%d: %+v, want %+v", test.rows, test.columns, got, test)
		}
	}
}

// TestRemaining holds at each step what is said to remain against what did.
func TestRemaining(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	for _, size := range [][2]int{{4, 3}, {4, 6}, {7, 5}, {2, 12}} {
		for range 5 {
			q, k := grid(size[0], size[1]), anyBorder(r, size[0], size[1])
			remains(t, q, answer(t, q, k.measure))
		}
	}
	q := within(50, 2000, .05, 1, 2, 3, 4)
	remains(t, q, answer(t, q, users{1: 120, 2: 230, 3: 231, 4: 2500}.measure))
}

func remains(t *testing.T, q search.Question, seen []search.Observation) {
	t.Helper()
	all := explored(seen)
	for i := range seen {
		left := all - explored(seen[:i])
		if got := search.Remaining(q, seen[:i]); got.Worst < left || got.Typical > got.Worst || left == 0 && got.Worst > 0 {
			t.Errorf("%v after %d: %+v, and %d remained", q.Replicas, i, got, left)
		}
	}
	if got := search.Remaining(q, seen); got != (search.Cost{}) {
		t.Errorf("%v: %+v when all is over", q.Replicas, got)
	}
}
