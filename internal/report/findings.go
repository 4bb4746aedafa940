package report

import (
	"fmt"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// The sentences of the findings, shared by Markdown and the terminal.

const noBest = "none, as no scenario gave a valid measurement with a successful request"

func (m *Model) objectives() string { return objectivesText(m.SLO) }

func objectivesText(slo []experiment.Objective) string {
	if len(slo) == 0 {
		return "none"
	}
	return words.OneLine(analysis.Objectives(slo)) // it may name tasks
}

func (m *Model) throughput() string {
	f := m.Findings
	if f.Throughput == nil {
		return noBest
	}
	s := fmt.Sprintf("%s RPS with %s", rps(f.Throughput.Row), m.placed(*f.Throughput))
	if f.Flattered != nil {
		s += fmt.Sprintf("; %s did %s RPS, but of its requests %s failed", f.Flattered.Name(), rps(*f.Flattered), failures(*f.Flattered))
	}
	return s
}

func (m *Model) latency() string {
	switch f := m.Findings; {
	case f.Latency != nil:
		return fmt.Sprintf("%s median with %s", median(f.Latency.Row), m.placed(*f.Latency))
	case f.Ranked > 0:
		return "none, as in every scenario most requests failed"
	default:
		return noBest
	}
}

func (m *Model) averageThroughput() string {
	if m.Findings.Ranked == 0 {
		return "none"
	}
	return fmt.Sprintf("%s RPS%s", analysis.FormatRPS(m.Findings.AverageRPS), m.over())
}

func (m *Model) averageMedian() string {
	if m.Findings.Ranked == 0 {
		return "none"
	}
	return Millis(m.Findings.AverageMedian) + "ms" + m.over()
}

// over says what an average is over: a matrix has different scenarios, and none of them
// behaves like their mean.
func (m *Model) over() string {
	f := m.Findings
	switch {
	case f.Scenarios == 1:
		return " (one scenario)"
	case f.Ranked == 1:
		return " (one scenario with valid data)"
	case f.Ranked < f.Scenarios:
		return fmt.Sprintf(" (mean of the %s with valid data, true of none of them)", matrix.Count(f.Ranked, "scenario"))
	default:
		return fmt.Sprintf(" (mean of %s, true of none of them)", matrix.Count(f.Ranked, "scenario"))
	}
}

func (m *Model) successRate() string {
	f := m.Findings
	s := fmt.Sprintf("%d/%d scenarios", f.Succeeded, f.Scenarios)
	switch n, most := m.failing(); {
	case n > 0 && f.Scenarios == 1:
		s += fmt.Sprintf(", but %s %% of its requests failed", analysis.FormatPercent(most))
	case n > 0:
		s += fmt.Sprintf(", but requests failed in %d of them, %s %% at the worst", n, analysis.FormatPercent(most))
	}
	return s
}

// failing counts the measured scenarios with failed requests, and finds the worst of them.
func (m *Model) failing() (n int, most float64) {
	for _, r := range m.Rows {
		if measured := r.Record.Measured; r.Record.Status == result.Success && measured != nil && measured.Failures > 0 {
			n, most = n+1, max(most, analysis.FailurePercent(measured.Failures, measured.Requests))
		}
	}
	return n, most
}

// placed says where a best value was seen, what else is as good, and how far to trust it.
func (m *Model) placed(b analysis.Best) string {
	var remarks []string
	if m.Findings.Scenarios == 1 {
		remarks = append(remarks, "the only scenario")
	} else if m.Findings.Ranked == 1 {
		remarks = append(remarks, "the only one with valid data")
	}
	if b.Row.Judgement.Verdict == analysis.Fail {
		remarks = append(remarks, "fails the SLO")
	}
	if b.Row.Record.Measured.Failures > 0 {
		remarks = append(remarks, failures(b.Row)+" failed")
	}
	if notes := m.notesOf(b.Row.Record.Key); len(notes) > 0 {
		remarks = append(remarks, "see "+noteNumbers(notes))
	}
	s := b.Row.Name()
	if len(remarks) > 0 {
		s += " (" + strings.Join(remarks, "; ") + ")"
	}
	return s + tied(b.Ties)
}

// noteNumbers writes "note 1" or "notes 1, 3".
func noteNumbers(notes []int) string {
	if len(notes) == 1 {
		return "note " + numbers(notes)
	}
	return "notes " + numbers(notes)
}

func (m *Model) notesOf(k matrix.Key) []int {
	for _, r := range m.Rows {
		if r.Record.Key == k {
			return r.Notes
		}
	}
	return nil
}

func tied(ties []analysis.Row) string {
	const most = 3
	if len(ties) == 0 {
		return ""
	}
	var names []string
	for _, r := range ties[:min(len(ties), most)] {
		names = append(names, r.Name())
	}
	s := ", tied with " + strings.Join(names, "; ")
	if more := len(ties) - most; more > 0 {
		s += fmt.Sprintf("; and %d more", more)
	}
	return s
}

func rps(r analysis.Row) string { return analysis.FormatRPS(r.Record.Measured.RPS) }

func median(r analysis.Row) string {
	return Millis(r.Record.Measured.Latency.P50) + "ms"
}

func failures(r analysis.Row) string {
	m := r.Record.Measured
	return analysis.FormatPercent(analysis.FailurePercent(m.Failures, m.Requests)) + " %"
}
