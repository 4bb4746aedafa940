package search_test

import (
	"slices"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/search"
)

// users is how many users each number of replicas is enough for.
type users map[int]int

func (k users) measure(s search.Step) search.Observation {
	return surely(s, s.Users <= k[s.Replicas])
}

func within(first, last int, share float64, replicas ...int) search.Question {
	return search.Question{Replicas: replicas, Users: []int{first, last}, Within: share}
}

// TestBisect finds capacities between the ends of an axis, to the precision asked for.
func TestBisect(t *testing.T) {
	for _, test := range []struct {
		name string
		q    search.Question
		k    users
	}{
		{"one", within(50, 2000, .05, 3), users{3: 411}},
		{"growing", within(50, 2000, .05, 1, 2, 3, 4), users{1: 120, 2: 230, 3: 231, 4: 2500}},
		{"none is enough", within(50, 2000, .05, 1, 2), users{1: 3, 2: 49}},
		{"just the first", within(50, 2000, .05, 1, 2), users{1: 50, 2: 51}},
		{"all are", within(50, 2000, .05, 1, 2), users{1: 2000, 2: 5000}},
		{"to the user", within(1, 40, .001, 1, 2), users{1: 17, 2: 39}},
		{"no room", within(7, 7, .1, 1), users{1: 7}},
		{"two users", within(7, 8, .1, 1), users{1: 7}},
	} {
		t.Run(test.name, func(t *testing.T) {
			seen := answer(t, test.q, test.k.measure)
			m := search.Conclude(test.q, seen)
			for r, k := range test.k {
				checkCapacity(t, test.q, m.Capacity(r), k)
			}
			if cost := search.Expect(test.q); explored(seen) > cost.Worst {
				t.Errorf("%d measurements, expected %+v", explored(seen), cost)
			}
		})
	}
}

func checkCapacity(t *testing.T, q search.Question, b search.Bounds, k int) {
	t.Helper()
	first, last := q.Users[0], q.Users[1]
	if k >= first && (b.Passing.Verdict != search.Pass || b.Low > k) || k < first && b.Low != 0 {
		t.Errorf("%d is in no %+v", k, b)
	}
	if k < last && (b.Failing.Verdict != search.Fail || b.High < k) || k >= last && b.Low != last {
		t.Errorf("%d is in no %+v", k, b)
	}
	if b.Low > 0 && b.High > b.Low && float64(b.High+1) > float64(b.Low)*(1+q.Within) {
		t.Errorf("%+v is wider than asked for", b)
	}
}

// TestBisectEvery looks for every capacity there can be.
func TestBisectEvery(t *testing.T) {
	q := within(50, 300, .05, 1)
	worst := 0
	for k := 40; k <= 310; k++ {
		seen := answer(t, q, users{1: k}.measure)
		checkCapacity(t, q, search.Conclude(q, seen).Capacity(1), k)
		worst = max(worst, explored(seen))
	}
	if got := search.Expect(q); got.Worst != worst {
		t.Errorf("at worst %d, expected %+v", worst, got)
	}
}

// TestBisectRound goes round what cannot be measured, and claims nothing beyond it.
func TestBisectRound(t *testing.T) {
	q := within(50, 2000, .05, 1)
	broken := []int{50, 316, 2000}
	m := search.Conclude(q, answer(t, q, func(s search.Step) search.Observation {
		o := users{1: 400}.measure(s)
		if slices.Contains(broken, s.Users) {
			o.Verdict = search.NoData
		}
		return o
	}))
	checkCapacity(t, q, m.Capacity(1), 400)
}

// TestBisectWhereMoreReplicasHurt does not take over what fewer replicas pass.
func TestBisectWhereMoreReplicasHurt(t *testing.T) {
	q, k := within(50, 2000, .05, 1, 2, 3), users{1: 300, 2: 200, 3: 900}
	m := search.Conclude(q, answer(t, q, k.measure))
	if len(m.NonMonotone) == 0 {
		t.Error("no contradiction was found")
	}
	for r, most := range k {
		checkCapacity(t, q, m.Capacity(r), most)
	}
}
