package search

import (
	"math"
	"math/bits"
	"slices"
)

// Cost is how many measurements a search takes.
type Cost struct {
	// Typical is the mean over all shapes that the border between what passes and what does
	// not can have; where there are many, over some as services have them. Worst is the most
	// that any shape takes, or where there are many a bound on it.
	Typical, Worst int
	// Repeats is how many more there are at most, of close calls.
	Repeats int
	// Audit, Confirmation, Control and Sentinel are how many more there are of each.
	Audit, Confirmation, Control, Sentinel int
}

// countable is how many shapes are looked at; where there are more, only likely ones are.
const countable = 300

// likely is how many of those.
const likely = 60

// Expect is how many measurements the search for an answer takes.
func Expect(q Question) Cost {
	if len(q.Replicas) == 0 || len(q.Users) == 0 {
		return Cost{}
	}
	borders, all := q.borders()
	sum, worst := 0, 0
	for _, b := range borders {
		took := q.explored(b)
		sum, worst = sum+took, max(worst, took)
	}
	if !all {
		worst = max(worst, q.bound())
	}
	c := Cost{Typical: int(math.Round(float64(sum) / float64(len(borders)))), Worst: worst}
	c.Repeats = (most - 1) * c.Worst
	c.Audit, c.Confirmation = 1, 1
	if q.Control {
		c.Control = 1
	}
	if q.Sentinel {
		c.Sentinel = 2
	}
	return c
}

// explored is how many cells the search alone measures, where each number of replicas passes
// up to as many users as the border says.
func (q Question) explored(border []int) int {
	var seen []Observation
	for {
		step, ok := explore(survey(q, seen), seen)
		if !ok {
			return len(seen)
		}
		v := Fail
		if step.Users <= border[slices.Index(q.Replicas, step.Replicas)] {
			v = Pass
		}
		seen = append(seen, Observation{Cell: step.Cell, Role: Grid, Verdict: v, Margin: math.NaN()})
	}
}

// borders are all shapes if there are few, otherwise likely ones.
func (q Question) borders() (borders [][]int, complete bool) {
	levels := q.levels()
	if shapes(len(q.Replicas), len(levels)-1) > countable {
		return q.guessed(), false
	}
	all := [][]int{nil}
	for range q.Replicas {
		var longer [][]int
		for _, b := range all {
			for _, l := range levels {
				if len(b) == 0 || l >= b[len(b)-1] {
					longer = append(longer, append(b[:len(b):len(b)], l))
				}
			}
		}
		all = longer
	}
	return all, true
}

// levels are the most users that a number of replicas can pass; the first is for none.
func (q Question) levels() []int {
	levels := []int{math.MinInt}
	if !q.continuous() {
		return append(levels, q.Users...)
	}
	for u := q.Users[0]; u <= q.Users[1]; u = max(u+1, int(float64(u)*(1+q.Within))) {
		levels = append(levels, u)
	}
	return levels
}

// shapes is the number of borders of a grid: (rows + columns) choose rows.
func shapes(rows, columns int) float64 {
	n := 1.0
	for i := 1; i <= rows; i++ {
		n *= float64(columns+i) / float64(i)
	}
	return n
}

// guessed are borders as services have them.
func (q Question) guessed() [][]int {
	guesses := prior(q.Replicas, q.Users, likely, 2)
	all := make([][]int, len(guesses))
	for i, g := range guesses {
		for _, users := range g {
			all[i] = append(all[i], int(users))
		}
	}
	return all
}

// bound is what the search takes at most, if every cell can be measured and no verdicts
// contradict each other.
func (q Question) bound() int {
	rows, columns := len(q.Replicas), len(q.Users)
	switch {
	case rows == 0 || columns == 0:
		return 0
	case q.continuous():
		return rows * (halvings(len(q.levels())) + 2)
	case isWide(q.Replicas, q.Users):
		return rows * halvings(columns)
	case isTall(q.Replicas, q.Users):
		return columns * halvings(rows)
	case rows+columns <= small:
		return rows + columns - 1
	}
	return rows + columns - 1 + patience(q.Replicas, q.Users)
}

// halvings is how many measurements decide a line of n cells.
func halvings(n int) int { return bits.Len(uint(n)) }
