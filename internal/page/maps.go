package page

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// mostCells is how many places all maps together may have. A matrix of single cells that share
// no axis would make a map of almost nothing.
const mostCells = 50_000

// maps draws the landscape, as the answer sees it, and then for each worker count and round.
func (b *builder) maps() {
	b.doc.Maps = []Map{}
	first := b.merged()
	single := b.singles()
	if len(single) > 1 {
		first.Title = "All together, as the answer rests on it"
	}
	left, places := 0, 0
	for i, m := range append([]*sheet{first}, single...) {
		if i > 0 && len(single) < 2 {
			break
		}
		if places += m.size(); places > mostCells {
			left++
			continue
		}
		b.doc.Maps = append(b.doc.Maps, m.finish())
	}
	if left > 0 {
		b.left = append(b.left, fmt.Sprintf("%s would have more than %d places together, and %s left out", matrix.Count(left, "map"), mostCells, isAre(left)))
	}
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// merged is what is known over all worker counts and rounds.
func (b *builder) merged() *sheet {
	s := &sheet{cells: map[[2]int]Cell{}}
	for _, c := range b.cells {
		s.put(c.Replicas, c.Users, b.mergedCell(c))
	}
	return s
}

func (b *builder) mergedCell(c analysis.Cell) Cell {
	if c.Inferred {
		return b.checked(func(k matrix.Key) bool { return k.Replicas == c.Replicas && k.Users == c.Users }, inferredCell(c.Verdict, c.By))
	}
	shown := c.Shown()
	row := b.row(shown.Record.Key)
	if row == nil {
		return Cell{State: Open, Text: "not measured"}
	}
	out := Cell{State: b.doc.Rows[*row].State, Row: row, Text: b.doc.Rows[*row].Status}
	if v := judged(c.Verdict); c.Verdict != "" && c.Verdict != analysis.NoData && v != out.State {
		out.State, out.Text = v, string(c.Verdict)+" by all rounds together"
	}
	if out.State == Pass && shown.Efficient.Missed() {
		out.Text += ", but its " + shown.Efficient.Text()
	}
	return out
}

// checked is an inferred cell, or what was measured to check it.
func (b *builder) checked(here func(matrix.Key) bool, c Cell) Cell {
	for i, r := range slices.Backward(b.doc.Rows) {
		switch {
		case !result.Beside(r.Role): // checks are the last rows
			return c
		case here(r.Key) && judgedState(r.State):
			return Cell{State: r.State, Row: &i, Text: fmt.Sprintf("%s (%s); %s", r.Status, r.Role, c.Text)}
		}
	}
	return c
}

// judgedState tells of one that says how the SLO fared.
func judgedState(s State) bool { return s == Pass || s == Fail || s == Borderline }

func inferredCell(v analysis.Verdict, by matrix.Scenario) Cell {
	from := matrix.Count(by.Replicas, "replica") + ", " + matrix.Count(by.Users, "user")
	return Cell{State: inferred(v), Text: fmt.Sprintf("inferred %s from %s", v, from)}
}

// singles has one map for each worker count and round.
func (b *builder) singles() []*sheet {
	found := map[[2]int]*sheet{}
	var keys [][2]int
	for _, r := range b.All {
		k := [2]int{r.Record.Key.Workers, r.Record.Key.Round}
		if found[k] == nil {
			found[k] = &sheet{cells: map[[2]int]Cell{}}
			keys = append(keys, k)
		}
		found[k].put(r.Record.Key.Replicas, r.Record.Key.Users, b.singleCell(r.Row))
	}
	slices.SortFunc(keys, func(x, y [2]int) int { return cmp.Or(x[0]-y[0], x[1]-y[1]) })
	several := func(i int) bool { return slices.ContainsFunc(keys, func(k [2]int) bool { return k[i] != keys[0][i] }) }
	var out []*sheet
	for _, k := range keys {
		s := found[k]
		switch {
		case several(0) && several(1):
			s.Title = fmt.Sprintf("%s, round %d", matrix.Count(k[0], "worker"), k[1])
		case several(0):
			s.Title = matrix.Count(k[0], "worker")
		case several(1):
			s.Title = fmt.Sprintf("Round %d", k[1])
		}
		out = append(out, s)
	}
	return out
}

func (b *builder) singleCell(r analysis.Row) Cell {
	row := b.row(r.Record.Key)
	switch {
	case r.Inferred():
		return b.checked(func(k matrix.Key) bool { return k.Scenario == r.Record.Key.Scenario }, inferredCell(r.Known.Verdict, r.Known.By))
	case row == nil:
		return Cell{State: Open, Text: "not measured"}
	case r.Record.Status == result.Skipped:
		return Cell{State: Skipped, Row: row, Text: words.OneLine(r.Record.StatusText())}
	}
	return Cell{State: b.doc.Rows[*row].State, Row: row, Text: b.doc.Rows[*row].Status}
}
