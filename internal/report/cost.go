package report

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
)

// cost lists what the rows that pass cost, if somebody said what a replica costs.
func (d *markdown) cost() {
	p := d.Pricing
	if p == nil {
		return
	}
	d.section(2, "Cost")
	if len(d.Costs) == 0 {
		d.line("No measured scenario passes an SLO, so there is nothing to price.")
		return
	}
	d.line("At %v %s per replica and hour; a million requests are of those that succeed.\n", p.PodHour, escape(p.Currency))
	var rows [][]string
	for _, c := range d.Costs {
		rows = append(rows, costRow(c, d.Rounds))
	}
	header := []string{"Replicas", "Workers", "Users", "P95 (ms)", "Pod-hours per million", escape(p.Currency) + " per hour", escape(p.Currency) + " per million", "Notes"}
	if d.Rounds {
		header = append([]string{"Round"}, header...)
	}
	d.table(header, rows)
	d.line("\nFront: no other row is both cheaper per million and faster (p95).")
}

func costRow(c analysis.Cost, rounds bool) []string {
	k := c.Row.Record.Key
	cells := []string{
		fmt.Sprint(k.Replicas), dash(known(c.Row.Workers())), fmt.Sprint(k.Users), fmt.Sprint(analysis.WholeMillis(c.P95())),
		amount(c.PodHours), amount(c.PerHour), amount(c.PerMillion), dash(costNote(c)),
	}
	if rounds {
		cells = append([]string{fmt.Sprint(k.Round)}, cells...)
	}
	return cells
}

// amount keeps what is cheap apart from what is free.
func amount(v float64) string {
	if v < .1 {
		return fmt.Sprintf("%.2g", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func costNote(c analysis.Cost) string {
	switch {
	case c.Front && c.Answer:
		return "fewest that pass, front"
	case c.Answer:
		return "fewest that pass"
	case c.Front:
		return "front"
	}
	return ""
}
