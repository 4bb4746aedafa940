package analysis

import (
	"maps"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Size is what a run's valid measurements say about one replica count. Nothing in it is of a
// model, and only Interpolated and what follows from it was not measured itself.
type Size struct {
	Replicas int
	// Passes is the most users that pass, Fails the fewest that fail; 0 for none. The
	// capacity lies between them unless Fails is the smaller one.
	Passes, Fails int
	// Interpolated is how many users just pass, between Passes and Fails on a line through the
	// logarithms of their shares of bad requests; 0 where one of the two is not known.
	Interpolated float64
	// Largest is the largest rate, with so many users; nil if nothing was measured.
	Largest *Rate
	// Efficiency is the capacity of each replica over that with the fewest replicas; Gain is
	// how much larger the capacity is than with the next smaller number. Nil where unknown.
	Efficiency, Gain *Ratio
	// CPU is processor seconds for each request, at the largest rate at which it is known.
	CPU *float64
	// Limits are what holds the service back with the most users, by the evidence, the
	// strongest first.
	Limits []Limit
}

// Rate is requests per second with so many users.
type Rate struct {
	RPS   float64
	Users int
}

// Ratio is a number relative to another replica count.
type Ratio struct {
	Value float64
	// To is the other replica count.
	To int
	// Of says what is compared: ByUsers or ByRate.
	Of string
}

// What capacities are compared by.
const (
	// ByUsers is the interpolated number of users that just pass.
	ByUsers = "users within the SLO"
	// ByRate is the largest rate, where the service was saturated.
	ByRate = "largest rate"
)

// Sizes has one entry for each replica count with a valid row, ascending.
func Sizes(rows []Row) []Size {
	deciding := deciding(rows)
	at, light := measuredCells(rows), lightest(deciding)
	var out []Size
	groups := group(deciding, replicasOf)
	for _, replicas := range slices.Sorted(maps.Keys(groups)) {
		here := groups[replicas]
		s := Size{Replicas: replicas, Largest: largest(here), CPU: cpuOf(here), Limits: limits(light, here)}
		s.bracket(at, axis(here, usersOf))
		s.interpolate(here)
		out = append(out, s)
	}
	compare(out, saturatedRates(deciding))
	return out
}

// deciding are the valid rows with requests of each cell, with the largest worker count that
// has any (measuring.md 14). A row whose target could not be reached says nothing of its size.
func deciding(rows []Row) []Row {
	most := map[place]int{}
	valid := keepRows(rows, func(r Row) bool { return r.Rankable() && !r.Unreached() })
	for _, r := range valid {
		most[placeOf(r)] = max(most[placeOf(r)], workersOf(r))
	}
	return keepRows(valid, func(r Row) bool { return workersOf(r) == most[placeOf(r)] })
}

func keepRows(rows []Row, want func(Row) bool) []Row {
	var out []Row
	for i := range rows {
		if want(rows[i]) {
			out = append(out, rows[i])
		}
	}
	return out
}

// bracket finds the two cells between which the capacity lies. A rate that few users do not
// reach is no limit.
func (s *Size) bracket(at map[place]cell, users []int) {
	for _, n := range users {
		switch c := at[place{s.Replicas, n}]; {
		case c.verdict == Pass:
			s.Passes = n
		case c.verdict == Fail && !c.starved && s.Fails == 0:
			s.Fails = n
		}
	}
}

// interpolate looks for the bound between the two cells of the bracket, by way of those between
// that are too close to call: they were measured, too.
func (s *Size) interpolate(rows []Row) {
	if s.Passes == 0 || s.Fails <= s.Passes {
		return
	}
	below := s.Passes
	for _, users := range axis(rows, usersOf) {
		if users <= s.Passes || users > s.Fails {
			continue
		}
		low, high := marginAt(rows, below), marginAt(rows, users)
		switch {
		case math.IsInf(low, -1) || math.IsInf(high, 1) || math.IsNaN(low) || math.IsNaN(high) || low >= 0:
			return
		case high >= 0:
			s.Interpolated = float64(below) + float64(users-below)*low/(low-high)
			return
		}
		below = users
	}
}

// marginAt is the mean over a cell's rounds of how far they are from the SLO, but for rates;
// NaN if unknown.
func marginAt(rows []Row, users int) float64 {
	var sum, n float64
	for _, r := range rows {
		if usersOf(r) != users {
			continue
		}
		most := math.Inf(-1)
		for _, o := range r.Judgement.Outcomes {
			if !o.Objective.Above && !math.IsNaN(o.Margin) {
				most = max(most, o.Margin)
			}
		}
		sum, n = sum+most, n+1
	}
	return sum / n
}

func largest(rows []Row) *Rate {
	var out *Rate
	for _, r := range rows {
		if m := r.Record.Measured; out == nil || m.RPS > out.RPS {
			out = &Rate{m.RPS, usersOf(r)}
		}
	}
	return out
}

// cpuOf is processor time for each request, where the platform told how much was used.
func cpuOf(rows []Row) *float64 {
	var out *float64
	var rate float64
	for _, r := range rows {
		u, m := r.Record.Observed.TargetUsage, r.Record.Measured
		if known(u) && m.RPS > rate {
			out, rate = new(u.CPUCores/m.RPS), m.RPS
		}
	}
	return out
}

func known(u *result.Usage) bool { return u != nil && u.Unavailable == "" && u.CPUCores > 0 }
