package search

import (
	"math/rand/v2"
	"slices"
)

const (
	// tries is how many cells are audited, if the first cannot be measured, and how often an
	// answer is confirmed, if the first time changes it.
	tries = 2
)

// Audited is an inferred verdict that was held against a measurement.
type Audited struct {
	Cell
	Inferred, Measured Verdict
	// Agrees tells whether both pass, or neither does. It is false where nothing could be
	// measured.
	Agrees bool
}

// Twin is a cell that was measured again under other conditions.
type Twin struct {
	First, Again Observation
	// Agrees tells whether both have the same verdict, and rates that are 5 % apart at most.
	Agrees bool
}

// control is the passing cell with the highest rate, if it was asked for.
func control(m Map, seen []Observation) (Step, bool) {
	if !m.question.Control || count(seen, Control) > 0 {
		return Step{}, false
	}
	var most Observation
	for _, c := range m.order {
		for _, o := range m.seen[c] {
			if m.verdicts[c] == Pass && o.Verdict == Pass && m.question.measurable(c) &&
				(most.Verdict == Open || o.Rate > most.Rate) {
				most = o
			}
		}
	}
	return Step{most.Cell, Control, "the highest rate that passes"}, most.Verdict == Pass
}

// audit is an inferred cell, chosen by the seed.
func audit(m Map, seen []Observation) (Step, bool) {
	if audited, ok := auditedCells(seen); ok || len(audited) >= tries {
		return Step{}, false
	}
	cells := m.doubtful()
	if len(cells) == 0 {
		cells = m.inferred()
	}
	if len(cells) == 0 {
		return Step{}, false
	}
	c := cells[rand.New(rand.NewPCG(uint64(m.question.Seed), uint64(len(m.order)))).IntN(len(cells))]
	return Step{c, Audit, "its verdict is inferred"}, true
}

// auditedCells are the cells that were audited, and whether one of them could be measured.
func auditedCells(seen []Observation) (cells []Cell, measured bool) {
	for _, o := range seen {
		if o.Role != Audit {
			continue
		}
		if !slices.Contains(cells, o.Cell) {
			cells = append(cells, o.Cell)
		}
		measured = measured || len(withData([]Observation{o})) > 0
	}
	return cells, measured
}

// inferred are the cells that can be audited.
func (m Map) inferred() []Cell {
	var cells []Cell
	for _, f := range m.Cells() {
		if f.Inferred && m.verdicts[f.Cell] == Open && m.question.measurable(f.Cell) {
			cells = append(cells, f.Cell)
		}
	}
	return cells
}

// doubtful are the inferred cells for which most speaks against it: one replica more brought
// nothing that was measured, and so it may as well have hurt.
func (m Map) doubtful() []Cell {
	var cells []Cell
	before := Finding{}
	for _, f := range m.Frontier() {
		c := f.Cell
		if f.Inferred && !before.Inferred && m.verdicts[c] == Open && m.question.measurable(c) {
			cells = append(cells, c)
		}
		before = f
	}
	return cells
}

// confirmation is the cell that backs the answer, unless it was measured more than once
// already: the fewest replicas for the most users. A wrong pass there costs the most.
func confirmation(m Map, seen []Observation) (Step, bool) {
	c, ok := m.backing()
	if !ok || count(seen, Confirmation) >= tries || len(m.seen[c]) > 1 {
		return Step{}, false
	}
	return Step{c, Confirmation, "it backs the answer"}, true
}

// backing is the measured cell that backs the answer for the most users that pass.
func (m Map) backing() (Cell, bool) {
	var best Front
	for _, f := range m.Frontier() {
		if f.Verdict == Pass && f.Users > best.Users {
			best = f
		}
	}
	c := best.Cell
	if best.Inferred {
		c = best.From
	}
	return c, best.Verdict == Pass && m.question.measurable(c)
}

// middleSentinel is half-way through what the search takes at most.
func middleSentinel(m Map, seen []Observation) (Step, bool) {
	half := (len(m.question.Replicas) + len(m.question.Users)) / 2
	if len(m.order) < half || count(seen, Sentinel) > 0 {
		return Step{}, false
	}
	return m.sentinel("half of the search is over")
}

// lastSentinel is when everything else is settled.
func lastSentinel(m Map, seen []Observation) (Step, bool) {
	if len(seen) > 0 && seen[len(seen)-1].Role == Sentinel {
		return Step{}, false
	}
	return m.sentinel("the search is over")
}

// sentinel is the lightest cell that was measured: the fewest users, then the fewest replicas.
func (m Map) sentinel(why string) (Step, bool) {
	var lightest Cell
	found := false
	for _, c := range m.order {
		if !m.question.measurable(c) || m.verdicts[c] == NoData {
			continue
		}
		if !found || c.Users < lightest.Users || c.Users == lightest.Users && c.Replicas < lightest.Replicas {
			lightest, found = c, true
		}
	}
	return Step{lightest, Sentinel, why}, m.question.Sentinel && found
}

func count(seen []Observation, role Role) int {
	n := 0
	for _, o := range seen {
		if o.Role == role {
			n++
		}
	}
	return n
}
