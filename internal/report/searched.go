package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// searched says what a search did: what it did not have to measure, what its checks found, and
// what it cost.
func (m *Model) searched() (out []string) {
	s := m.Search
	if s == nil {
		return nil
	}
	if text := inferred(s.Inferred); text != "" {
		out = append(out, text+": their verdicts follow from those that were measured")
	}
	if s.Ended != nil {
		out = append(out, ended(s))
	}
	for _, c := range s.Checks {
		text := c.Text
		if !c.Agrees {
			text += ": they differ, so trust what was inferred less, and measure it"
		}
		out = append(out, text)
	}
	return append(out, cost(s))
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

func ended(s *analysis.Searched) string {
	next := s.Ended.Next.Key
	return fmt.Sprintf("ended early: %s; %s not known; next would be %v, in about %s",
		s.Ended.Why, matrix.CountWere(s.Open, "scenario"), next, analysis.Seconds(math.Round(s.Ended.Seconds)))
}

// cost compares the search with the whole grid.
func cost(s *analysis.Searched) string {
	text := fmt.Sprintf("load: %v", s.Loaded)
	if s.Grid > s.Loaded {
		saved := 100 * (1 - s.Loaded.Seconds()/s.Grid.Seconds())
		text += fmt.Sprintf(", %.0f %% less than the about %v of the whole grid", saved, s.Grid)
	}
	return text
}
