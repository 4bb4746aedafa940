package report

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

const roundsURL = "https://github.com/swarmgrid/swarmgrid/blob/main/docs/method.md#rounds"

// rounds shows how far the rounds of a scenario are apart, which no interval of a window says.
func (d *markdown) rounds() {
	if len(d.Spreads) == 0 {
		return
	}
	d.section(2, "Rounds")
	d.table(d.roundsTable())
	d.line("\n%s ([how](%s)).", roundsText, roundsURL)
}

const roundsText = "The smallest, the median and the largest of the valid rounds. In brackets, for six or more of them: an interval of 95 % for the median"

func (m *Model) roundsTable() (header []string, rows [][]string) {
	for _, s := range m.Spreads {
		k := s.Scenario
		row := []string{fmt.Sprint(k.Replicas), dash(known(s.Workers)), fmt.Sprint(k.Users), fmt.Sprint(s.Rounds)}
		for _, r := range s.Ranges() {
			row = append(row, rangeCell(r))
		}
		rows = append(rows, row)
	}
	return []string{"Replicas", "Workers", "Users", "Rounds", "RPS", "Median (ms)", "P95 (ms)", "P99 (ms)"}, rows
}

// rangeCell writes "40 / 43 / 51 (41–50)".
func rangeCell(r analysis.Range) string {
	write := Millis
	if r.Metric == "rps" {
		write = Rate
	}
	text := fmt.Sprintf("%s / %s / %s", write(r.Smallest), write(r.Median), write(r.Largest))
	if r.Interval != nil {
		text += " " + interval(*r.Interval, write)
	}
	return text
}

// summarySpread is how far the rounds of a scenario are apart.
type summarySpread struct {
	matrix.Scenario
	WorkersFound int          `json:"workers_found"`
	Rounds       int          `json:"rounds"`
	P50          summaryRange `json:"p50_ms"`
	P95          summaryRange `json:"p95_ms"`
	P99          summaryRange `json:"p99_ms"`
	RPS          summaryRange `json:"rps"`
}

type summaryRange struct {
	Smallest float64 `json:"smallest"`
	Median   float64 `json:"median"`
	Largest  float64 `json:"largest"`
	// Interval is the median's, null for fewer than six rounds.
	Interval *summaryInterval `json:"median_interval"`
	// Differs says that the rounds are further apart than their own intervals allow.
	Differs bool `json:"differs"`
}

func summarizeSpreads(spreads []analysis.Spread) []summarySpread {
	out := []summarySpread{}
	for _, s := range spreads {
		out = append(out, summarySpread{
			s.Scenario, s.Workers, s.Rounds,
			summarizeRange(s.P50), summarizeRange(s.P95), summarizeRange(s.P99), summarizeRange(s.RPS),
		})
	}
	return out
}

func summarizeRange(r analysis.Range) summaryRange {
	return summaryRange{r.Smallest, r.Median, r.Largest, summarizeInterval(r.Interval), r.Differs}
}
