package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// searched says what a limit left out, and what a search did and cost.
func (m *Model) searched() []string {
	if m.Search == nil {
		return m.Searching()
	}
	return append(m.Searching(), m.Spent())
}

// Searching says what a limit left out, what a search did not have to measure, and what its
// checks found.
func (m *Model) Searching() (out []string) {
	if m.Ended != nil {
		out = append(out, m.ended())
	}
	s := m.Search
	if s == nil {
		return out
	}
	if m.Ended == nil && s.Rest > 0 {
		out = append(out, m.rest())
	}
	if text := inferred(s.Inferred); text != "" {
		out = append(out, text+": this follows from those that were measured")
	}
	out = append(out, s.NotMonotone...)
	out = append(out, s.Confirmed...)
	for _, c := range s.Checks {
		text := c.Text
		if !c.Agrees {
			text += ": they differ, so trust what was inferred less, and measure it"
		}
		out = append(out, text)
	}
	return out
}

// Spent is how long the target was loaded, of a search compared with the whole grid.
func (m *Model) Spent() string {
	if m.Search == nil {
		return fmt.Sprintf("time under load: %v", m.Loaded)
	}
	return searchCost(m.Search)
}

// inferred reads "9 more scenarios pass and 2 fail".
func inferred(n map[analysis.Verdict]int) string {
	var parts []string
	for _, v := range []struct {
		verdict   analysis.Verdict
		one, many string
	}{{analysis.Pass, "passes", "pass"}, {analysis.Fail, "fails", "fail"}, {analysis.Borderline, "is too close to call or worse", "are too close to call or worse"}} {
		count := n[v.verdict]
		if count == 0 {
			continue
		}
		subject := fmt.Sprint(count)
		if len(parts) == 0 {
			subject = matrix.Count(count, "more scenario")
		}
		verb := v.many
		if count == 1 {
			verb = v.one
		}
		parts = append(parts, subject+" "+verb)
	}
	return strings.Join(parts, ", ")
}

func (m *Model) ended() string {
	open := fmt.Sprintf("of %s nothing is known", matrix.Count(m.Open, "scenario"))
	if m.Open == 0 {
		open = "only checks are left"
	}
	text := fmt.Sprintf("ended early: %s; %s; next would be %v, in about %s",
		m.Ended.Why, open, m.Ended.Next.Key, analysis.Seconds(math.Round(m.Ended.Seconds)))
	if narrows := m.narrows(m.Ended.Next.Key); narrows != "" {
		text += ", and then " + narrows
	}
	if s := m.Search; s != nil {
		text += fmt.Sprintf("; all that is left would take about %s, %v", matrix.Count(s.Rest, "scenario"), s.RestTime)
	}
	return text + ": continue with --resume DIR and more of it (--budget, --max-time)"
}

// rest says what a search has not come to.
func (m *Model) rest() string {
	if m.SLOFrom == FromReport {
		return fmt.Sprintf("the search went by the run's own SLO; by this one it would have measured about %s more", matrix.Count(m.Search.Rest, "scenario"))
	}
	return fmt.Sprintf("the search is not at its end: about %s left, %v; --resume goes on", matrix.Count(m.Search.Rest, "scenario"), m.Search.RestTime)
}

// narrows says what one more scenario would do to the answer; empty if it only checks one.
func (m *Model) narrows(next matrix.Key) string {
	if m.Search != nil && m.Search.Asked == v1alpha1.AnswerCapacity {
		for _, c := range m.Capacities {
			if c.Replicas == next.Replicas {
				return c.Narrowed(next.Users)
			}
		}
		return ""
	}
	for _, d := range m.Demands {
		if d.Users == next.Users {
			return d.Narrowed(next.Replicas)
		}
	}
	return ""
}

// searchCost compares the search with the whole grid.
func searchCost(s *analysis.Searched) string {
	text := fmt.Sprintf("time under load: %v", s.Loaded)
	switch saved := s.Saved(); {
	case saved == nil || *saved == 0:
	case *saved > 0:
		text += fmt.Sprintf(", %.0f %% less than the about %v of the whole grid", 100**saved, s.Grid)
	default:
		text += fmt.Sprintf("; the whole grid would have taken about %v, since a search of few scenarios repeats and checks more than it saves", s.Grid)
	}
	return text
}
