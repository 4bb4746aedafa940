package search_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
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

// climb is how many measurements the plain staircase takes.
func climb(k truth, columns int) int {
	n := 0
	for i, j := 0, 0; i < len(k) && j < columns; n++ {
		if j < k[i] {
			j++
		} else {
			i++
		}
	}
	return n
}

// TestGuided searches large grids: exactly, never beyond the bound, and with fewer measurements
// than the staircase takes where the service is as services are.
func TestGuided(t *testing.T) {
	for _, test := range []struct {
		rows, columns int
		draw          func(*rand.Rand, int, int) truth
		over          float64 // the staircase's mean at most
	}{
		{10, 10, usl, -.5},
		{10, 10, anyBorder, 3},
		{4, 8, usl, -.1},
		{12, 6, usl, 0},
		{3, 20, usl, -.5},
		{20, 3, anyBorder, -5},
	} {
		q, r := grid(test.rows, test.columns), rand.New(rand.NewPCG(3, 4))
		bound := search.Expect(q).Worst
		sum, stairs, worst, runs := 0, 0, 0, memtest.Smaller(100, 10)
		for range runs {
			k := test.draw(r, test.rows, test.columns)
			seen := answer(t, q, k.measure)
			if open := isTrue(t, q, search.Conclude(q, seen), k); open > 0 {
				t.Errorf("%v: %d cells are open", k, open)
			}
			sum, stairs, worst = sum+explored(seen), stairs+climb(k, test.columns), max(worst, explored(seen))
		}
		mean, plain := float64(sum)/float64(runs), float64(stairs)/float64(runs)
		t.Logf("%dx%d: %.1f measurements on average, at worst %d of %d; the staircase takes %.1f",
			test.rows, test.columns, mean, worst, bound, plain)
		if runs == 100 && mean > plain+test.over || worst > bound {
			t.Errorf("%dx%d: too many", test.rows, test.columns)
		}
	}
}
