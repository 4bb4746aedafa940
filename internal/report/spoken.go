package report

import (
	"unicode"
	"unicode/utf8"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// What the reports say, for another renderer of them.

// Capital gives a text its capital, but for a name as p95.
func Capital(s string) string {
	if s == "" || len(s) > 1 && s[1] >= '0' && s[1] <= '9' {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// Errors are the failures of a window, the most frequent first.
func Errors(m *result.Measured) []result.ErrorCount { return sorted(m.Errors) }

// Objectives is the SLO on one line.
func (m *Model) Objectives() string { return m.objectives() }

// OwnObjectives is the run's own SLO, if the report was given another.
func (m *Model) OwnObjectives() string { return objectivesText(m.OwnSLO) }

// Window says how long a scenario was measured.
func (m *Model) Window() string { return windowText(m.Header) }

// SuccessRate says how many scenarios were measured, and how many of them had failed requests.
func (m *Model) SuccessRate() string { return m.successRate() }

// BestThroughput is the largest rate, and where it was seen.
func (m *Model) BestThroughput() string { return m.throughput() }

// BestLatency is the smallest median, and where it was seen.
func (m *Model) BestLatency() string { return m.latency() }

// Generator is the most that the load generator used, and was late; empty where that is not known.
func (m *Model) Generator() string { return m.instrumentText() }

// Remedies are what to do about the findings that the notes name, by the check's id.
func (m *Model) Remedies() (out [][2]string) {
	for _, r := range m.remedies() {
		out = append(out, [2]string{r.id, r.text})
	}
	return out
}

// Judged are all rows as they were judged, with those that a search inferred.
func (m *Model) Judged() []analysis.Row {
	out := make([]analysis.Row, len(m.All))
	for i, r := range m.All {
		out[i] = r.Row
	}
	return out
}

// QueueName is which queue was fitted.
func QueueName(a analysis.Advice) string { return queueName(a.Queues) }
