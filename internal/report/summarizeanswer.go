package report

import (
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

func summarizeDemand(d analysis.Demand) summaryDemand {
	return summaryDemand{
		Users: d.Users, Replicas: positive(d.Replicas), Workers: positive(d.Workers),
		Failed: Array(d.Failed), Close: Array(d.Close), NoData: Array(d.NoData), Doubts: Array(d.Doubts),
		Low: d.Low, High: positive(d.Replicas), Inefficient: d.Inefficient,
		Confidence: d.Confidence(), BackedBy: sidesOf(d.Short, d.Holds),
	}
}

func summarizeCapacity(c analysis.Capacity) summaryCapacity {
	out := summaryCapacity{
		Replicas: c.Replicas, Users: positive(c.Users),
		Failed: Array(c.Failed), Close: Array(c.Close), NoData: Array(c.NoData), Doubts: Array(c.Doubts),
		Low: positive(c.Users), Confidence: c.Confidence(), BackedBy: sidesOf(c.Holds, c.Over),
	}
	if c.Over != nil {
		out.High = new(c.Over.Users - 1)
	}
	return out
}

func sidesOf(sides ...*analysis.Side) []summarySide {
	out := []summarySide{}
	for _, s := range sides {
		if s != nil {
			out = append(out, summarySide{
				Scenario: matrix.Scenario{Replicas: s.Replicas, Workers: s.By.Workers, Users: s.Users},
				Verdict:  s.Verdict, Inferred: s.Inferred, By: s.By, Text: s.Text,
			})
		}
	}
	return out
}

func summarizeSearch(s *analysis.Searched) *summarySearch {
	if s == nil {
		return nil
	}
	out := &summarySearch{
		Answer: s.Asked, Inferred: s.Inferred, Loaded: s.Loaded.Seconds(), Grid: s.Grid.Seconds(), NotMonotone: Array(s.NotMonotone), Checks: []summaryCheck{},
	}
	for _, c := range s.Checks {
		out.Checks = append(out.Checks, summarizeCheck(c))
	}
	return out
}

func summarizeEnd(m *Model) *summaryEnd {
	if m.Ended == nil {
		return nil
	}
	return &summaryEnd{m.Ended.Why, m.Open, m.Ended.Next.Key, m.Ended.Seconds}
}

func summarizeCheck(c analysis.Check) summaryCheck {
	out := summaryCheck{
		Key: c.Record.Key, Role: c.Record.Role, Status: c.Record.Status, Reasons: Array(c.Record.Reasons),
		Agrees: c.Agrees, Sentence: c.Text,
	}
	if v := c.Judgement.Verdict; v != "" {
		out.Verdict = &v
	}
	if m := c.Record.Measured; m != nil && m.Requests > 0 {
		out.RPS, out.Latency = &m.RPS, &m.Latency
	}
	return out
}
