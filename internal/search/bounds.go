package search

import "slices"

// Bounds are where an answer lies, and what backs them.
type Bounds struct {
	// Low and High are the first and the last number that the answer can be. High is 0 if
	// there is no last one.
	Low, High int
	// Passing and Failing are the cells on either side; their Verdict is Open where there is
	// none. Failing may be too close to call.
	Passing, Failing Finding
	// Between are numbers of the axis between them of which nothing is known.
	Between []int
}

// Demand is how many replicas so many users need.
func (m Map) Demand(users int) Bounds {
	line := m.line(m.question.Replicas, func(r int) Cell { return Cell{r, users} })
	b := bounds(line, func(c Cell) int { return c.Replicas })
	b.Low, b.High = b.Failing.Replicas+1, b.Passing.Replicas
	return b
}

// Capacity is for how many users so many replicas are enough.
func (m Map) Capacity(replicas int) Bounds {
	users := m.users()
	slices.Reverse(users)
	line := m.line(users, func(u int) Cell { return Cell{replicas, u} })
	b := bounds(line, func(c Cell) int { return c.Users })
	slices.Reverse(b.Between)
	b.Low, b.High = b.Passing.Users, max(b.Failing.Users-1, 0)
	return b
}

func (m Map) line(axis []int, cell func(int) Cell) []Finding {
	findings := make([]Finding, len(axis))
	for i, v := range axis {
		findings[i] = m.At(cell(v))
	}
	return findings
}

// bounds finds the first pass of a line from hard to easy, and the last failure before it.
func bounds(line []Finding, number func(Cell) int) Bounds {
	var b Bounds
	for _, f := range line {
		switch f.Verdict {
		case Pass:
			b.Passing = f
			return b
		case Fail, Close:
			b.Failing, b.Between = f, nil
		default:
			b.Between = append(b.Between, number(f.Cell))
		}
	}
	return b
}

// Front is the most users that a number of replicas is known to be enough for. Where none is
// known its Verdict is Open.
type Front = Finding

// Frontier is the front of each number of replicas.
func (m Map) Frontier() []Front {
	fronts := make([]Front, len(m.question.Replicas))
	for i, r := range m.question.Replicas {
		fronts[i] = m.Capacity(r).Passing
		fronts[i].Replicas = r
	}
	return fronts
}
