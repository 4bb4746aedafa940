// Package search decides which cells of replicas × users are measured next to learn how many
// replicas a load needs, and says what follows for the cells that were not measured. It knows
// verdicts and no latencies.
//
// It is pure: what comes next depends on the question and on what was seen so far, so that a
// run which was interrupted goes on where it was.
package search

import "fmt"

// Cell is a number of replicas under a number of users.
type Cell struct{ Replicas, Users int }

// Verdict is what is known of a cell.
type Verdict int

// The verdicts.
const (
	// Open: nothing is known yet.
	Open Verdict = iota
	Pass
	Fail
	// Close: too close to call. For a size it counts as Fail.
	Close
	// NoData: it was tried, and could not be measured.
	NoData
)

func (v Verdict) String() string {
	switch v {
	case Open:
		return "open"
	case Pass:
		return "pass"
	case Fail:
		return "fail"
	case Close:
		return "too close to call"
	case NoData:
		return "no data"
	}
	return fmt.Sprintf("verdict %d", int(v))
}

// Role is why a cell is measured.
type Role string

// The roles.
const (
	// Grid: the search needs the cell, or needs it again.
	Grid Role = "grid"
	// Audit: the cell's verdict was inferred, and is held against a measurement.
	Audit Role = "audit"
	// Confirmation: the cell backs the answer, and is measured once more.
	Confirmation Role = "confirmation"
	// Control: the same cell under the smaller number of load workers.
	Control Role = "control"
	// Sentinel: the lightest cell, measured again to see whether anything drifts.
	Sentinel Role = "sentinel"
)

// Question is what is asked.
type Question struct {
	// Replicas and Users are the axes, ascending and without repeats. Cells of Missing may
	// not be measured.
	Replicas, Users []int
	Missing         map[Cell]bool
	// Within, if above 0, asks for the most users between the ends of Users, which then has
	// two, to this relative precision: 0.05 for 5 %.
	Within float64
	// Control asks for a control measurement.
	Control bool
	// Sentinel asks for the lightest cell again in the middle and at the end.
	Sentinel bool
	// Seed chooses what is audited.
	Seed int64
}

// Observation is one measurement of a cell that is over, in the order made.
type Observation struct {
	Cell
	Role    Role
	Verdict Verdict
	// Margin is ln(share of bad requests ÷ the share allowed), of the objective with the
	// largest: below 0 passes. It is NaN where it is not known.
	Margin float64
	// Rate is in requests per second.
	Rate float64
}

// Step is what to measure next.
type Step struct {
	Cell
	Role Role
	// Why is for people: "between 100 users, which pass, and 400, which fail".
	Why string
}
