package search

import "math/bits"

// bound is what the search takes at most from here, if every open cell can be measured and no
// more verdicts contradict each other.
func (m Map) bound() int {
	q := m.question
	if q.continuous() {
		return m.boundOfBisection()
	}
	n := 0
	for _, r := range q.Replicas {
		if m.isRough(r) {
			n += len(m.openOf(alongUsers([]int{r}, q.Users)[0]))
		}
	}
	for _, rows := range m.smooth() {
		n += m.boundOf(rows, q.Users)
	}
	return n
}

// boundOf is that of a grid.
func (m Map) boundOf(rows, columns []int) int {
	switch {
	case len(rows) == 0 || len(columns) == 0:
		return 0
	case isWide(rows, columns):
		return m.boundOfLines(alongUsers(rows, columns))
	case isTall(rows, columns):
		return m.boundOfLines(alongReplicas(rows, columns))
	case len(rows)+len(columns) <= small:
		return m.left(rows, columns)
	}
	left := m.left(rows, columns)
	if left == 0 {
		return 0
	}
	return left + max(patience(rows, columns)-m.wasted(rows, columns), 0)
}

func (m Map) boundOfLines(lines [][]Cell) int {
	n := 0
	for _, line := range lines {
		n += halvings(len(m.openOf(line)))
	}
	return n
}

// boundOfBisection counts two more for each number of replicas: the ends of the axis.
func (m Map) boundOfBisection() int {
	n := 0
	for _, r := range m.question.Replicas {
		if _, ok := m.halve(r); !ok {
			continue
		}
		b := m.Capacity(r)
		between := 0
		for _, l := range m.question.levels() {
			if l > b.Low && (b.High == 0 || l <= b.High) || l < m.question.Users[0] {
				between++
			}
		}
		n += halvings(between) + 2
	}
	return n
}

// halvings is how many measurements decide a line of n cells.
func halvings(n int) int { return bits.Len(uint(n)) }
