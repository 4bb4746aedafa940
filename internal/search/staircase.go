package search

// staircase is the next open cell on the way along the border between what passes and what
// does not: from the fewest replicas and users, to more users after a pass and to more replicas
// after any other verdict. Each measurement decides a row or a column, so there are at most
// rows + columns - 1. Where a cell on the way cannot be measured it goes round by more
// replicas, and then measures what is left open.
func (m Map) staircase(rows, columns []int) (Cell, bool) {
	for i, j := 0, 0; i < len(rows) && j < len(columns); {
		c := Cell{rows[i], columns[j]}
		switch {
		case m.open(c):
			return c, true
		case m.At(c).Verdict == Pass:
			j++
		default:
			i++
		}
	}
	return m.anyOpen(rows, columns)
}

// anyOpen is the first open cell.
func (m Map) anyOpen(rows, columns []int) (Cell, bool) {
	for _, r := range rows {
		for _, u := range columns {
			if c := (Cell{r, u}); m.open(c) {
				return c, true
			}
		}
	}
	return Cell{}, false
}
