package analysis

import (
	"cmp"
	"fmt"
)

// Demand answers the program's question for one user count: the fewest replicas that pass.
type Demand struct {
	Users int
	// Replicas is the answer; 0 when none that was judged passes.
	Replicas int
	// Low is the fewest that the answer may be: one more than the most that fail. It is below
	// Replicas where those between were not tried, or are not known to fail.
	Low int
	// Holds is what shows that Replicas are enough, Short that one fewer than Low are not; each
	// is nil if there is no such cell.
	Holds, Short *Side
	// Untried are the numbers of replicas from Low to Replicas that are in no scenario, each
	// with those next to it as first and last.
	Untried [][2]int
	// Workers is the number of load generators that decided it.
	Workers int
	// Failed, Close and NoData are the replica counts that fail, that are too close to call and
	// that could not be judged, ascending.
	Failed, Close, NoData []int
	// Open are those that were not measured, and whose verdict follows from no others: a run
	// that ended early has some.
	Open []int
	// Unreached are those of Failed, up to the answer, with which the target could not be
	// reached: they say nothing about how many are enough.
	Unreached []int
	// Inefficient are those that pass, but whose efficiency is lower than the SLO allows: they
	// are no answer. TooLow is that of the first of them, and says so.
	Inefficient []int
	TooLow      *Efficient
	// Doubts say why the answer may be wrong; Beyond are those that are in no row.
	Doubts, Beyond []string
}

// Capacity is the reverse: the most users that pass with so many replicas.
type Capacity struct {
	Replicas int
	// Users is the answer; 0 when none that was judged passes.
	Users int
	// Holds is what shows that Users pass, Over that the next number that was tried does not;
	// each is nil if there is no such cell.
	Holds, Over *Side
	// Failed, Close and NoData are the user counts that fail, that are too close to call and
	// that could not be judged, ascending.
	Failed, Close, NoData []int
	// Open are those that were not measured, and whose verdict follows from no others.
	Open []int
	// Unreached are those of Failed, above the answer, with which the target could not be
	// reached: they say nothing about how many are too many.
	Unreached []int
	// TooLow is the efficiency of the replica count where that is lower than the SLO allows: so
	// many users pass, but these replicas are no answer.
	TooLow *Efficient
	// Doubts say why the answer may be wrong; Beyond are those that are in no row.
	Doubts, Beyond []string
}

// Demands answers for each user count, ascending; nil without an SLO. Of a range only the fewest
// users are such a count: the others are wherever the search looked.
func Demands(rows []Row) []Demand {
	if !judged(rows) {
		return nil
	}
	var out []Demand
	at, replicas := cells(rows), axis(rows, replicasOf)
	for _, users := range axis(askedAbout(rows), usersOf) {
		out = append(out, demand(at, replicas, users))
	}
	return out
}

func demand(at map[place]cell, axis []int, users int) Demand {
	d := Demand{Users: users, Low: 1}
	for _, replicas := range axis {
		c, planned := at[place{replicas, users}]
		if d.Replicas == 0 { // what lies above the answer cannot change it
			d.Doubts, d.Beyond = append(d.Doubts, c.all()...), append(d.Beyond, c.doubts...)
		}
		switch {
		case c.verdict == Fail:
			d.Failed = append(d.Failed, replicas)
			if d.Replicas == 0 && !c.unreached {
				d.Low, d.Short = replicas+1, c.side(place{replicas, users})
			}
			if c.unreached && d.Replicas == 0 {
				d.Unreached = append(d.Unreached, replicas)
			}
		case c.verdict == Borderline:
			d.Close = append(d.Close, replicas)
		case c.verdict == NoData:
			d.NoData = append(d.NoData, replicas)
		case c.inefficient != nil:
			d.Inefficient, d.TooLow = append(d.Inefficient, replicas), cmp.Or(d.TooLow, c.inefficient)
			if d.Replicas == 0 {
				d.Low = replicas + 1
			}
		case c.verdict == Pass && d.Replicas == 0:
			d.Replicas, d.Workers, d.Holds = replicas, c.shownWith(), c.side(place{replicas, users})
			d.Holds.Estimated = d.Holds.Estimated || c.weighed // an efficiency has no interval
		case c.verdict == "" && planned:
			d.Open = append(d.Open, replicas)
		}
	}
	d.Untried = untried(d.Low, d.Replicas, axis)
	together := append(d.together(), away(d.Unreached, "replica")...)
	d.Doubts, d.Beyond = append(d.Doubts, together...), append(d.Beyond, together...)
	return d
}

// together are the doubts that arise from the cells taken together.
func (d *Demand) together() (doubts []string) {
	if d.Replicas == 0 {
		return nil
	}
	if larger := above(d.Failed, d.Replicas); len(larger) > 0 {
		doubts = append(doubts, fmt.Sprintf("not monotone: %s although %d passes; measure again", failing(larger, "replica"), d.Replicas))
	}
	if fewer := below(d.Close, d.Replicas); len(fewer) > 0 {
		doubts = append(doubts, fmt.Sprintf("fewer may do: %s too close to call", counted(fewer, "replica")))
	}
	if fewer := below(d.Open, d.Replicas); len(fewer) > 0 {
		doubts = append(doubts, fmt.Sprintf("fewer may do: %s not measured", were(fewer, "replica")))
	}
	if fewer := below(d.NoData, d.Replicas); len(fewer) > 0 {
		doubts = append(doubts, fmt.Sprintf("fewer may do: no data for %s", counts(fewer, "replica")))
	}
	return doubts
}

// away is the doubt about cells that fail because the target could not be reached: it may
// have been down for another reason, and be able to serve as much when it is up.
func away(unreached []int, noun string) []string {
	if len(unreached) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("the target could not be reached with %s, see Failures", counts(unreached, noun))}
}

// Capacities answers for each replica count, ascending; nil without an SLO.
func Capacities(rows []Row) []Capacity {
	if !judged(rows) {
		return nil
	}
	var out []Capacity
	at, users := cells(rows), axis(rows, usersOf)
	for _, replicas := range axis(rows, replicasOf) {
		out = append(out, capacity(at, users, replicas))
	}
	return out
}

func capacity(at map[place]cell, axis []int, replicas int) Capacity {
	c := Capacity{Replicas: replicas}
	var overloaded []int
	for _, users := range axis {
		cell, planned := at[place{replicas, users}]
		switch cell.verdict {
		case Fail:
			c.Failed = append(c.Failed, users)
			if c.Over == nil && !cell.unreached {
				c.Over = cell.side(place{replicas, users})
			}
			if !cell.starved {
				overloaded = append(overloaded, users)
			}
			if cell.unreached {
				c.Unreached = append(c.Unreached, users)
			}
		case Borderline:
			c.Close = append(c.Close, users)
		case NoData:
			c.NoData = append(c.NoData, users)
		case "":
			if planned {
				c.Open = append(c.Open, users)
			}
		case Pass:
			c.Users, c.Holds, c.Over, c.TooLow = users, cell.side(place{replicas, users}), nil, cell.inefficient
			c.Doubts, c.Beyond = nil, nil // what lies below the answer cannot change it
		}
		c.Doubts, c.Beyond = append(c.Doubts, cell.all()...), append(c.Beyond, cell.doubts...)
	}
	c.Unreached = above(c.Unreached, c.Users)
	together := append(c.together(overloaded), away(c.Unreached, "user")...)
	c.Doubts, c.Beyond = append(c.Doubts, together...), append(c.Beyond, together...)
	return c
}

// together are the doubts that arise from the cells taken together; overloaded are the user
// counts that fail for another reason than a rate for which they may be too few.
func (c *Capacity) together(overloaded []int) (doubts []string) {
	if fewer := below(overloaded, c.Users); len(fewer) > 0 {
		doubts = append(doubts, fmt.Sprintf("not monotone: %s although %d passes; measure again", failing(fewer, "user"), c.Users))
	}
	if more := above(c.Close, c.Users); len(more) > 0 && c.Users > 0 {
		doubts = append(doubts, fmt.Sprintf("more may pass: %s too close to call", counted(more, "user")))
	}
	if more := above(c.Open, c.Users); len(more) > 0 && c.Users > 0 {
		doubts = append(doubts, fmt.Sprintf("more may pass: %s not measured", were(more, "user")))
	}
	if more := above(c.NoData, c.Users); len(more) > 0 && c.Users > 0 {
		doubts = append(doubts, fmt.Sprintf("more may pass: no data for %s", counts(more, "user")))
	}
	return doubts
}
