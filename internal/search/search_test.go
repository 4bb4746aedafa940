package search_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/search"
)

// truth is how many of the users' levels each number of replicas passes, without noise.
type truth []int

// oracle measures a cell. It is asked with the step.
type oracle func(search.Step) search.Observation

// grid is a question with 1, 2, 3 … replicas and 100, 200, 300 … users.
func grid(rows, columns int) search.Question {
	q := search.Question{Missing: map[search.Cell]bool{}}
	for r := range rows {
		q.Replicas = append(q.Replicas, r+1)
	}
	for u := range columns {
		q.Users = append(q.Users, 100*(u+1))
	}
	return q
}

func (t truth) verdict(c search.Cell) search.Verdict {
	if c.Users <= 100*t[c.Replicas-1] {
		return search.Pass
	}
	return search.Fail
}

// measure knows no margins.
func (t truth) measure(s search.Step) search.Observation {
	return search.Observation{Cell: s.Cell, Role: s.Role, Verdict: t.verdict(s.Cell), Margin: math.NaN()}
}

// truths are all borders of a grid.
func truths(rows, columns int) []truth {
	all := []truth{nil}
	for range rows {
		var longer []truth
		for _, t := range all {
			least := 0
			if len(t) > 0 {
				least = t[len(t)-1]
			}
			for k := least; k <= columns; k++ {
				longer = append(longer, append(t[:len(t):len(t)], k))
			}
		}
		all = longer
	}
	return all
}

// answer asks until nothing is left, and holds every search to what each has to keep.
func answer(t *testing.T, q search.Question, measure oracle) []search.Observation {
	t.Helper()
	var seen []search.Observation
	bound := 3*len(q.Replicas)*len(q.Users) + 10
	if q.Within > 0 {
		bound = 3*len(q.Replicas)*20 + 10
	}
	for {
		step, ok := search.Next(q, seen)
		if !ok {
			return seen
		}
		if q.Missing[step.Cell] {
			t.Fatalf("%v: asks for %v, which may not be measured", q, step)
		}
		if step.Why == "" {
			t.Errorf("%v: does not say why", step)
		}
		seen = append(seen, measure(step))
		if len(seen) > bound {
			t.Fatalf("%v: no end after %d measurements: %v", q, len(seen), seen)
		}
	}
}

// explored is how many cells were measured for the search itself.
func explored(seen []search.Observation) int {
	n := 0
	for _, o := range seen {
		if o.Role == search.Grid {
			n++
		}
	}
	return n
}

// isTrue fails where something is claimed that is not so, and returns how many cells are open.
func isTrue(t *testing.T, q search.Question, m search.Map, k truth) int {
	t.Helper()
	open := 0
	for _, f := range m.Cells() {
		switch {
		case f.Verdict == search.Open || f.Verdict == search.NoData:
			open++
		case f.Verdict != k.verdict(f.Cell):
			t.Errorf("%v, truth %v: claims %v", q, k, f)
		}
		checkBacking(t, m, f)
	}
	if len(m.NonMonotone) > 0 {
		t.Errorf("%v: contradictions %v", k, m.NonMonotone)
	}
	return open
}

func checkBacking(t *testing.T, m search.Map, f search.Finding) {
	t.Helper()
	if by := m.At(f.From); f.Inferred && (by.Inferred || by.Verdict != f.Verdict) {
		t.Errorf("%v is inferred from %v", f, by)
	}
}

// TestAllBorders searches every border of small grids, and must find it exactly with no more
// measurements than are needed in the worst case.
func TestAllBorders(t *testing.T) {
	for rows := 1; rows <= 5; rows++ {
		for columns := 1; columns <= 5; columns++ {
			q := grid(rows, columns)
			cost := search.Expect(q)
			sum, worst, shapes := 0, 0, truths(rows, columns)
			for _, k := range shapes {
				seen := answer(t, q, k.measure)
				if open := isTrue(t, q, search.Conclude(q, seen), k); open > 0 {
					t.Errorf("%dx%d, truth %v: %d cells are open", rows, columns, k, open)
				}
				sum, worst = sum+explored(seen), max(worst, explored(seen))
			}
			mean := float64(sum) / float64(len(shapes))
			t.Logf("%dx%d: %d borders, %.2f measurements on average, %d at worst", rows, columns, len(shapes), mean, worst)
			if worst > rows+columns-1 || worst != cost.Worst || cost.Typical != int(math.Round(mean)) {
				t.Errorf("%dx%d: at worst %d, on average %.2f; expected %+v", rows, columns, worst, mean, cost)
			}
		}
	}
}

// TestWithHoles lets each cell be missing, or without data, in turn: what is claimed must be true.
func TestWithHoles(t *testing.T) {
	sizes := [][2]int{{4, 3}, {3, 4}, {2, 2}, {1, 5}, {5, 1}, {5, 2}, {5, 5}}
	for _, size := range sizes[:memtest.Smaller(len(sizes), len(sizes)-1)] {
		q := grid(size[0], size[1])
		for _, k := range truths(size[0], size[1]) {
			for _, r := range q.Replicas {
				for _, u := range q.Users {
					checkHole(t, q, k, search.Cell{Replicas: r, Users: u})
				}
			}
		}
	}
}

func checkHole(t *testing.T, q search.Question, k truth, hole search.Cell) {
	t.Helper()
	broken := func(s search.Step) search.Observation {
		o := k.measure(s)
		if s.Cell == hole {
			o.Verdict = search.NoData
		}
		return o
	}
	m := search.Conclude(q, answer(t, q, broken))
	if open := isTrue(t, q, m, k); open > 1 {
		t.Errorf("%v, without data of %v: %d cells are open", k, hole, open)
	}
	q.Missing = map[search.Cell]bool{hole: true}
	m = search.Conclude(q, answer(t, q, k.measure))
	if open := isTrue(t, q, m, k); open > 1 {
		t.Errorf("%v, without %v: %d cells are open", k, hole, open)
	}
}

// TestWithManyHoles lets any cells be missing or without data: what is claimed must be true, and
// nothing that can be measured stays open.
func TestWithManyHoles(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range memtest.Smaller(1000, 100) {
		rows, columns := 1+r.IntN(6), 1+r.IntN(6)
		q, k := grid(rows, columns), anyBorder(r, rows, columns)
		broken := map[search.Cell]bool{}
		for range r.IntN(rows * columns) {
			c := search.Cell{Replicas: 1 + r.IntN(rows), Users: 100 * (1 + r.IntN(columns))}
			if r.IntN(2) == 0 {
				q.Missing[c] = true
			} else {
				broken[c] = true
			}
		}
		m := search.Conclude(q, answer(t, q, func(s search.Step) search.Observation {
			o := k.measure(s)
			if broken[s.Cell] {
				o.Verdict = search.NoData
			}
			return o
		}))
		isTrue(t, q, m, k)
		for _, f := range m.Cells() {
			if f.Verdict == search.Open && !q.Missing[f.Cell] {
				t.Errorf("%v of %v was not measured", f, q)
			}
		}
	}
}

// TestResume asks after each prefix what comes next: the same as in one go.
func TestResume(t *testing.T) {
	for _, k := range truths(4, 3) {
		q := grid(4, 3)
		q.Control, q.Sentinel, q.Seed = true, true, 7
		var steps []search.Step
		seen := answer(t, q, func(s search.Step) search.Observation {
			steps = append(steps, s)
			return k.measure(s)
		})
		for i, want := range steps {
			if got, ok := search.Next(q, seen[:i:i]); !ok || got != want {
				t.Fatalf("%v: after %d measurements %v, want %v", k, i, got, want)
			}
		}
	}
}

func Example() {
	q := search.Question{Replicas: []int{1, 2, 3, 4}, Users: []int{100, 200, 400}}
	capacity := map[int]int{1: 90, 2: 210, 3: 350, 4: 500}
	var seen []search.Observation
	for {
		step, ok := search.Next(q, seen)
		if !ok {
			break
		}
		o := search.Observation{Cell: step.Cell, Role: step.Role, Verdict: search.Fail, Margin: 2}
		if step.Users <= capacity[step.Replicas] {
			o.Verdict, o.Margin = search.Pass, -2
		}
		seen = append(seen, o)
		fmt.Println(step.Replicas, step.Users, step.Role, "-", step.Why)
	}
	b := search.Conclude(q, seen).Demand(400)
	fmt.Println("400 users:", b.Low, "to", b.High)
	// Output:
	// 1 100 grid - nothing is known of its neighbours
	// 2 100 grid - 1 replica is not enough for 100 users
	// 2 200 grid - 2 replicas are enough for 100 users; 1 replica is not enough for 200 users
	// 2 400 grid - 2 replicas are enough for 200 users; 1 replica is not enough for 400 users
	// 3 400 grid - 3 replicas are enough for 200 users; 2 replicas are not enough for 400 users
	// 4 400 grid - 4 replicas are enough for 200 users; 3 replicas are not enough for 400 users
	// 3 200 audit - its verdict is inferred
	// 4 400 confirmation - it backs the answer
	// 400 users: 4 to 4
}
