package analysis

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/search"
)

// Searched is what a search did, for reports.
type Searched struct {
	Asked v1alpha1.Answer
	// Inferred counts the scenarios that were not measured, by verdict.
	Inferred map[Verdict]int
	// Checks are the measurements that only check others, in the order made.
	Checks []Check
	// Confirmed says which answers' scenarios were measured once more, and still pass.
	Confirmed []string
	// NotMonotone says which verdicts contradict each other, however often they were measured.
	NotMonotone []string
	// Loaded is how long the target was loaded, Grid about how long the whole matrix would
	// have, by what was measured; a range of users has none, and Grid is 0.
	Loaded, Grid time.Duration
	// Open says that some scenario is neither measured nor inferred.
	Open bool
	// Rest is about how many scenarios were left when the search ended early, and RestTime
	// how long they would take.
	Rest     int
	RestTime time.Duration
}

// Saved is which part of the grid's load the search did without; below 0 if it took more, and
// nil where that cannot be said: of a search that is not at its end, and of a range of users.
func (s *Searched) Saved() *float64 {
	if s.Open || s.Rest > 0 || s.Grid == 0 {
		return nil
	}
	return new(1 - s.Loaded.Seconds()/s.Grid.Seconds())
}

// Check is a measurement that only checks another.
type Check struct {
	Record    result.Record
	Judgement Judgement
	// Agrees tells whether it found what it was to find.
	Agrees bool
	// Text says what it checked, and what it found.
	Text string
}

// Row is the check as a row.
func (c Check) Row() Row {
	row := Row{Record: &c.Record, Judgement: c.Judgement, Findings: c.Record.Findings, Doubts: c.Record.Warnings}
	if m := row.answered(); m != nil {
		row.Intervals = new(Reader).IntervalsOf(row.Record, m.Batches)
	}
	return row
}

// SearchedOf says what a search did; nil for a run that measures its whole grid. rows are all
// of the run's.
func SearchedOf(run *result.Run, slo []experiment.Objective, rows []Row) *Searched {
	s := SearchOf(run, slo)
	if s == nil {
		return nil
	}
	found := search.Conclude(s.Question, s.Seen)
	out := &Searched{Asked: run.Judged().Asked(), Inferred: map[Verdict]int{}}
	for _, r := range rows {
		if r.Inferred() {
			out.Inferred[r.Known.Verdict]++
		}
		out.Open = out.Open || r.NotReached()
	}
	for _, p := range found.NonMonotone {
		out.NotMonotone = append(out.NotMonotone, fmt.Sprintf("not monotone: FAIL with %s, but PASS with %s; nothing is inferred across them", cellName(p.Fails), cellName(p.Passes)))
	}
	for _, c := range found.Confirmed {
		out.Confirmed = append(out.Confirmed, fmt.Sprintf("confirmation: %s was measured more than once, and passes", cellName(c)))
	}
	for _, rec := range run.Checks() {
		if rec.Status != result.Skipped {
			out.Checks = append(out.Checks, s.check(rec, slo, found))
		}
	}
	out.Loaded, out.Grid = load(run)
	if s.ranges() {
		out.Grid = 0
	}
	if _, _, more := s.Next(); more && (run.Ended() != nil || len(run.Records) > 0) {
		out.Rest, out.RestTime = s.rest()
	}
	return out
}

// rest is about how many scenarios are left of a search, each as long as the attempts so far.
func (s *Search) rest() (scenarios int, length time.Duration) {
	cost, took := s.Remaining(), 0.
	for _, r := range s.run.Records {
		took += r.Finished.Sub(r.Started).Seconds()
	}
	scenarios = max(cost.Typical+cost.Checks(), 1)
	if end := s.run.Ended(); len(s.run.Records) == 0 && end != nil {
		return scenarios, time.Duration(end.Seconds * float64(scenarios) * float64(time.Second)).Round(time.Second)
	}
	if n := len(s.run.Records); n > 0 {
		length = time.Duration(took / float64(n) * float64(scenarios) * float64(time.Second)).Round(time.Second)
	}
	return scenarios, length
}

// check compares a measurement with what it checks.
func (s *Search) check(rec result.Record, slo []experiment.Objective, found search.Map) Check {
	c := Check{Record: rec, Judgement: Judge(rec, slo)}
	cell := cellOf(rec.Key)
	name := rec.Role + ": " + cellName(cell)
	switch rec.Role {
	case result.RoleAudit:
		for _, a := range found.Audits {
			if a.Cell == cell {
				c.Agrees = a.Agrees
				if verdict(a.Inferred) == "" { // by another SLO than the search went by
					c.Agrees, c.Text = true, fmt.Sprintf("%s was measured %s; by this SLO nothing was inferred for it", name, c.Judgement.Verdict)
					continue
				}
				c.Text = fmt.Sprintf("%s was inferred %s, and measured %s", name, verdict(a.Inferred), c.Judgement.Verdict)
			}
		}
	case result.RoleControl:
		c.Agrees, c.Text = twin(found.Controls, cell, c.Judgement, name+fmt.Sprintf(" with %s", matrix.Count(rec.Key.Workers, "worker")))
	case result.RoleSentinel:
		c.Agrees, c.Text = twin(found.Sentinels, cell, c.Judgement, name+" again")
	}
	return c
}

// twin compares a cell's second measurement under another condition with its first.
func twin(twins []search.Twin, cell search.Cell, j Judgement, name string) (agrees bool, text string) {
	for _, t := range twins {
		if t.First.Cell == cell {
			agrees = t.Agrees
			text = fmt.Sprintf("%s is %s with %s requests a second, the first measurement %s with %s",
				name, j.Verdict, threeDigits(t.Again.Rate), verdict(t.First.Verdict), threeDigits(t.First.Rate))
		}
	}
	return agrees, text
}

// Loaded is how long the target was loaded.
func Loaded(run *result.Run) time.Duration {
	spent, _ := load(run)
	return spent
}

// load is how long the target was loaded, and about how long the whole grid would have taken:
// each scenario as long as the attempts with as many users, or else as all on average.
func load(run *result.Run) (spent, grid time.Duration) {
	var sum float64
	byUsers, times := map[int]float64{}, map[int]int{}
	for _, r := range run.Records {
		s := r.Phases.Ramp + r.Phases.Settle + r.Phases.Measure
		sum += s
		if r.Measured != nil {
			byUsers[r.Key.Users] += s
			times[r.Key.Users]++
		}
	}
	var all, n float64
	for u, s := range byUsers {
		all, n = all+s, n+float64(times[u])
	}
	var whole float64
	for _, k := range run.Header.Keys {
		switch {
		case times[k.Users] > 0:
			whole += byUsers[k.Users] / float64(times[k.Users])
		case n > 0:
			whole += all / n
		}
	}
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)).Round(time.Second) }
	return seconds(sum), seconds(whole)
}

func cellName(c search.Cell) string {
	return matrix.Count(c.Replicas, "replica") + ", " + matrix.Count(c.Users, "user")
}
