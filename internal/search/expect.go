package search

import (
	"math"
	"math/rand/v2"
)

// Cost is how many measurements a search takes.
type Cost struct {
	// Typical is the mean over all shapes that the border between what passes and what does
	// not can have, or over some of them where there are many. Worst is the most of any.
	Typical, Worst int
	// Repeats is how many more there are at most, of close calls.
	Repeats int
	// Audit, Confirmation, Control and Sentinel are how many more there are of each.
	Audit, Confirmation, Control, Sentinel int
}

// sampled is how many shapes are looked at where there are more.
const sampled = 300

// Expect is how many measurements the search for an answer takes.
func Expect(q Question) Cost {
	sum, worst, n := 0, 0, 0
	for _, border := range q.borders() {
		took := q.explored(border)
		sum, worst, n = sum+took, max(worst, took), n+1
	}
	c := Cost{Worst: worst}
	if n > 0 {
		c.Typical = int(math.Round(float64(sum) / float64(n)))
	}
	c.Repeats = (most - 1) * c.Worst
	if c.Worst > 0 {
		c.Audit, c.Confirmation = 1, 1
	}
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
		if step.Users <= border[indexOf(q.Replicas, step.Replicas)] {
			v = Pass
		}
		seen = append(seen, Observation{Cell: step.Cell, Role: Grid, Verdict: v, Margin: math.NaN()})
	}
}

func indexOf(axis []int, v int) int {
	for i, a := range axis {
		if a == v {
			return i
		}
	}
	return -1
}

// borders are all shapes if there are few, otherwise some, each as likely as any.
func (q Question) borders() [][]int {
	levels := q.levels()
	if shapes(len(q.Replicas), len(levels)-1) > sampled {
		return sample(len(q.Replicas), levels)
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
	return all
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

// sample draws borders: a shape is a way of mixing steps in replicas with steps in users.
func sample(rows int, levels []int) [][]int {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([][]int, sampled)
	for i := range all {
		steps := r.Perm(rows + len(levels) - 1)
		level := 0
		for _, s := range steps {
			if s < rows {
				all[i] = append(all[i], levels[level])
				continue
			}
			level++
		}
	}
	return all
}
