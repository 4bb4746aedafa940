package search

import "slices"

// Map is what is known of the cells.
type Map struct {
	// NonMonotone are the verdicts that contradict each other.
	NonMonotone []Pair
	// Audits are inferred verdicts that were measured.
	Audits []Audited
	// Controls and Sentinels are cells that were measured again under other conditions.
	Controls, Sentinels []Twin
	// Confirmed are cells that back an answer, and passed when they were measured again.
	Confirmed []Cell

	question Question
	seen     map[Cell][]Observation
	order    []Cell // measured ones, in the order of their first measurement
	verdicts map[Cell]Verdict
	decided  []Finding // those of them with a verdict
	rough    []span
}

// Finding is what is known of a cell.
type Finding struct {
	Cell
	Verdict Verdict
	// Inferred tells that the verdict follows from that of From, the nearest cell that was
	// measured and that it follows from. An inferred Close means no better than that.
	Inferred bool
	From     Cell
}

// Conclude says what follows from what was seen.
func Conclude(q Question, seen []Observation) Map {
	m := survey(q, seen)
	m.Audits = audits(q, seen, m)
	m.Controls = twins(seen, Control)
	m.Sentinels = twins(seen, Sentinel)
	m.Confirmed = confirmed(seen, m)
	return m
}

// survey is the map without what only reports need.
func survey(q Question, seen []Observation) Map {
	m := Map{question: q, seen: map[Cell][]Observation{}, verdicts: map[Cell]Verdict{}}
	for _, o := range seen {
		if !o.counts() {
			continue
		}
		if len(m.seen[o.Cell]) == 0 {
			m.order = append(m.order, o.Cell)
		}
		m.seen[o.Cell] = append(m.seen[o.Cell], o)
	}
	for _, c := range m.order {
		v := Judge(m.seen[c])
		m.verdicts[c] = v
		if v != NoData {
			m.decided = append(m.decided, Finding{Cell: c, Verdict: v})
		}
	}
	m.NonMonotone = m.contradictions()
	for _, p := range m.NonMonotone {
		m.rough = append(m.rough, p.span())
	}
	return m
}

// At is what is known of any cell. A cell that could not be measured may still be inferred.
func (m Map) At(c Cell) Finding {
	v := m.verdicts[c]
	if v != Open && v != NoData {
		return Finding{Cell: c, Verdict: v}
	}
	if f, ok := m.infer(c); ok {
		return f
	}
	return Finding{Cell: c, Verdict: v}
}

// Cells is what is known of each cell of the axes, by replicas, then users. Between the ends of
// a continuous axis it is those that were measured.
func (m Map) Cells() []Finding {
	var all []Finding
	for _, r := range m.question.Replicas {
		for _, u := range m.users() {
			all = append(all, m.At(Cell{r, u}))
		}
	}
	return all
}

// users is the axis, with what was measured between the ends of a continuous one.
func (m Map) users() []int {
	users := slices.Clone(m.question.Users)
	if m.question.continuous() {
		for _, c := range m.order {
			users = append(users, c.Users)
		}
		slices.Sort(users)
	}
	return slices.Compact(users)
}

// infer is what follows for a cell: more replicas never hurt, and more users never help. Where a
// pass and a close call say different things it is the close call; a pass and a failure
// never do, since nothing is inferred over a contradiction.
func (m Map) infer(c Cell) (Finding, bool) {
	var by [NoData + 1]Finding
	for _, from := range m.decided {
		v := from.Verdict
		if !from.implies(c) || m.across(c, from.Cell) {
			continue
		}
		if by[v].Verdict == Open || nearer(c, from.Cell, by[v].From) {
			by[v] = Finding{c, v, true, from.Cell}
		}
	}
	for _, v := range []Verdict{Fail, Close, Pass} {
		if by[v].Verdict != Open {
			return by[v], true
		}
	}
	return Finding{}, false
}

// implies tells whether a verdict says something of another cell.
func (f Finding) implies(c Cell) bool {
	if f.Verdict == Pass {
		return easier(c, f.Cell)
	}
	return easier(f.Cell, c)
}

// easier tells whether a has as many replicas as b or more, for as many users or fewer.
func easier(a, b Cell) bool { return a.Replicas >= b.Replicas && a.Users <= b.Users }

// nearer tells whether a is nearer to c than b: by replicas, then by users.
func nearer(c, a, b Cell) bool {
	ra, rb := distance(a.Replicas, c.Replicas), distance(b.Replicas, c.Replicas)
	if ra != rb {
		return ra < rb
	}
	return distance(a.Users, c.Users) < distance(b.Users, c.Users)
}

func distance(a, b int) int { return max(a-b, b-a) }

// measurable tells whether a cell was asked for and may be measured.
func (q Question) measurable(c Cell) bool {
	return slices.Contains(q.Replicas, c.Replicas) && q.onUsers(c.Users) && !q.Missing[c]
}

func (q Question) onUsers(users int) bool {
	if q.continuous() {
		return q.Users[0] <= users && users <= q.Users[1]
	}
	return slices.Contains(q.Users, users)
}

// open tells whether a cell can be measured, was not tried, and is not inferred.
func (m Map) open(c Cell) bool {
	return m.At(c).Verdict == Open && m.question.measurable(c)
}

func (q Question) continuous() bool { return q.Within > 0 && len(q.Users) == 2 }
