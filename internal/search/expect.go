package search

import (
	"math"
	"slices"
)

// Cost is how many measurements a search takes.
type Cost struct {
	// Typical is the mean over all shapes that the border between what passes and what does
	// not can have; where there are many, over some as services have them. Worst is the most
	// that any shape takes, or where there are many a bound on it if no cell is missing.
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
func Expect(q Question) Cost { return Remaining(q, nil) }

// Remaining is how many more measurements it takes after what was seen.
func Remaining(q Question, seen []Observation) Cost {
	m := survey(q, seen)
	if q.large() {
		return m.roughly(seen)
	}
	borders, all := q.borders()
	borders = slices.DeleteFunc(borders, func(b []int) bool { return !m.fits(b) })
	sum, worst := 0, 0
	for _, b := range borders {
		took := q.explored(seen, b)
		sum, worst = sum+took, max(worst, took)
	}
	if !all || len(borders) == 0 {
		worst = max(worst, m.bound())
	}
	c := Cost{Typical: worst, Worst: worst, Repeats: (most-1)*worst + m.repeatsLeft()}
	if len(borders) > 0 {
		c.Typical = int(math.Round(float64(sum) / float64(len(borders))))
	}
	c.addChecks(m, seen)
	return c
}

// large tells of grids in which to play a search through, and to guess what to measure, takes
// seconds.
func (q Question) large() bool { return len(q.Replicas)*len(q.Users) > guessable }

// roughly is the bound, and the part of it that searches of smaller grids take on average.
func (m Map) roughly(seen []Observation) Cost {
	worst := m.bound()
	c := Cost{Typical: (7*worst + 9) / 10, Worst: worst, Repeats: (most-1)*worst + m.repeatsLeft()}
	c.addChecks(m, seen)
	return c
}

// addChecks counts what is measured besides the search and was not yet. As long as that goes on
// each may be needed, afterwards only what comes next tells.
func (c *Cost) addChecks(m Map, seen []Observation) {
	left := func(asked bool, often int, role Role, next func(Map, []Observation) (Step, bool)) int {
		if c.Worst > 0 && asked {
			return max(often-count(seen, role), 0)
		}
		if _, ok := next(m, seen); ok {
			return 1
		}
		return 0
	}
	c.Audit = left(true, 1, Audit, audit)
	c.Confirmation = left(true, 1, Confirmation, confirmation)
	c.Control = left(m.question.Control, 1, Control, control)
	c.Sentinel = left(m.question.Sentinel, 2, Sentinel, lastSentinel)
}

// fits tells whether a border is one that everything measured agrees with.
func (m Map) fits(border []int) bool {
	for _, f := range m.decided {
		i := slices.Index(m.question.Replicas, f.Replicas)
		if i >= 0 && (f.Users <= border[i]) != (f.Verdict == Pass) {
			return false
		}
	}
	return true
}

// repeatsLeft is how many there are at most of what was measured.
func (m Map) repeatsLeft() int {
	n := 0
	for _, c := range m.order {
		if again(m.seen[c]) {
			n += most - len(m.seen[c])
		}
	}
	return n
}

// explored is how many more cells the search alone measures, where each number of replicas
// passes up to as many users as the border says.
func (q Question) explored(seen []Observation, border []int) int {
	all := slices.Clone(seen)
	for {
		step, ok := explore(survey(q, all), all)
		if !ok {
			return len(all) - len(seen)
		}
		v := Fail
		if step.Users <= border[slices.Index(q.Replicas, step.Replicas)] {
			v = Pass
		}
		all = append(all, Observation{Cell: step.Cell, Role: Grid, Verdict: v, Margin: math.NaN()})
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
