package analysis

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

func replicasOf(r Row) int { return r.Record.Key.Replicas }
func usersOf(r Row) int    { return r.Record.Key.Users }

func scenarioOf(r Row) matrix.Scenario { return r.Record.Key.Scenario }

// workersOf is the planned number, which is the same in every round even if the workers of a
// foreign master come and go.
func workersOf(r Row) int { return r.Record.Key.Workers }

// axis is the distinct values of the rows, ascending.
func axis(rows []Row, of func(Row) int) []int {
	values := make([]int, len(rows))
	for i, r := range rows {
		values[i] = of(r)
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// group collects rows by key, each group in the rows' order.
func group[K comparable](rows []Row, of func(Row) K) map[K][]Row {
	out := map[K][]Row{}
	for _, r := range rows {
		out[of(r)] = append(out[of(r)], r)
	}
	return out
}

// judged tells whether there is an SLO.
func judged(rows []Row) bool {
	return slices.ContainsFunc(rows, func(r Row) bool { return r.Judgement.Verdict != "" })
}

func above(ns []int, n int) []int {
	return keep(ns, func(v int) bool { return v > n })
}

func keep(ns []int, want func(int) bool) []int {
	return slices.DeleteFunc(slices.Clone(ns), func(v int) bool { return !want(v) })
}

func below(ns []int, n int) []int {
	return keep(ns, func(v int) bool { return v < n })
}

// counts writes "1 replica" or "2, 4 replicas".
func counts(ns []int, noun string) string {
	if len(ns) == 1 {
		return matrix.Count(ns[0], noun)
	}
	return fmt.Sprintf("%s %ss", list(ns), noun)
}

// counted writes "1 replica is" or "2, 4 replicas are".
func counted(ns []int, noun string) string {
	if len(ns) == 1 && ns[0] == 1 {
		return counts(ns, noun) + " is"
	}
	return counts(ns, noun) + " are"
}

// were writes "1 replica was" or "2, 4 replicas were".
func were(ns []int, noun string) string {
	if len(ns) == 1 && ns[0] == 1 {
		return counts(ns, noun) + " was"
	}
	return counts(ns, noun) + " were"
}

// failing writes "8 replicas fail" or "1 replica fails".
func failing(ns []int, noun string) string {
	verb := " fail"
	if len(ns) == 1 && ns[0] == 1 {
		verb = " fails"
	}
	return counts(ns, noun) + verb
}

// untried are the runs of numbers from low to below high that are not on the axis.
func untried(low, high int, axis []int) (gaps [][2]int) {
	for _, v := range append(keep(axis, func(v int) bool { return low <= v && v < high }), high) {
		if low < v {
			gaps = append(gaps, [2]int{low, v - 1})
		}
		low = v + 1
	}
	return gaps
}
