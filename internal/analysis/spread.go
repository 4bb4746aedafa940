package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

// Spread is how far the rounds of a scenario are apart. An interval is of one window, and
// knows nothing of what differs from one to the next (measuring.md 27).
type Spread struct {
	Scenario matrix.Scenario
	// Workers is the number of load generators, as of its rows.
	Workers int
	// Rounds counts those with numbers, which are at least two.
	Rounds             int
	P50, P95, P99, RPS Range
}

// Range is one number over the rounds.
type Range struct {
	Metric                    v1alpha1.Metric
	Smallest, Median, Largest float64
	// Interval is the median's, nil for fewer than six rounds: it holds the median of all
	// windows that there could be, whatever their law.
	Interval *Interval
	// Differs says that the rounds are further apart than their own intervals allow.
	Differs bool
}

// Ranges are the numbers, in the order of the tables.
func (s Spread) Ranges() []Range { return []Range{s.RPS, s.P50, s.P95, s.P99} }

// Spreads lists the scenarios with several valid rounds, in matrix order.
func Spreads(rows []Row) []Spread {
	if !repeats(rows) {
		return nil
	}
	var out []Spread
	groups := group(rows, scenarioOf)
	for i := range rows {
		scenario := scenarioOf(rows[i])
		valid := keepRows(groups[scenario], func(r Row) bool { return r.answered() != nil })
		if len(valid) > 1 {
			out = append(out, spreadOf(valid))
		}
		delete(groups, scenario) // in the order of the first row of each
	}
	return out
}

func spreadOf(rows []Row) Spread {
	of := func(metric v1alpha1.Metric, value func(*result.Measured) float64, within func(*Intervals) Interval) Range {
		rounds := make([]interval.Round, len(rows))
		for i, r := range rows {
			rounds[i] = interval.Round{Value: value(r.answered()), Low: math.Inf(-1), High: math.Inf(1)}
			if r.Intervals != nil {
				rounds[i].Low, rounds[i].High = within(r.Intervals).Low, within(r.Intervals).High
			}
		}
		return rangeOf(metric, rounds)
	}
	return Spread{
		Scenario: rows[0].Record.Key.Scenario, Workers: rows[0].Workers(), Rounds: len(rows),
		P50: of(v1alpha1.MetricP50, func(m *result.Measured) float64 { return m.Latency.P50 }, func(i *Intervals) Interval { return i.P50 }),
		P95: of(v1alpha1.MetricP95, func(m *result.Measured) float64 { return m.Latency.P95 }, func(i *Intervals) Interval { return i.P95 }),
		P99: of(v1alpha1.MetricP99, func(m *result.Measured) float64 { return m.Latency.P99 }, func(i *Intervals) Interval { return i.P99 }),
		RPS: of(v1alpha1.MetricRPS, func(m *result.Measured) float64 { return m.RPS }, func(i *Intervals) Interval { return i.RPS }),
	}
}

func rangeOf(metric v1alpha1.Metric, rounds []interval.Round) Range {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = r.Value
	}
	slices.Sort(values)
	n := len(values)
	out := Range{
		Metric: metric, Smallest: values[0], Median: (values[(n-1)/2] + values[n/2]) / 2, Largest: values[n-1],
		Differs: interval.Differ(rounds),
	}
	if low, high, ok := interval.Median(n); ok {
		out.Interval = &Interval{values[low-1], values[high-1]}
	}
	return out
}

// doubt says that the rounds differ, and in what; empty if they do not.
func (s Spread) doubt() string {
	var parts []string
	for _, r := range s.Ranges() {
		if r.Differs {
			parts = append(parts, r.text())
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("the rounds differ by more than their intervals allow (%s): what changes from window to window is more than an interval shows", strings.Join(parts, ", "))
}

func (r Range) text() string {
	if r.Metric == v1alpha1.MetricRPS {
		return fmt.Sprintf("%s %s to %s", r.Metric, threeDigits(r.Smallest), threeDigits(r.Largest))
	}
	return fmt.Sprintf("%s %s to %s", r.Metric, latency(r.Smallest), latency(r.Largest))
}

// doubtRounds adds to each row what is doubtful about the rounds of its scenario.
func doubtRounds(rows []Row) {
	texts := map[matrix.Scenario]string{}
	for _, s := range Spreads(rows) {
		texts[s.Scenario] = s.doubt()
	}
	for i := range rows {
		if text := texts[scenarioOf(rows[i])]; text != "" && rows[i].answered() != nil {
			rows[i].Doubts = append(rows[i].Doubts, text)
		}
	}
}
