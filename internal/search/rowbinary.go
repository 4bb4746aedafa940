package search

// lines halves one line of cells after the other: always the one with the most open cells, at
// its middle. For grids that are long and thin.
func (m Map) lines(lines [][]Cell) (Cell, bool) {
	var longest []Cell
	for _, line := range lines {
		if open := m.openOf(line); len(open) > len(longest) {
			longest = open
		}
	}
	if len(longest) == 0 {
		return Cell{}, false
	}
	return longest[(len(longest)-1)/2], true
}

func (m Map) openOf(line []Cell) []Cell {
	var open []Cell
	for _, c := range line {
		if m.open(c) {
			open = append(open, c)
		}
	}
	return open
}

// alongUsers are the lines of a grid with more users than replicas.
func alongUsers(rows, columns []int) [][]Cell {
	lines := make([][]Cell, len(rows))
	for i, r := range rows {
		for _, u := range columns {
			lines[i] = append(lines[i], Cell{r, u})
		}
	}
	return lines
}

// alongReplicas are the lines of a grid with more replicas than users.
func alongReplicas(rows, columns []int) [][]Cell {
	lines := make([][]Cell, len(columns))
	for i, u := range columns {
		for _, r := range rows {
			lines[i] = append(lines[i], Cell{r, u})
		}
	}
	return lines
}
