package analysis

import (
	"cmp"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Cell is what is known of so many replicas with so many users, over all worker counts and
// rounds.
type Cell struct {
	Replicas, Users int
	// Verdict is empty where nothing is known, and NoData without an SLO too.
	Verdict Verdict
	// Inferred says that it was not measured itself: By is what was.
	Inferred bool
	By       matrix.Scenario
	// Rows are those that decided; where none did, all of the cell.
	Rows []Row
}

// Cells has one of each that occurs in the rows, by replicas and then users.
func Cells(rows []Row) []Cell {
	here := group(rows, placeOf)
	var out []Cell
	for p, c := range cells(rows) {
		cell := Cell{Replicas: p.replicas, Users: p.users, Verdict: c.verdict, Inferred: c.inferred, By: c.by, Rows: c.rows}
		if len(cell.Rows) == 0 {
			cell.Rows = here[p]
		}
		out = append(out, cell)
	}
	slices.SortFunc(out, func(a, b Cell) int { return cmp.Or(a.Replicas-b.Replicas, a.Users-b.Users) })
	return out
}

// Shown is the row that stands for the cell: the round whose value the answer names if there is
// one, else with the cell's verdict, else the most that is known, with the most load workers.
func (c Cell) Shown() Row {
	if round, _, _ := decisive(c.Rows, c.Verdict); round != nil && round.answered() != nil {
		return *round
	}
	rows := c.Rows
	if agree := keepRows(rows, func(r Row) bool { return r.Judgement.Verdict == c.Verdict && r.answered() != nil }); len(agree) > 0 {
		rows = agree
	}
	return slices.MaxFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(worth(a), worth(b)), workersOf(a)-workersOf(b), b.Record.Key.Round-a.Record.Key.Round)
	})
}

// worth orders rows by how much they say.
func worth(r Row) int {
	switch {
	case r.answered() != nil:
		return 3
	case r.Numbers() != nil:
		return 2
	case r.Record.Attempt > 0:
		return 1
	}
	return 0
}
