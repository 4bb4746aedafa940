package analysis

import (
	"cmp"
	"slices"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// Cost is what it costs to serve as a row did.
type Cost struct {
	Row Row
	// PodHours are those for a million requests that succeed.
	PodHours float64
	// PerHour is the price of the replicas, PerMillion that of a million requests that succeed.
	PerHour, PerMillion float64
	// Front tells that no other row is both cheaper, per million, and faster.
	Front bool
	// Answer tells that these are the fewest replicas that pass for its users.
	Answer bool
}

// P95 is the row's, in milliseconds.
func (c Cost) P95() float64 { return c.Row.Record.Measured.Latency.P95 }

// Costs prices the rows that were measured, are valid and pass, by users and then replicas.
func Costs(rows []Row, price v1alpha1.Pricing) []Cost {
	var out []Cost
	answered := map[int]bool{}
	for _, p := range proofs(rows) { // fewest replicas first
		for _, r := range p.Rows {
			c := costOf(r, price)
			c.Answer = !answered[p.Users]
			out = append(out, c)
		}
		answered[p.Users] = true
	}
	markFront(out)
	return out
}

// markFront marks what nothing beats: by rising price, each that is faster than all before.
func markFront(costs []Cost) {
	byPrice := make([]*Cost, len(costs))
	for i := range costs {
		byPrice[i] = &costs[i]
	}
	slices.SortFunc(byPrice, func(a, b *Cost) int {
		return cmp.Or(cmp.Compare(a.PerMillion, b.PerMillion), cmp.Compare(a.P95(), b.P95()))
	})
	var last *Cost
	for _, c := range byPrice {
		equal := last != nil && c.PerMillion == last.PerMillion && c.P95() == last.P95()
		if last == nil || c.P95() < last.P95() || equal {
			c.Front, last = true, c
		}
	}
}

func costOf(r Row, price v1alpha1.Pricing) Cost {
	replicas := float64(replicasOf(r))
	hours := replicas / (3600 * goodput(r)) * 1e6
	return Cost{Row: r, PodHours: hours, PerHour: replicas * price.PodHour, PerMillion: hours * price.PodHour}
}
