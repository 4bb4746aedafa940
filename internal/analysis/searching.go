package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/search"
)

// Search is what a run that searches was asked, and what it has seen.
type Search struct {
	Question search.Question
	Seen     []search.Observation
	// keys are the planned ones of each cell, the most load workers first.
	keys map[search.Cell][]matrix.Key
	run  *result.Run
	// final are the records that stand for a key.
	final map[matrix.Key]result.Record
}

// SearchOf reads a run as a search; nil for one that measures its whole grid.
func SearchOf(run *result.Run, slo []experiment.Objective) *Search {
	if !run.Judged().Searches() || len(slo) == 0 {
		return nil
	}
	s := &Search{keys: map[search.Cell][]matrix.Key{}, run: run, final: run.Final()}
	for _, k := range run.Header.Keys {
		c := cellOf(k)
		s.keys[c] = append(s.keys[c], k)
	}
	for _, keys := range s.keys {
		slices.SortFunc(keys, func(a, b matrix.Key) int { return b.Workers - a.Workers })
	}
	s.ask(run.Header)
	s.see(slo)
	return s
}

func cellOf(k matrix.Key) search.Cell { return search.Cell{Replicas: k.Replicas, Users: k.Users} }

// ask asks over the planned cells.
func (s *Search) ask(h result.Header) {
	q := search.Over(slices.Collect(maps.Keys(s.keys)))
	for _, keys := range s.keys {
		q.Control = q.Control || len(keys) > 1
	}
	q.Seed, q.Sentinel, q.Within = h.Seed, h.Sentinel, h.Within
	s.Question = q
}

// keysOf are the keys of a cell, the most load workers first. One between the ends of a range has
// those of the ends.
func (s *Search) keysOf(c search.Cell) []matrix.Key {
	keys := s.keys[c]
	if keys != nil || !s.ranges() {
		return keys
	}
	keys = slices.Clone(s.keys[search.Cell{Replicas: c.Replicas, Users: s.Question.Users[0]}])
	for i := range keys {
		keys[i].Users = c.Users
	}
	return keys
}

// ranges tells whether the users are a range.
func (s *Search) ranges() bool { return s.Question.Within > 0 }

// see takes what each scenario that is over says of its cell. With fewer load workers than
// the cell has at most, only a control measurement counts, and one in place of what the most
// could not measure.
func (s *Search) see(slo []experiment.Objective) {
	for _, rec := range s.run.Records {
		if !rec.Terminal || s.keysOf(cellOf(rec.Key)) == nil {
			continue
		}
		o := observation(rec, slo)
		keys := s.keysOf(o.Cell)
		switch rec.Role {
		case result.RoleControl:
		case result.RoleGrid, "":
			least := keys[len(keys)-1].Workers
			if o.Verdict == search.NoData && rec.Key.Workers > least || o.Verdict != search.NoData && rec.Key.Workers < s.workers(o.Cell) {
				continue // fewer workers may be able to measure it; or more already have
			}
		}
		s.Seen = append(s.Seen, o)
	}
}

// workers is with how many load workers a cell is measured: the most that are not known to be
// unable to.
func (s *Search) workers(c search.Cell) int {
	keys := s.keysOf(c)
	for _, k := range keys {
		if rec, ok := s.final[k]; !ok || answered(&rec) != nil {
			return k.Workers
		}
	}
	return keys[len(keys)-1].Workers
}

func observation(rec result.Record, slo []experiment.Objective) search.Observation {
	o := search.Observation{Cell: cellOf(rec.Key), Role: search.Role(rec.Role), Verdict: search.NoData, Margin: math.NaN()}
	j := Judge(rec, slo)
	switch j.Verdict {
	case Pass:
		o.Verdict = search.Pass
	case Fail:
		o.Verdict = search.Fail
	case Borderline:
		o.Verdict = search.Close
	default:
		return o
	}
	o.Margin, o.Rate = j.Margin(), rec.Measured.RPS
	return o
}

// Next is the scenario to measure next, and why; more is false when the question is
// answered as far as it can be. It is a planned scenario, or a further round of one.
func (s *Search) Next() (next result.Planned, why string, more bool) {
	step, more := search.Next(s.Question, s.Seen)
	if !more {
		return result.Planned{}, "", false
	}
	workers := s.workers(step.Cell)
	if step.Role == search.Control {
		workers = s.fewer(step.Cell, workers)
	}
	key := matrix.Key{Scenario: matrix.Scenario{Replicas: step.Replicas, Workers: workers, Users: step.Users}, Round: 1}
	return s.free(key, string(step.Role)), step.Why, true
}

// Remaining is how many more scenarios the search takes.
func (s *Search) Remaining() search.Cost { return search.Remaining(s.Question, s.Seen) }

// fewer is the next smaller number of load workers that a cell was planned with.
func (s *Search) fewer(c search.Cell, workers int) int {
	for _, k := range s.keysOf(c) {
		if k.Workers < workers {
			return k.Workers
		}
	}
	return workers
}

// free is the first round of a scenario that is planned for the role and not over, or the
// first that is not planned.
func (s *Search) free(key matrix.Key, role string) result.Planned {
	last := 0
	for _, p := range s.run.Planned() {
		if p.Key.Scenario != key.Scenario {
			continue
		}
		if _, over := s.final[p.Key]; !over && p.Role == role {
			return p
		}
		last = max(last, p.Key.Round)
	}
	key.Round = last + 1
	return result.Planned{Key: key, Role: role}
}

// Known is what a search knows of a cell.
type Known struct {
	// Verdict is empty where nothing is known.
	Verdict Verdict
	// Inferred says that it follows from the measurement of another cell.
	Inferred bool
	// By is the measured scenario.
	By matrix.Scenario
	// Within says that the search chose the number of users in a range, or that it is the
	// range's end: nobody asked what so many need.
	Within bool
}

// known tells what is known of a cell.
func (s *Search) known() func(search.Cell) Known {
	found, unaudited := search.Conclude(s.Question, s.Seen), search.Conclude(s.Question, s.unaudited())
	return func(c search.Cell) Known {
		at, by := found.At(c), c
		if before := unaudited.At(c); before.Inferred && before.Verdict == at.Verdict {
			at = before // an audit has no row
		}
		if at.Inferred {
			by = at.From
		}
		return Known{
			Verdict: verdict(at.Verdict), Inferred: at.Inferred, Within: s.ranges() && c.Users > s.Question.Users[0],
			By: matrix.Scenario{Replicas: by.Replicas, Workers: s.workers(by), Users: by.Users},
		}
	}
}

// unaudited is what was seen without the audits.
func (s *Search) unaudited() []search.Observation {
	return slices.DeleteFunc(slices.Clone(s.Seen), func(o search.Observation) bool { return o.Role == search.Audit })
}

func verdict(v search.Verdict) Verdict {
	switch v {
	case search.Pass:
		return Pass
	case search.Fail:
		return Fail
	case search.Close:
		return Borderline
	case search.NoData:
		return NoData
	}
	return ""
}

// tell says in a row that was not measured what is known of its cell.
func (k Known) tell(rec *result.Record) {
	own := rec.Key.Scenario == k.By
	if rec.Status != result.Skipped || own || k.Verdict == "" || k.Verdict == NoData {
		return
	}
	from := cellName(search.Cell{Replicas: k.By.Replicas, Users: k.By.Users})
	if k.By.Workers != rec.Key.Workers {
		from = matrix.Key{Scenario: k.By}.String()
	}
	rec.Reasons = []string{fmt.Sprintf("inferred %s from %s", k.Verdict, from)}
	if k.Verdict == Borderline {
		rec.Reasons = []string{fmt.Sprintf("no better than %s, too close to call", from)}
	}
}
