package search

import "math"

// bisect is the next number of users between the ends of a continuous axis: the fewest, then
// in the middle, by ratio, of the most that pass and the fewest that do not. What passes with
// fewer replicas is where the next number of replicas begins.
func (m Map) bisect(rows []int) (Cell, bool) {
	for _, r := range rows {
		if u, ok := m.halve(r); ok {
			return Cell{r, u}, true
		}
	}
	return Cell{}, false
}

// halve is the next number of users of a number of replicas.
func (m Map) halve(replicas int) (int, bool) {
	q := m.question
	first, last := q.Users[0], q.Users[1]
	b := m.Capacity(replicas)
	switch {
	case m.open(Cell{replicas, first}):
		return first, true
	case m.At(Cell{replicas, first}).Verdict != Pass && b.Passing.Verdict == Open && b.Failing.Users == first:
		return 0, false
	}
	low, high := max(first, b.Passing.Users), last
	if b.Failing.Verdict != Open {
		high = b.Failing.Users
	}
	for !q.fine(low, high) {
		middle := int(math.Round(math.Sqrt(float64(low) * float64(high))))
		middle = min(max(middle, low+1), high-1)
		if m.open(Cell{replicas, middle}) {
			return middle, true
		}
		high = middle // could not be measured: a pass below moves the middle past it
	}
	return high, m.open(Cell{replicas, high})
}

// fine tells whether two numbers of users are as near to each other as was asked for.
func (q Question) fine(low, high int) bool {
	return high-low <= 1 || float64(high) <= float64(low)*(1+q.Within)
}
