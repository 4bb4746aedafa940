package report

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// nearlyEven is the ratio of the largest share to an even one up to which there is nothing
// to show.
const nearlyEven = 1.2

// shares lists the scenarios whose replicas did not get even parts of the load.
func (d *markdown) shares() {
	var rows [][]string
	for _, r := range d.Rows {
		if s := r.Record.Observed.TargetShares; s != nil && s.MaxToMean > nearlyEven {
			rows = append(rows, shareRow(r, s))
		}
	}
	if len(rows) == 0 {
		return
	}
	d.section(2, "Load per Replica")
	d.table([]string{"Replicas", "Workers", "Users", "Least (%)", "Most (%)", "Even (%)", "Counted by"}, rows)
}

func shareRow(r Row, s *result.Shares) []string {
	var parts []float64
	for _, replica := range s.Replicas {
		parts = append(parts, replica.Share)
	}
	k := r.Record.Key
	percent := func(share float64) string { return fmt.Sprintf("%.1f", 100*share) }
	return []string{
		fmt.Sprint(k.Replicas), dash(known(r.Workers())), fmt.Sprint(k.Users),
		percent(slices.Min(parts)), percent(slices.Max(parts)), percent(1 / float64(len(parts))), escape(s.Source),
	}
}
