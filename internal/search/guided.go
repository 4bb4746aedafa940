package search

import "slices"

// guided is the next cell of a large grid: the one whose verdict is expected to decide most
// other cells, by guesses of what the service is that are weighed by what was seen. Guessing
// wrong can cost more than the staircase, so that only so many measurements may bring less
// than the staircase's would: then that takes over.
func (m Map) guided(rows, columns []int) (Cell, bool) {
	free := m.wasted(rows, columns) < patience(rows, columns)
	g := m.openCells(rows, columns)
	p := m.passing(rows, columns, g)
	best, most := Cell{}, 0.0
	for i, r := range rows {
		for j, u := range columns {
			if !g[i][j] || !m.question.measurable(Cell{r, u}) || !(free || g.sure(i, j)) {
				continue
			}
			if gain := p[i][j]*g.easier(i, j) + (1-p[i][j])*g.harder(i, j); gain > most {
				best, most = Cell{r, u}, gain
			}
		}
	}
	if most == 0 {
		return m.anyOpen(rows, columns)
	}
	return best, true
}

// sure tells whether either verdict of a cell decides a row or a column, as each step of the
// staircase does.
func (g openGrid) sure(i, j int) bool {
	first, last := !g.any(i, i+1, 0, j), !g.any(i, i+1, j+1, len(g[i]))
	top, bottom := !g.any(0, i, j, j+1), !g.any(i+1, len(g), j, j+1)
	return (first || bottom) && (last || top)
}

// patience is how many measurements may be wasted.
func patience(rows, columns []int) int { return (len(rows) + len(columns) + 3) / 4 }

// wasted is how many measurements did not bring the staircase's bound down.
func (m Map) wasted(rows, columns []int) int {
	n, before := 0, len(rows)+len(columns)-1
	part := Map{}
	for i, f := range m.decided {
		part.decided = m.decided[:i+1]
		after := part.left(rows, columns)
		if after >= before && inGrid(f.Cell, rows, columns) {
			n++
		}
		before = after
	}
	return n
}

// left is what the staircase would take at most from here.
func (m Map) left(rows, columns []int) int {
	g := m.openCells(rows, columns)
	r, c := 0, 0
	for i := range rows {
		if g.any(i, i+1, 0, len(columns)) {
			r++
		}
	}
	for j := range columns {
		if g.any(0, len(rows), j, j+1) {
			c++
		}
	}
	return max(r+c-1, 0)
}

// passing is how likely each open cell passes, of the guesses weighed by what was seen.
func (m Map) passing(rows, columns []int, open openGrid) [][]float64 {
	p := make([][]float64, len(rows))
	for i := range p {
		p[i] = make([]float64, len(columns))
	}
	sum := 0.0
	for _, g := range prior(rows, columns, particles, 1) {
		w := m.weight(g, rows)
		sum += w
		for i := range rows {
			for j, u := range columns {
				if open[i][j] {
					p[i][j] += w * g.passes(i, u)
				}
			}
		}
	}
	for i := range p {
		for j := range p[i] {
			p[i][j] /= sum
		}
	}
	return p
}

// weight is how likely a guess makes what was seen.
func (m Map) weight(g guess, rows []int) float64 {
	w := 1.0
	for _, f := range m.decided {
		i := slices.Index(rows, f.Replicas)
		switch {
		case i < 0:
		case f.Verdict == Pass:
			w *= g.passes(i, f.Users)
		default:
			w *= 1 - g.passes(i, f.Users)
		}
	}
	return w
}

// openGrid is which cells are open, by replicas and users.
type openGrid [][]bool

func (m Map) openCells(rows, columns []int) openGrid {
	g := make(openGrid, len(rows))
	for i, r := range rows {
		g[i] = make([]bool, len(columns))
		for j, u := range columns {
			g[i][j] = m.At(Cell{r, u}).Verdict == Open
		}
	}
	return g
}

// easier is how many open cells a pass decides, harder how many a failure.
func (g openGrid) easier(i, j int) float64 { return g.count(i, len(g), 0, j+1) }

func (g openGrid) harder(i, j int) float64 { return g.count(0, i+1, j, len(g[i])) }

func (g openGrid) count(top, bottom, left, right int) float64 {
	n := 0.0
	for i := top; i < bottom; i++ {
		for j := left; j < right; j++ {
			if g[i][j] {
				n++
			}
		}
	}
	return n
}

func (g openGrid) any(top, bottom, left, right int) bool {
	return g.count(top, bottom, left, right) > 0
}

func inGrid(c Cell, rows, columns []int) bool {
	return slices.Contains(rows, c.Replicas) && slices.Contains(columns, c.Users)
}
