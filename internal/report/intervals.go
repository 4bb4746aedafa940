package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
)

// intervalColumns are the columns that show intervals: "rps", "p50", "p95", "p99".
type intervalColumns []string

// intervalChoices are what a table of a given width may show, the most first.
func intervalChoices() []intervalColumns {
	return []intervalColumns{allIntervals(), {"p50", "p95", "p99"}, {"p95", "p99"}, {"p95"}, {}}
}

func allIntervals() intervalColumns { return intervalColumns{"rps", "p50", "p95", "p99"} }

// with adds the intervals to a row's figures.
func (w written) with(i *analysis.Intervals, columns intervalColumns) written {
	if i == nil {
		return w
	}
	for _, c := range []struct {
		name  string
		cell  *string
		of    analysis.Interval
		write func(float64) string
	}{
		{"rps", &w.rps, i.RPS, Rate},
		{"p50", &w.median, i.P50, Millis},
		{"p95", &w.p95, i.P95, Millis},
		{"p99", &w.p99, i.P99, Millis},
	} {
		if *c.cell != "" && slices.Contains(columns, c.name) {
			*c.cell += " " + interval(c.of, c.write)
		}
	}
	return w
}

// interval writes "(560–680)", or "(560–)" where no upper bound is established.
func interval(i analysis.Interval, write func(float64) string) string {
	if math.IsInf(i.High, 1) {
		return fmt.Sprintf("(%s–)", write(i.Low))
	}
	return fmt.Sprintf("(%s–%s)", write(i.Low), write(i.High))
}

// Rate writes a rate with about three digits.
func Rate(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
