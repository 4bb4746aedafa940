package analysis

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Efficient is a replica count against the objective for its efficiency, which all that was
// measured of it decides.
type Efficient struct {
	Objective experiment.Objective
	// Fewest tells that the others are compared with this count, which has 100 %.
	Fewest bool
	// Ratio is nil where it is not known.
	Ratio *Ratio
}

// Missed tells whether the efficiency is known, and not above its bound.
func (e *Efficient) Missed() bool {
	return e != nil && !e.Fewest && e.Ratio != nil && !e.Objective.Met(e.Ratio.Value)
}

// unknown tells whether there is such an objective, and nothing to hold against it.
func (e *Efficient) unknown() bool { return e != nil && !e.Fewest && e.Ratio == nil }

// Text is "efficiency is 62 % of that with 1 replica (by users within the SLO), not above 85%".
func (e *Efficient) Text() string {
	return fmt.Sprintf("efficiency is %s of that with %s (by %s), not %s %s",
		share(e.Ratio.Value), matrix.Count(e.Ratio.To, "replica"), e.Ratio.Of, e.Objective.Side(), e.Objective.Text)
}

// none says that what passes has too low an efficiency.
func (e *Efficient) none() string {
	return "not with an efficiency " + e.Objective.Side() + " " + e.Objective.Text
}

// ofRecords are the objectives that a record can be held against.
func ofRecords(slo []experiment.Objective) []experiment.Objective {
	if !slices.ContainsFunc(slo, experiment.Objective.OfReplicas) {
		return slo
	}
	return slices.DeleteFunc(slices.Clone(slo), experiment.Objective.OfReplicas)
}

// weigh tells the rows how efficient their replica counts are, where the SLO asks.
func weigh(rows []Row, slo []experiment.Objective) {
	i := slices.IndexFunc(slo, experiment.Objective.OfReplicas)
	if i < 0 {
		return
	}
	known := map[int]*Efficient{}
	for n, s := range Sizes(rows) {
		known[s.Replicas] = &Efficient{Objective: slo[i], Fewest: n == 0, Ratio: s.Efficiency}
	}
	for at, r := range rows {
		if rows[at].Efficient = known[replicasOf(r)]; rows[at].Efficient == nil {
			rows[at].Efficient = &Efficient{Objective: slo[i]}
		}
	}
}

// against is a cell held against the efficiency. One that passes by its measurements may still
// be no answer, or a doubtful one.
func (c cell) against(p place, e *Efficient) cell {
	c.weighed = true
	switch {
	case c.verdict != Pass:
	case e.Missed():
		c.inefficient = e
	case e.unknown():
		c.doubts = append(slices.Clone(c.doubts), fmt.Sprintf("%s: the efficiency is not known, as the capacity is not or there is none to compare with", matrix.Count(p.replicas, "replica")))
	}
	return c
}
