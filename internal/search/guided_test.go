package search_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/search"
)

// usl is a service whose capacity grows with replicas by the Universal Scalability Law.
func usl(r *rand.Rand, rows, columns int) truth {
	contention, crosstalk := .25*r.Float64(), .01*r.Float64()
	single := 100 * math.Exp(r.Float64()*math.Log(float64(columns)))
	k, last := make(truth, rows), 0
	for i := range k {
		n := float64(i + 1)
		users := single * n / (1 + contention*(n-1) + crosstalk*n*(n-1))
		last = max(last, min(int(users)/100, columns))
		k[i] = last
	}
	return k
}

// any draws one of all borders, each as likely as any.
func anyBorder(r *rand.Rand, rows, columns int) truth {
	var k truth
	level := 0
	for _, s := range r.Perm(rows + columns) {
		if s < rows {
			k = append(k, level)
			continue
		}
		level++
	}
	return k
}

// TestGuided searches large grids: exactly, never beyond the bound, and with fewer measurements
// than the staircase where the service is as services are.
func TestGuided(t *testing.T) {
	const runs = 40
	for _, test := range []struct {
		rows, columns int
		draw          func(*rand.Rand, int, int) truth
		mean          float64 // at most
	}{
		{10, 10, usl, 13.5}, // the staircase takes 13.9
		{10, 10, anyBorder, 22},
		{4, 8, usl, 9},    // 9.3
		{12, 6, usl, 9.5}, // 9.6
		{3, 20, usl, 12},
		{20, 3, usl, 12.5},
	} {
		q, r := grid(test.rows, test.columns), rand.New(rand.NewPCG(3, 4))
		cost := search.Expect(q)
		sum, worst := 0, 0
		for range runs {
			k := test.draw(r, test.rows, test.columns)
			seen := answer(t, q, k.measure)
			if open := isTrue(t, q, search.Conclude(q, seen), k); open > 0 {
				t.Errorf("%v: %d cells are open", k, open)
			}
			sum, worst = sum+explored(seen), max(worst, explored(seen))
		}
		mean := float64(sum) / runs
		t.Logf("%dx%d: %.1f measurements on average, %d at worst; expected %+v", test.rows, test.columns, mean, worst, cost)
		if mean > test.mean || worst > cost.Worst {
			t.Errorf("%dx%d: %.1f measurements on average, %d at worst", test.rows, test.columns, mean, worst)
		}
	}
}
