package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Answer is one sentence of a run's result.
type Answer struct {
	Text string
	// Doubt is why it may be wrong; empty if nothing speaks against it.
	Doubt string
}

// Long has the doubt in full, Short says that there is one.
func (a Answer) Long() string { return a.with(a.Doubt) }

// Short is for where the doubt has been explained already.
func (a Answer) Short() string { return a.with("in doubt") }

func (a Answer) with(doubt string) string {
	if a.Doubt == "" {
		return a.Text
	}
	return a.Text + " (" + doubt + ")"
}

// Answers are the run's result: what a person who reads nothing else must know. With an SLO
// that is how many replicas are enough for each user count or, for a target with one replica
// count, the most users that pass; else the best throughput.
func (m *Model) Answers() []Answer {
	switch outage := m.outage(); {
	case outage != "":
		return []Answer{{Text: outage}}
	case !slices.ContainsFunc(m.Rows, func(r Row) bool { return r.Numbers() != nil }):
		return []Answer{{Text: "nothing was measured, see the notes"}}
	case len(m.SLO) == 0 && m.Findings.Ranked > 0:
		return []Answer{{Text: "best throughput: " + m.throughput()}}
	case len(m.SLO) == 0:
		return []Answer{{Text: "not known: no scenario gave a valid measurement with a successful request"}}
	case m.tooLittleSent():
		return []Answer{{Text: "no: no scenario passes, and only throughput is missed"}}
	case m.Search != nil && m.Search.Asked == v1alpha1.AnswerCapacity:
		return m.capacities()
	case len(m.Capacities) == 1:
		c := m.Capacities[0]
		return []Answer{{m.counted(c), inDoubt(c.Doubts, c.Beyond)}}
	}
	var out []Answer
	for _, d := range m.Demands {
		out = append(out, Answer{d.Sentence(), inDoubt(d.Doubts, d.Beyond)})
	}
	passes := func(c analysis.Capacity) bool { return c.Users > 0 }
	if len(m.Demands) > 1 && slices.ContainsFunc(m.Capacities, passes) {
		out = append(out, Answer{Text: "most users that pass: " + m.carried()})
	}
	return out
}

// outage says that nothing succeeded, and why; empty if something did, even in an INVALID
// window.
func (m *Model) outage() string {
	if m.Findings.Outages == 0 || slices.ContainsFunc(m.Rows, succeeded) {
		return ""
	}
	text := "every request failed"
	if len(m.Causes) > 0 {
		text += ": " + m.Causes[0].Text()
	}
	if more := len(m.Causes) - 1; more > 0 {
		text += fmt.Sprintf("; and %s", matrix.Count(more, "other cause"))
	}
	return text
}

// succeeded tells whether some request of the row succeeded.
func succeeded(r Row) bool {
	m := r.Numbers()
	return m != nil && m.Failures < m.Requests
}

// capacities answer for each replica count.
func (m *Model) capacities() (out []Answer) {
	for _, c := range m.Capacities {
		out = append(out, Answer{m.counted(c), inDoubt(c.Doubts, c.Beyond)})
	}
	return out
}

// counted is the answer for the only replica count, which is named if the target has replicas.
func (m *Model) counted(c analysis.Capacity) string {
	if !m.scaled() {
		return c.Sentence()
	}
	return matrix.Count(c.Replicas, "replica") + ": " + c.Sentence()
}

// scaled tells whether the target has replicas, and is not just an address.
func (m *Model) scaled() bool { return m.Header.Target != m.Header.Address }

// inDoubt says why an answer may be wrong. What the rows already say is left to the notes.
func inDoubt(doubts, beyond []string) string {
	switch {
	case len(doubts) == 0:
		return ""
	case len(beyond) == 0:
		return "in doubt, see the notes"
	}
	return "in doubt: " + strings.Join(beyond, "; ")
}

// carried is the reverse of the replicas needed, the users that pass: "none with 1 replica, 200 with 2 replicas".
func (m *Model) carried() string {
	parts := make([]string, len(m.Capacities))
	for i, c := range m.Capacities {
		parts[i] = fmt.Sprintf("%s with %s", carries(c), matrix.Count(c.Replicas, "replica"))
	}
	return strings.Join(parts, ", ")
}

func carries(c analysis.Capacity) string {
	switch {
	case c.Users > 0 && c.Over == nil && slices.ContainsFunc(slices.Concat(c.Open, c.NoData, c.Close), func(n int) bool { return n > c.Users }):
		return fmt.Sprintf("at least %d", c.Users)
	case c.Users > 0:
		return fmt.Sprint(c.Users)
	case len(c.Close) > 0:
		return "not clear"
	case len(c.Failed) == 0:
		return "not known"
	case len(c.NoData) > 0:
		return "none so far"
	}
	return "none"
}
