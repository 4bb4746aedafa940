package master

import (
	"cmp"
	"container/heap"
	"maps"
	"math"
	"slices"
	"strings"
)

// classStream is the order of user classes that approximates their weights best at
// every length (locust-protocol.md 22, the order of Locust 2.27 and later). Its prefixes only
// grow, so a bigger load never takes a user away from a class.
//
// Each class has a sequence of rising keys, one for each of its users, and the first n users
// are those with the n lowest keys of all. So a prefix is found without going through all
// users: a million of them may be asked for at once.
type classStream struct {
	heads classHeads
}

// classHead is a class's entry in Locust's heap, after some of its users.
type classHead struct {
	name   string
	weight float64
	users  int
	key    float64
	next   float64
}

// newClassStream drops classes without weight.
func newClassStream(weights map[string]float64) *classStream {
	s := &classStream{}
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if w := weights[name]; w > 0 && !math.IsInf(w, 0) {
			s.heads = append(s.heads, classHead{name: name, weight: w}.after(0))
		}
	}
	return s
}

// after is the head after n users of the class.
func (h classHead) after(n int) classHead {
	x := h.weight + float64(n)
	h.users = n
	h.key = h.weight * math.Log2(x/(x+1))
	h.next = x + 1
	return h
}

// below is how many of the class's keys are at most key: the inverse of after.
func (h classHead) below(key float64) int {
	x := 1 / math.Expm1(-key/h.weight*math.Ln2)
	return max(int(min(x-h.weight, maxUsers)+1), 0)
}

func (h classHead) compare(o classHead) int {
	return cmp.Or(cmp.Compare(h.key, o.key), cmp.Compare(h.next, o.next), cmp.Compare(h.weight, o.weight), cmp.Compare(h.name, o.name))
}

// classHeads is a heap.
type classHeads []classHead

// Len implements heap.Interface.
func (h classHeads) Len() int { return len(h) }

// Less implements heap.Interface.
func (h classHeads) Less(i, j int) bool { return h[i].compare(h[j]) < 0 }

// Swap implements heap.Interface.
func (h classHeads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *classHeads) Push(x any) { *h = append(*h, x.(classHead)) }

// Pop implements heap.Interface.
func (h *classHeads) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// maxExact is the weight up to which neighbouring keys differ by more than rounding.
const maxExact = 1e6

// totals is how many of n users each class gets, with a zero for classes without any.
func (s *classStream) totals(n int) map[string]int {
	heads := s.near(n)
	for _, h := range heads {
		n -= h.users
	}
	heap.Init(&heads)
	for ; n > 0 && len(heads) > 0; n-- {
		heads[0] = heads[0].after(heads[0].users + 1)
		heap.Fix(&heads, 0)
	}
	out := map[string]int{}
	for _, h := range heads {
		out[h.name] = h.users
	}
	return out
}

// near are the heads after a prefix that is shorter than n by a few users of each class.
func (s *classStream) near(n int) classHeads {
	heads := slices.Clone(s.heads)
	at := func(key float64) (users int) {
		for i, h := range s.heads {
			below := h.below(key)
			// One less, because of rounding in either direction.
			heads[i] = h.after(max(below-1, 0))
			users += below
		}
		return users
	}
	// Keys run from the first one's towards 0, which no number of users reaches.
	low, high := 0.0, 0.0
	for _, h := range s.heads {
		low = min(low, 2*h.key)
		if h.weight > maxExact {
			return heads
		}
	}
	for range 64 {
		if middle := (low + high) / 2; at(middle) <= n {
			low = middle
		} else {
			high = middle
		}
	}
	if at(low) > n {
		return slices.Clone(s.heads)
	}
	return heads
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
