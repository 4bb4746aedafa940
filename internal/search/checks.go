package search

import (
	"math"
	"slices"
)

// alike is how far apart the rates of two measurements may be to agree.
const alike = .05

// audits holds each audited cell against what had been inferred before.
func audits(q Question, seen []Observation, m Map) []Audited {
	var all []Audited
	for i, o := range seen {
		if o.Role != Audit || i > 0 && slices.ContainsFunc(seen[:i], func(e Observation) bool { return e.Cell == o.Cell && e.counts() }) {
			continue
		}
		a := Audited{Cell: o.Cell, Inferred: survey(q, seen[:i]).At(o.Cell).Verdict, Measured: m.verdicts[o.Cell]}
		a.Agrees = a.Inferred == Open || a.Measured != NoData && (a.Inferred == Pass) == (a.Measured == Pass)
		all = append(all, a)
	}
	return all
}

// counts tells whether a measurement is one of the cell as it was asked for.
func (o Observation) counts() bool { return o.Role != Control && o.Role != Sentinel }

// twins are the measurements of a role, each with the first of its cell.
func twins(seen []Observation, role Role) []Twin {
	var all []Twin
	for _, o := range seen {
		if o.Role != role {
			continue
		}
		i := slices.IndexFunc(seen, func(e Observation) bool {
			return e.Cell == o.Cell && e.counts() && len(withData([]Observation{e})) > 0
		})
		if i >= 0 {
			all = append(all, Twin{seen[i], o, agree(seen[i], o)})
		}
	}
	return all
}

func agree(a, b Observation) bool {
	return a.Verdict == b.Verdict && math.Abs(b.Rate-a.Rate) <= alike*max(a.Rate, b.Rate)
}

// confirmed are the cells that backed an answer, were measured more than once, and pass.
func confirmed(seen []Observation, m Map) []Cell {
	var cells []Cell
	if c, ok := m.backing(); ok && len(withData(m.seen[c])) > 1 {
		cells = append(cells, c)
	}
	for _, o := range seen {
		if o.Role == Confirmation && m.verdicts[o.Cell] == Pass && !slices.Contains(cells, o.Cell) {
			cells = append(cells, o.Cell)
		}
	}
	return cells
}
