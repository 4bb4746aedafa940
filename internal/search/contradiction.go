package search

// Pair are two measured cells whose verdicts contradict each other: Fails has no fewer replicas
// and no more users than Passes, and yet it fails. More replicas can hurt: by connections that
// are shared out unevenly, a noisy neighbour, or limits of something all replicas use.
type Pair struct{ Passes, Fails Cell }

// span is a range of replicas over which nothing is inferred.
type span struct{ from, to int }

func (p Pair) span() span { return span{p.Passes.Replicas, p.Fails.Replicas} }

// contradictions are in the order of the cells' first measurements.
func (m Map) contradictions() []Pair {
	var all []Pair
	for _, a := range m.decided {
		for _, b := range m.decided {
			if a.Verdict == Pass && b.Verdict == Fail && easier(b.Cell, a.Cell) {
				all = append(all, Pair{a.Cell, b.Cell})
			}
		}
	}
	return all
}

// contradicting is a cell that has to be measured once more to see whether a contradiction
// stays.
func (m Map) contradicting() (Cell, bool) {
	for _, p := range m.NonMonotone {
		for _, c := range []Cell{p.Passes, p.Fails} {
			if len(m.seen[c]) < 2 && m.question.measurable(c) {
				return c, true
			}
		}
	}
	return Cell{}, false
}

// across tells whether going from one cell to another touches replicas for which verdicts
// contradict each other.
func (m Map) across(a, b Cell) bool {
	low, high := min(a.Replicas, b.Replicas), max(a.Replicas, b.Replicas)
	for _, s := range m.rough {
		if s.from <= high && low <= s.to {
			return true
		}
	}
	return false
}

// isRough tells whether nothing is inferred for a number of replicas.
func (m Map) isRough(replicas int) bool {
	c := Cell{Replicas: replicas}
	return m.across(c, c)
}

// smooth are the runs of replicas between contradictions, over which can be inferred.
func (m Map) smooth() [][]int {
	var runs [][]int
	var run []int
	for _, r := range m.question.Replicas {
		if m.isRough(r) {
			runs, run = append(runs, run), nil
			continue
		}
		run = append(run, r)
	}
	return append(runs, run)
}
