package master

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
)

// classStream yields user classes in the order that approximates their weights
// best at every length (locust.md 1.8, the order of Locust 2.27 and later). Its
// prefixes only grow, so a bigger load never takes a user away from a class.
type classStream struct {
	heads []classHead
	seq   []string
}

// classHead is a class's place in Locust's heap.
type classHead struct {
	name   string
	weight float64
	key    float64
	next   float64
}

// newClassStream drops classes without weight.
func newClassStream(weights map[string]float64) *classStream {
	s := &classStream{}
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if w := weights[name]; w > 0 && !math.IsInf(w, 0) {
			s.heads = append(s.heads, classHead{name: name, weight: w}.at(w))
		}
	}
	return s
}

// at is the head after x-weight users of the class.
func (h classHead) at(x float64) classHead {
	h.key = h.weight * math.Log2(x/(x+1))
	h.next = x + 1
	return h
}

func (h classHead) compare(o classHead) int {
	return cmp.Or(cmp.Compare(h.key, o.key), cmp.Compare(h.next, o.next), cmp.Compare(h.weight, o.weight), cmp.Compare(h.name, o.name))
}

// totals is how many users of each class n users are; a zero for classes without any.
func (s *classStream) totals(n int) map[string]int {
	out := map[string]int{}
	for _, h := range s.heads {
		out[h.name] = 0
	}
	for _, class := range s.first(n) {
		out[class]++
	}
	return out
}

func (s *classStream) first(n int) []string {
	for len(s.seq) < n && len(s.heads) > 0 {
		i := 0
		for j := range s.heads {
			if s.heads[j].compare(s.heads[i]) < 0 {
				i = j
			}
		}
		s.seq = append(s.seq, s.heads[i].name)
		s.heads[i] = s.heads[i].at(s.heads[i].next)
	}
	return s.seq[:min(n, len(s.seq))]
}

// assignment is how many users of each class each worker is to have.
type assignment map[string]map[string]int

// move changes a to hold exactly totals on the given workers, with as few changes
// as that takes: it removes only classes that have too many and adds only those
// that have too few. order breaks ties. Without workers it leaves a alone.
func (a assignment) move(order []string, totals map[string]int) {
	if len(order) == 0 {
		return
	}
	var loads []workerLoad
	for _, id := range order {
		if a[id] == nil {
			a[id] = map[string]int{}
		}
		loads = append(loads, workerLoad{a[id], sum(a[id])})
	}
	for _, class := range slices.Sorted(maps.Keys(totals)) {
		for have := a.class(class); have > totals[class]; have-- {
			take(loads, class)
		}
	}
	for _, class := range slices.Sorted(maps.Keys(totals)) {
		for have := a.class(class); have < totals[class]; have++ {
			give(loads, class)
		}
	}
}

// workerLoad is one worker's counts and their sum.
type workerLoad struct {
	counts map[string]int
	total  int
}

func (l workerLoad) compare(o workerLoad, class string) int {
	return cmp.Or(cmp.Compare(l.total, o.total), cmp.Compare(l.counts[class], o.counts[class]))
}

// give adds one user to the worker with the fewest, and among those to one with
// the fewest of the class. So totals differ by at most one, and classes hardly
// more (at most three in simulation) where Locust may keep a class off a worker (fact 9).
func give(loads []workerLoad, class string) {
	best := &loads[0]
	for i := range loads {
		if loads[i].compare(*best, class) < 0 {
			best = &loads[i]
		}
	}
	best.counts[class]++
	best.total++
}

// take removes one user of the class from the worker with the most users, the
// last of several.
func take(loads []workerLoad, class string) {
	var best *workerLoad
	for i := range loads {
		if loads[i].counts[class] > 0 && (best == nil || loads[i].compare(*best, class) >= 0) {
			best = &loads[i]
		}
	}
	if best != nil {
		best.counts[class]--
		best.total--
	}
}

func (a assignment) class(class string) int {
	n := 0
	for _, counts := range a {
		n += counts[class]
	}
	return n
}

func (a assignment) total() int {
	n := 0
	for _, counts := range a {
		n += sum(counts)
	}
	return n
}

func (a assignment) clone() assignment {
	out := assignment{}
	for id, counts := range a {
		out[id] = maps.Clone(counts)
	}
	return out
}

func sum(counts map[string]int) int {
	n := 0
	for _, v := range counts {
		n += v
	}
	return n
}

// workerOrder interleaves the hosts, as Locust does since 2.8.3: with few users
// each host gets some. The host is the id up to its first underscore.
func workerOrder(ids []string) []string {
	sorted := slices.Sorted(slices.Values(ids))
	ordinal, seen := map[string]int{}, map[string]int{}
	for _, id := range sorted {
		host, _, _ := strings.Cut(id, "_")
		ordinal[id] = seen[host]
		seen[host]++
	}
	slices.SortStableFunc(sorted, func(a, b string) int { return cmp.Compare(ordinal[a], ordinal[b]) })
	return sorted
}
