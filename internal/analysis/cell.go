package analysis

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// place is a cell's position; it spans workers and rounds.
type place struct{ replicas, users int }

func placeOf(r Row) place { return place{replicasOf(r), usersOf(r)} }

// cells judges every place that occurs in the rows; for any other the map gives a cell
// without a verdict.
func cells(rows []Row) map[place]cell {
	out := measuredCells(rows)
	for _, r := range rows {
		if p := placeOf(r); r.Efficient != nil && !out[p].weighed {
			out[p] = out[p].against(p, r.Efficient)
		}
	}
	return out
}

// measuredCells are the same by what was measured of each alone.
func measuredCells(rows []Row) map[place]cell {
	out := map[place]cell{}
	for p, here := range group(rows, placeOf) {
		out[p] = judgeCell(here).as(here[0].Known)
	}
	for p, c := range out {
		if c.inferred {
			out[p] = c.restingOn(out[place{c.by.Replicas, c.by.Users}])
		}
	}
	return out
}

// restingOn is an inferred cell, which is as doubtful as the one that it follows from.
func (c cell) restingOn(from cell) cell {
	c.inRows, c.doubts, c.rows = from.inRows, from.doubts, from.rows
	return c
}

// cell is one (replicas, users) over its worker counts and rounds.
type cell struct {
	// verdict is empty when the matrix has no such cell.
	verdict Verdict
	workers int
	// rows are those that decided, inferred says that it was not measured; by is the scenario
	// that shows its verdict.
	rows     []Row
	inferred bool
	by       matrix.Scenario
	// inRows are the doubts that its rows have as well; doubts are those about the rows taken together.
	inRows, doubts []string
	// starved says that it fails only by a rate, which so few users may not reach however well
	// they are served.
	starved bool
	// weighed says that it was held against the efficiency of its replica count; inefficient is
	// that where the cell passes and it is too low.
	weighed     bool
	inefficient *Efficient
	// unreached says that it fails because nobody could reach the target.
	unreached bool
}

// as is the cell as a search sees it, if there is one: inferred, or by all its measurements
// taken together.
func (c cell) as(known *Known) cell {
	if known != nil {
		c.verdict, c.inferred, c.by = known.Verdict, known.Inferred, known.By
		if c.verdict != Fail {
			c.starved, c.unreached = false, false
		}
	}
	return c
}

// shownWith is with how many load workers.
func (c cell) shownWith() int {
	if c.inferred {
		return c.by.Workers
	}
	return c.workers
}

func (c cell) all() []string { return slices.Concat(c.inRows, c.doubts) }

// judgeCell decides with the largest worker count that has data, because workers
// are the measuring instrument and a larger one disturbs less (measuring.md 14);
// a smaller one that says otherwise is a doubt. Every round that has data must pass.
func judgeCell(here []Row) cell {
	replicas := replicasOf(here[0])
	c := cell{verdict: NoData}
	for _, workers := range slices.Backward(axis(here, workersOf)) {
		r := tally(here, workers)
		switch {
		case r.verdict() == NoData:
		case c.verdict == NoData:
			c.verdict, c.workers, c.inRows, c.doubts = r.verdict(), r.found, r.inRows(), r.doubts(here[0].Known)
			c.starved = r.fail > 0 && r.starved == r.fail
			c.unreached = r.fail > 0 && r.unreached == r.fail
			c.rows = ofWorkers(here, workers)
			c.by = c.rows[0].Record.Key.Scenario
		case r.verdict() != c.verdict:
			c.doubts = append(c.doubts, fmt.Sprintf("%s: %s with %s, %s with %s",
				matrix.Count(replicas, "replica"), c.verdict, matrix.Count(c.workers, "worker"), r.verdict(), matrix.Count(workers, "worker")))
		}
	}
	return c
}

// ofWorkers are the rows of a number of load workers.
func ofWorkers(rows []Row, workers int) []Row {
	if !slices.ContainsFunc(rows, func(r Row) bool { return workersOf(r) != workers }) {
		return rows
	}
	return keepRows(rows, func(r Row) bool { return workersOf(r) == workers })
}

// rounds counts the verdicts of one scenario's rounds.
type rounds struct {
	replicas, found           int
	pass, fail, close, noData int
	// starved are those of fail that miss only a rate.
	starved int
	// unreached are those of fail in which the target could not be reached.
	unreached int
	// objectives are the doubts about single verdicts.
	objectives []string
}

func tally(rows []Row, workers int) rounds {
	t := rounds{replicas: replicasOf(rows[0])}
	for i := range rows {
		r := &rows[i]
		if workersOf(*r) != workers {
			continue
		}
		t.found = max(t.found, r.Workers())
		t.objectives = append(t.objectives, r.Judgement.doubts()...)
		switch r.Judgement.Verdict {
		case Pass:
			t.pass++
		case Fail:
			t.fail++
			if r.Judgement.MissesRateOnly() {
				t.starved++
			}
			if r.Unreached() {
				t.unreached++
			}
		case Borderline:
			t.close++
		default:
			t.noData++
		}
	}
	return t
}

func (t rounds) name() string {
	return matrix.Count(t.replicas, "replica") + ", " + matrix.Count(t.found, "worker")
}

func (t rounds) verdict() Verdict {
	switch {
	case t.fail > 0:
		return Fail
	case t.close > 0:
		return Borderline
	case t.pass > 0:
		return Pass
	default:
		return NoData
	}
}

func (t rounds) inRows() []string {
	var out []string
	for i, doubt := range t.objectives {
		if !slices.Contains(t.objectives[:i], doubt) {
			out = append(out, t.name()+": "+doubt)
		}
	}
	return out
}

// doubts are those about the rounds taken together. Where a search takes them for something else
// than one by one they are, it is not their disagreement that counts.
func (t rounds) doubts(known *Known) []string {
	var out []string
	judged := t.pass + t.fail + t.close
	if v := t.verdict(); t.pass > 0 && v != Pass && (known == nil || known.Verdict == v) {
		out = append(out, fmt.Sprintf("%s: rounds disagree, %d of %d pass, which counts as %s", t.name(), t.pass, judged, v))
	}
	if t.noData > 0 {
		out = append(out, fmt.Sprintf("%s: no data from %d of %s", t.name(), t.noData, matrix.Count(judged+t.noData, "round")))
	}
	return out
}
