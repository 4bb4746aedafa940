package master

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// assignment is how many users of each class each worker is to have.
type assignment map[string]map[string]int

// move changes a to hold exactly totals on the given workers, with as few changes
// as that takes: it removes only classes that have too many and adds only those
// that have too few. order breaks ties. Without workers it leaves a alone.
//
// It costs the number of workers, whatever the number of users: a million of them may
// come at once.
func (a assignment) move(order []string, totals map[string]int) {
	if len(order) == 0 {
		return
	}
	loads := a.loads(order)
	classes := slices.Sorted(maps.Keys(totals))
	for _, class := range classes {
		take(loads, class, a.class(class)-totals[class])
	}
	for _, class := range classes {
		give(loads, class, totals[class]-a.class(class))
	}
}

// balance moves users until the given workers differ by at most one, and no more users than
// that takes. Each one moved is of the class in which its worker is furthest ahead of the
// other.
func (a assignment) balance(order []string) {
	loads := a.loads(order)
	over, under := spread(loads)
	for i, j := 0, 0; i < len(over) && j < len(under); {
		n := min(over[i].n, under[j].n)
		shift(over[i].load, under[j].load, n)
		if over[i].n -= n; over[i].n == 0 {
			i++
		}
		if under[j].n -= n; under[j].n == 0 {
			j++
		}
	}
}

// workerLoad is one worker's counts and their sum.
type workerLoad struct {
	counts map[string]int
	total  int
	// place is the worker's place in their order.
	place int
}

func (a assignment) loads(order []string) []*workerLoad {
	var loads []*workerLoad
	for i, id := range order {
		if a[id] == nil {
			a[id] = map[string]int{}
		}
		loads = append(loads, &workerLoad{a[id], sum(a[id]), i})
	}
	return loads
}

func (l *workerLoad) add(class string, n int) {
	l.counts[class] += n
	l.total += n
}

// give adds n users, each to the worker with the fewest, and among those to one with
// the fewest of the class. So totals differ by at most one, and classes hardly
// more (at most three in simulation) where Locust may keep a class off a worker (locust-protocol.md 23).
func give(loads []*workerLoad, class string, n int) {
	if n <= 0 {
		return
	}
	// All that have fewer are filled up to the highest level that n suffices for ...
	level := highest(n, func(level int) (need int) {
		for _, l := range loads {
			need += max(level-l.total, 0)
		}
		return need
	})
	var low []*workerLoad
	for _, l := range loads {
		if l.total <= level {
			n -= level - l.total
			l.add(class, level-l.total)
			low = append(low, l)
		}
	}
	// ... and what is left is one each for some of them.
	slices.SortFunc(low, func(x, y *workerLoad) int {
		return cmp.Or(cmp.Compare(x.counts[class], y.counts[class]), cmp.Compare(x.place, y.place))
	})
	for _, l := range low[:n] {
		l.add(class, 1)
	}
}

// highest is the greatest level whose need is at most n; need grows with the level.
func highest(n int, need func(level int) int) int {
	low, high := 0, 1
	for need(high) <= n {
		low, high = high, 2*high
	}
	for high-low > 1 {
		if middle := (low + high) / 2; need(middle) <= n {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// take removes n users of the class, each from the worker with the most users among those
// that have one; of several, from the last.
func take(loads []*workerLoad, class string, n int) {
	if n <= 0 {
		return
	}
	most := 0
	for _, l := range loads {
		most = max(most, l.total)
	}
	// All that have more are cut down as far as n suffices ...
	cut := func(l *workerLoad, level int) int { return min(max(l.total-level, 0), l.counts[class]) }
	level := most - highest(n, func(down int) (need int) {
		if down > most {
			return n + 1
		}
		for _, l := range loads {
			need += cut(l, most-down)
		}
		return need
	})
	var high []*workerLoad
	for _, l := range loads {
		less := cut(l, level)
		n -= less
		l.add(class, -less)
		if l.total == level && l.counts[class] > 0 {
			high = append(high, l)
		}
	}
	// ... and what is left is one each of some of them.
	slices.SortFunc(high, func(x, y *workerLoad) int {
		return cmp.Or(cmp.Compare(y.counts[class], x.counts[class]), cmp.Compare(y.place, x.place))
	})
	for _, l := range high[:min(n, len(high))] {
		l.add(class, -1)
	}
}

// excess is how many users too many or too few a worker has.
type excess struct {
	load *workerLoad
	n    int
}

// spread finds who has more, and who less, than an equal share. Where the users do not
// divide evenly, those who have most keep one more.
func spread(loads []*workerLoad) (over, under []excess) {
	all := 0
	for _, l := range loads {
		all += l.total
	}
	byTotal := slices.SortedStableFunc(slices.Values(loads), func(x, y *workerLoad) int { return cmp.Compare(y.total, x.total) })
	for i, l := range byTotal {
		share := all / len(loads)
		if i < all%len(loads) {
			share++
		}
		switch {
		case l.total > share:
			over = append(over, excess{l, l.total - share})
		case l.total < share:
			under = append(under, excess{l, share - l.total})
		}
	}
	return over, under
}

// shift moves n users from one worker to another, each of the class in which the first is
// furthest ahead by then.
func shift(from, to *workerLoad, n int) {
	var rows []lead
	for _, class := range slices.Sorted(maps.Keys(from.counts)) {
		rows = append(rows, lead{class, from.counts[class] - to.counts[class], from.counts[class]})
	}
	most, least := math.MinInt, math.MaxInt
	for _, r := range rows {
		most, least = max(most, r.ahead), min(least, r.ahead-2*r.left)
	}
	// All leads above a level are used up, as far as n suffices, and of those at the level one user each.
	level := most - highest(n, func(down int) (need int) {
		if most-down < least {
			return n + 1
		}
		for _, r := range rows {
			need += r.above(most - down)
		}
		return need
	})
	moved := make([]int, len(rows))
	for i, r := range rows {
		moved[i] = r.above(level)
		n -= moved[i]
	}
	for i, r := range rows {
		if n > 0 && r.above(level-1) > moved[i] {
			moved[i]++
			n--
		}
	}
	for i, r := range rows {
		from.add(r.class, -moved[i])
		to.add(r.class, moved[i])
	}
}

// lead is how many more users of a class one worker has than another, and how many it can
// give. Each one given makes the lead smaller by two.
type lead struct {
	class       string
	ahead, left int
}

// above is how many users it gives while its lead is above a level.
func (l lead) above(level int) int { return min(max((l.ahead-level+1)/2, 0), l.left) }

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
