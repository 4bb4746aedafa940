package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Answer is one sentence of a run's result.
type Answer struct {
	// Text has what backs it in brackets; Head is it without, and Why what is in them. Where
	// nothing is in brackets there is only Text.
	Text, Head, Why string
	// Doubt is why it may be wrong; empty if nothing speaks against it.
	Doubt string
	Kind  AnswerKind
	// By are the scenarios that show it.
	By []matrix.Scenario
}

// AnswerKind is how far an answer goes.
type AnswerKind string

// The kinds. The zero value is of an answer of which nothing is in doubt.
const (
	Doubtful AnswerKind = "doubtful"
	// Unanswered: too close to call, or not measured.
	Unanswered AnswerKind = "open"
	// NonePasses: that is known.
	NonePasses AnswerKind = "none"
)

// Bare is the answer without what backs it.
func (a Answer) Bare() string { return cmp.Or(a.Head, a.Text) }

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
		return []Answer{{Text: outage, Kind: NonePasses}}
	case !slices.ContainsFunc(m.Rows, func(r Row) bool { return r.Numbers() != nil }):
		return []Answer{{Text: "nothing was measured, see the notes", Kind: Unanswered}}
	case len(m.SLO) == 0 && m.Findings.Ranked > 0:
		return []Answer{{Text: "best throughput: " + m.throughput()}}
	case len(m.SLO) == 0:
		return []Answer{{Text: "not known: no scenario gave a valid measurement with a successful request", Kind: Unanswered}}
	case m.tooLittleSent():
		return []Answer{{Text: "no: no scenario passes, and only throughput is missed", Kind: NonePasses}}
	case len(m.Capacities) == 1, m.Search != nil && m.Search.Asked == v1alpha1.AnswerCapacity:
		return m.capacities()
	}
	var out []Answer
	for _, d := range m.Demands {
		out = append(out, needed(d))
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
		a := Answer{
			Text: m.counted(c, c.Sentence()), Head: m.counted(c, c.Answer()), Why: c.Why(),
			Doubt: inDoubt(c.Doubts, c.Beyond), By: shownBy(c.Holds, c.Over),
		}
		known := len(c.Close)+len(c.NoData)+len(c.Open)+len(c.Unreached) == 0 && len(c.Failed) > 0
		a.Kind = kindOf(c.Users > 0, known, a.Doubt)
		out = append(out, a)
	}
	return out
}

// needed is the answer for a number of users.
func needed(d analysis.Demand) Answer {
	a := Answer{
		Text: d.Sentence(), Head: matrix.Count(d.Users, "user") + ": " + d.Answer(), Why: d.Why(),
		Doubt: inDoubt(d.Doubts, d.Beyond), By: shownBy(d.Short, d.Holds),
	}
	switch {
	case d.Replicas > 0 && d.Users == 1:
		a.Head = "1 user needs " + d.Answer()
	case d.Replicas > 0:
		a.Head = fmt.Sprintf("%d users need %s", d.Users, d.Answer())
	}
	known := len(d.Close)+len(d.NoData)+len(d.Open)+len(d.Unreached) == 0 && len(d.Failed)+len(d.Inefficient) > 0
	a.Kind = kindOf(d.Replicas > 0, known, a.Doubt)
	return a
}

// kindOf tells how far an answer goes: whether something passes, or is known not to.
func kindOf(passes, known bool, doubt string) AnswerKind {
	switch {
	case passes && doubt != "":
		return Doubtful
	case passes:
		return ""
	case known:
		return NonePasses
	}
	return Unanswered
}

func shownBy(sides ...*analysis.Side) (out []matrix.Scenario) {
	for _, s := range sides {
		if s != nil {
			out = append(out, s.By)
		}
	}
	return out
}

// counted is an answer for a replica count, which is named if the target has replicas.
func (m *Model) counted(c analysis.Capacity, answer string) string {
	if !m.scaled() {
		return answer
	}
	return matrix.Count(c.Replicas, "replica") + ": " + answer
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
