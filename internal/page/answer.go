package page

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

func (b *builder) answer() {
	of := map[matrix.Scenario][]int{}
	for i, r := range b.doc.Rows {
		of[r.Scenario] = append(of[r.Scenario], i)
	}
	a := Answer{Lines: []Line{}, Gate: b.gate(), Spent: report.Capital(b.Spent()), Search: []string{}, Load: b.load(of)}
	for _, said := range b.Answers() {
		line := Line{
			Text: words.OneLine(said.Bare()), Why: words.OneLine(said.Why), Doubt: words.OneLine(said.Doubt),
			State: cmp.Or(string(said.Kind), "answered"), BackedBy: []int{},
		}
		for _, s := range said.By {
			line.BackedBy = append(line.BackedBy, of[s]...)
		}
		slices.Sort(line.BackedBy)
		line.BackedBy = slices.Compact(line.BackedBy)
		a.Lines = append(a.Lines, line)
	}
	for _, text := range b.Searching() {
		a.Search = append(a.Search, report.Capital(words.OneLine(text)))
	}
	a.Title = b.doc.Run.Name + ": " + headline(a.Lines)
	b.doc.Answer = a
}

// headline is the answer for the heaviest load that has one.
func headline(lines []Line) string {
	for _, l := range slices.Backward(lines) {
		if len(l.BackedBy) > 0 && (l.State == "answered" || l.State == "doubtful") {
			return l.Text
		}
	}
	return lines[0].Text
}

// soFar begins what a run that is not at its end may yet change.
func (b *builder) soFar() string {
	if b.Unfinished() == "" || b.Gate.Sentence == "" {
		return ""
	}
	return "so far, "
}

func (b *builder) gate() Gate {
	g := Gate{State: "met", Text: report.Capital(b.soFar() + words.OneLine(b.Gate.Sentence))}
	switch {
	case b.Gate.Missed:
		g.State = "missed"
	case b.Gate.Close:
		g.State = "borderline"
	case len(b.SLO) == 0:
		g.State, g.Text = "off", "No SLO, so nothing is judged; judge this run by one with swarmgrid report DIR --slo 'p95<200ms'"
	case b.Gate.Sentence == "":
		g.State, g.Text = "off", "The gate is off"
	}
	return g
}

func (b *builder) load(of map[matrix.Scenario][]int) Load {
	e := analysis.Expect(b.judged, b.Demands, b.Capacities)
	out := Load{Min: e.Min, Max: e.Max, Steps: []Step{}, Below: report.Capital(e.Below), Beyond: report.Capital(e.Beyond)}
	for _, s := range e.Steps {
		out.Steps = append(out.Steps, b.step(s, of))
	}
	return out
}

func (b *builder) step(s analysis.Step, of map[matrix.Scenario][]int) Step {
	out := Step{From: s.From, To: s.To, Text: report.Capital(s.Text()), Inferred: s.Inferred(), Doubtful: len(s.Doubts) > 0}
	if s.Replicas > 0 {
		out.Replicas = &s.Replicas
	}
	if s.Holds == nil {
		return out
	}
	if s.Holds.Inferred {
		out.Text += fmt.Sprintf(", inferred from %s", matrix.Count(s.Holds.By.Users, "user"))
		if s.Holds.By.Replicas != s.Replicas {
			out.Text += " with " + matrix.Count(s.Holds.By.Replicas, "replica")
		}
	}
	for _, i := range of[s.Holds.By] {
		if out.Row == nil || b.doc.Rows[*out.Row].State != Pass {
			out.Row = &i
		}
	}
	return out
}
