package search

import (
	"fmt"
	"strings"
)

// Next is what to measure next. It is false when everything that was asked is settled, or
// cannot be.
func Next(q Question, seen []Observation) (Step, bool) {
	m := survey(q, seen)
	for _, next := range []func(Map, []Observation) (Step, bool){
		repeat, resolve, middleSentinel, explore, control, audit, confirmation, lastSentinel,
	} {
		if step, ok := next(m, seen); ok {
			return step, true
		}
	}
	return Step{}, false
}

// repeat is a close call once more, the latest first.
func repeat(m Map, _ []Observation) (Step, bool) {
	for i := len(m.order) - 1; i >= 0; i-- {
		c := m.order[i]
		if again(m.seen[c]) && m.question.measurable(c) {
			return Step{c, m.role(c), "too close to call so far"}, true
		}
	}
	return Step{}, false
}

// role is why a cell is measured that was measured before: the first time says it.
func (m Map) role(c Cell) Role {
	if m.seen[c][0].Role == Audit {
		return Audit
	}
	return Grid
}

// resolve measures a cell again whose verdict contradicts another's.
func resolve(m Map, _ []Observation) (Step, bool) {
	c, ok := m.contradicting()
	if !ok {
		return Step{}, false
	}
	return Step{c, m.role(c), "its verdict contradicts another's"}, true
}

// explore is an open cell that the search needs.
func explore(m Map, _ []Observation) (Step, bool) {
	q := m.question
	if q.continuous() {
		c, ok := m.bisect(q.Replicas)
		return Step{c, Grid, m.why(c)}, ok
	}
	for _, r := range q.Replicas {
		if c, ok := m.anyOpen([]int{r}, q.Users); ok && m.isRough(r) {
			return Step{c, Grid, "verdicts around it contradict each other"}, true
		}
	}
	for _, rows := range m.smooth() {
		if c, ok := m.search(rows, q.Users); ok {
			return Step{c, Grid, m.why(c)}, true
		}
	}
	return Step{}, false
}

// small is how many rows and columns a grid has at most that guesses are of no use for.
const small = 10

// guessable is how many cells a grid has at most for which guessing takes no seconds itself.
const guessable = 400

// search chooses the way of searching that suits the size of a grid.
func (m Map) search(rows, columns []int) (Cell, bool) {
	switch {
	case isWide(rows, columns):
		return m.lines(alongUsers(rows, columns))
	case isTall(rows, columns):
		return m.lines(alongReplicas(rows, columns))
	case len(rows)+len(columns) <= small || len(rows)*len(columns) > guessable:
		return m.staircase(rows, columns)
	}
	return m.guided(rows, columns)
}

func isWide(rows, columns []int) bool { return len(columns) > 4*len(rows) || len(rows) == 1 }

func isTall(rows, columns []int) bool { return isWide(columns, rows) }

// why says what is known on either side of a cell.
func (m Map) why(c Cell) string {
	holds := m.Capacity(c.Replicas).Passing
	fails := m.Demand(c.Users).Failing
	var known []string
	if holds.Verdict == Pass && holds.Users < c.Users {
		known = append(known, fmt.Sprintf("%s for %d users", plural(c.Replicas, "is enough", "are enough"), holds.Users))
	}
	if fails.Verdict != Open && fails.Replicas < c.Replicas {
		known = append(known, fmt.Sprintf("%s for %d users", plural(fails.Replicas, "is not enough", "are not enough"), c.Users))
	}
	if len(known) == 0 {
		return "nothing is known of its neighbours"
	}
	return strings.Join(known, "; ")
}

func plural(replicas int, one, more string) string {
	if replicas == 1 {
		return "1 replica " + one
	}
	return fmt.Sprintf("%d replicas %s", replicas, more)
}
