package search

import "slices"

// Over is the question over the axes that some cells span; what of them is no cell is missing.
func Over(cells []Cell) Question {
	var q Question
	planned := map[Cell]bool{}
	for _, c := range cells {
		q.Replicas, q.Users = append(q.Replicas, c.Replicas), append(q.Users, c.Users)
		planned[c] = true
	}
	q.Replicas, q.Users = ascending(q.Replicas), ascending(q.Users)
	q.Missing = map[Cell]bool{}
	for _, r := range q.Replicas {
		for _, u := range q.Users {
			if c := (Cell{r, u}); !planned[c] {
				q.Missing[c] = true
			}
		}
	}
	return q
}

func ascending(values []int) []int {
	slices.Sort(values)
	return slices.Compact(values)
}
