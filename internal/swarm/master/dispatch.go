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
	seq   []int
	// counts are of the first at users.
	counts []int
	at     int
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
	s.counts = make([]int, len(s.heads))
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
	s.grow(n)
	// From where the last call was: a ramp asks again and again, each time for a little more.
	for ; s.at < min(n, len(s.seq)); s.at++ {
		s.counts[s.seq[s.at]]++
	}
	for ; s.at > n; s.at-- {
		s.counts[s.seq[s.at-1]]--
	}
	out := map[string]int{}
	for i, h := range s.heads {
		out[h.name] = s.counts[i]
	}
	return out
}

// grow continues seq to n users, in indexes of heads.
func (s *classStream) grow(n int) {
	for len(s.seq) < n && len(s.heads) > 0 {
		i := 0
		for j := range s.heads {
			if s.heads[j].compare(s.heads[i]) < 0 {
				i = j
			}
		}
		s.seq = append(s.seq, i)
		s.heads[i] = s.heads[i].at(s.heads[i].next)
	}
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
