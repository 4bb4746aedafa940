package analysis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Demand answers the question of the whole program for one user count: the
// fewest replicas that pass.
type Demand struct {
	Users int
	// Replicas is the answer; 0 when none that was judged passes.
	Replicas int
	// Workers is the number of load generators that decided it.
	Workers int
	// Failed and NoData are the replica counts that fail and that could not be judged, ascending.
	Failed, NoData []int
	// Doubts say why the answer may be wrong.
	Doubts []string
}

// Capacity is the reverse: the most users that pass with so many replicas.
type Capacity struct {
	Replicas int
	// Users is the answer; 0 when none that was judged passes.
	Users int
	// Failed and NoData are the user counts that fail and that could not be judged, ascending.
	Failed, NoData []int
	Doubts         []string
}

// Text is the answer in words: "4", "none of 1,2,4,8", "no data".
func (d Demand) Text() string { return answer(d.Replicas, d.Failed, d.NoData) }

// Text is the answer in words: "400", "none of 200,400", "no data".
func (c Capacity) Text() string { return answer(c.Users, c.Failed, c.NoData) }

// compact writes counts as "1,2,4", since answers are themselves listed.
func compact(ns []int) string { return strings.ReplaceAll(list(ns), " ", "") }

func answer(n int, failed, noData []int) string {
	switch {
	case n > 0:
		return fmt.Sprint(n)
	case len(failed) == 0:
		return "no data"
	case len(noData) > 0:
		return fmt.Sprintf("none of %s (no data for %s)", compact(failed), compact(noData))
	default:
		return "none of " + compact(failed)
	}
}

// Demands answers for each user count, ascending; nil without an SLO.
func Demands(rows []Row) []Demand {
	if !judged(rows) {
		return nil
	}
	var out []Demand
	for _, users := range axis(rows, usersOf) {
		out = append(out, demand(rows, users))
	}
	return out
}

func demand(rows []Row, users int) Demand {
	d := Demand{Users: users}
	for _, replicas := range axis(rows, replicasOf) {
		c := judgeCell(rows, replicas, users)
		if d.Replicas == 0 { // what lies above the answer cannot change it
			d.Doubts = append(d.Doubts, c.doubts...)
		}
		switch {
		case c.verdict == Fail:
			d.Failed = append(d.Failed, replicas)
		case c.verdict == NoData:
			d.NoData = append(d.NoData, replicas)
		case c.verdict == Pass && d.Replicas == 0:
			d.Replicas, d.Workers = replicas, c.workers
		}
	}
	d.doubt()
	return d
}

// doubt adds what the cells together cast doubt on.
func (d *Demand) doubt() {
	if d.Replicas == 0 {
		return
	}
	if larger := above(d.Failed, d.Replicas); len(larger) > 0 {
		d.Doubts = append(d.Doubts, fmt.Sprintf("not monotone: %s although %d passes; measure again", failing(larger, "replica"), d.Replicas))
	}
	if fewer := below(d.NoData, d.Replicas); len(fewer) > 0 {
		d.Doubts = append(d.Doubts, fmt.Sprintf("fewer may do: no data for %s", counts(fewer, "replica")))
	}
}

// Capacities answers for each replica count, ascending; nil without an SLO.
func Capacities(rows []Row) []Capacity {
	if !judged(rows) {
		return nil
	}
	var out []Capacity
	for _, replicas := range axis(rows, replicasOf) {
		out = append(out, capacity(rows, replicas))
	}
	return out
}

func capacity(rows []Row, replicas int) Capacity {
	c := Capacity{Replicas: replicas}
	for _, users := range axis(rows, usersOf) {
		cell := judgeCell(rows, replicas, users)
		switch cell.verdict {
		case Fail:
			c.Failed = append(c.Failed, users)
		case NoData:
			c.NoData = append(c.NoData, users)
		case Pass:
			c.Users, c.Doubts = users, nil // what lies below the answer cannot change it
		}
		c.Doubts = append(c.Doubts, cell.doubts...)
	}
	if fewer := below(c.Failed, c.Users); len(fewer) > 0 {
		c.Doubts = append(c.Doubts, fmt.Sprintf("not monotone: %s although %d passes; measure again", failing(fewer, "user"), c.Users))
	}
	if more := above(c.NoData, c.Users); len(more) > 0 && c.Users > 0 {
		c.Doubts = append(c.Doubts, fmt.Sprintf("more may pass: no data for %s", counts(more, "user")))
	}
	return c
}

// cell is one (replicas, users) over its worker counts and rounds.
type cell struct {
	// verdict is empty when the matrix has no such cell.
	verdict Verdict
	workers int
	doubts  []string
}

// judgeCell decides with the largest worker count that has data, because workers
// are the measuring instrument and a larger one disturbs less (methods.md 4.1);
// a smaller one that says otherwise is a doubt. Every round that has data must pass.
func judgeCell(rows []Row, replicas, users int) cell {
	here := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
		return replicasOf(r) != replicas || usersOf(r) != users
	})
	if len(here) == 0 {
		return cell{}
	}
	c := cell{verdict: NoData}
	for _, workers := range slices.Backward(axis(here, workersOf)) {
		r := tally(here, workers)
		switch {
		case r.verdict() == NoData:
		case c.verdict == NoData:
			c.verdict, c.workers, c.doubts = r.verdict(), r.found, r.doubts()
		case r.verdict() != c.verdict:
			c.doubts = append(c.doubts, fmt.Sprintf("%s: %s with %s, %s with %s",
				matrix.Count(replicas, "replica"), c.verdict, matrix.Count(c.workers, "worker"), r.verdict(), matrix.Count(workers, "worker")))
		}
	}
	return c
}

// rounds counts the verdicts of one scenario's rounds.
type rounds struct {
	name               string
	found              int
	pass, fail, noData int
	// objectives are the doubts about single verdicts.
	objectives []string
}

func tally(rows []Row, workers int) rounds {
	var t rounds
	for _, r := range rows {
		if workersOf(r) != workers {
			continue
		}
		t.found = max(t.found, r.Workers())
		t.name = fmt.Sprintf("%s, %s", matrix.Count(replicasOf(r), "replica"), matrix.Count(r.Workers(), "worker"))
		for _, o := range r.Judgement.Outcomes {
			t.objectives = append(t.objectives, o.Doubts...)
		}
		switch r.Judgement.Verdict {
		case Pass:
			t.pass++
		case Fail:
			t.fail++
		default:
			t.noData++
		}
	}
	return t
}

func (t rounds) verdict() Verdict {
	switch {
	case t.fail > 0:
		return Fail
	case t.pass > 0:
		return Pass
	default:
		return NoData
	}
}

func (t rounds) doubts() []string {
	var out []string
	for i, doubt := range t.objectives {
		if !slices.Contains(t.objectives[:i], doubt) {
			out = append(out, t.name+": "+doubt)
		}
	}
	if t.pass > 0 && t.fail > 0 {
		out = append(out, fmt.Sprintf("%s: rounds disagree, %d of %d pass, which counts as FAIL", t.name, t.pass, t.pass+t.fail))
	}
	if t.noData > 0 {
		out = append(out, fmt.Sprintf("%s: no data from %d of %s", t.name, t.noData, matrix.Count(t.pass+t.fail+t.noData, "round")))
	}
	return out
}
