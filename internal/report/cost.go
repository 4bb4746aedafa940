package report

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
)

// cost lists what the rows that pass cost, if somebody said what a replica costs.
func (d *markdown) cost() {
	if d.Pricing == nil {
		return
	}
	d.section(2, "Cost")
	if len(d.Costs) == 0 {
		d.line(nothingPriced)
		return
	}
	d.line("%s\n", escape(d.priced()))
	d.table(d.costTable(escape))
	d.line("\n%s", costFront)
}

const (
	nothingPriced = "No measured scenario passes an SLO, so there is nothing to price."
	costFront     = "Front: no other row is both cheaper per million and faster (p95)."
)

// priced says what prices are of.
func (m *Model) priced() string {
	return fmt.Sprintf("At %v %s per replica and hour; a million requests are of those that succeed.", m.Pricing.PodHour, m.Pricing.Currency)
}

// costTable has foreign text as write has it.
func (m *Model) costTable(write func(string) string) (header []string, rows [][]string) {
	for _, c := range m.Costs {
		rows = append(rows, costRow(c, m.Rounds))
	}
	currency := write(m.Pricing.Currency)
	header = []string{"Replicas", "Workers", "Users", "P95 (ms)", "Pod-hours per million", currency + " per hour", currency + " per million", "Notes"}
	if m.Rounds {
		header = append([]string{"Round"}, header...)
	}
	return header, rows
}

func costRow(c analysis.Cost, rounds bool) []string {
	k := c.Row.Record.Key
	cells := []string{
		fmt.Sprint(k.Replicas), dash(known(c.Row.Workers())), fmt.Sprint(k.Users), fmt.Sprint(analysis.WholeMillis(c.P95())),
		Amount(c.PodHours), Amount(c.PerHour), Amount(c.PerMillion), dash(costNote(c)),
	}
	if rounds {
		cells = append([]string{fmt.Sprint(k.Round)}, cells...)
	}
	return cells
}

// Amount writes a price, and keeps what is cheap apart from what is free.
func Amount(v float64) string {
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
