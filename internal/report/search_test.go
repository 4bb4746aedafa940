package report

import (
	"slices"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// searching is a run that searched the full matrix, up to so many scenarios.
func searching(answer v1alpha1.Answer, most int) *sheet {
	return search(newSheet(full(), latencySLO()...), answer, most)
}

// ranging is one that searched a range of users.
func ranging(most int) *sheet {
	s := newSheet(small([]int{1, 2, 3}, []int{4, 8}, []int{50, 700}), latencySLO()...)
	s.run.Header.Within = .05
	return search(s, v1alpha1.AnswerCapacity, most)
}

func search(s *sheet, answer v1alpha1.Answer, most int) *sheet {
	s.run.Header.Answer = answer
	slo, err := experiment.ParseObjectives(s.run.Header.SLO)
	if err != nil {
		panic(err)
	}
	for range most {
		next, _, more := analysis.SearchOf(&s.run, slo).Next()
		if !more {
			return s
		}
		if !slices.Contains(s.run.Planned(), next) {
			s.amend(result.Amendment{Scenarios: &result.Scenarios{Time: epoch, Version: "v0.1.0", Planned: []result.Planned{next}}})
		}
		r := s.record(next.Key, result.Success)
		r.Role = next.Role
		rps, p50 := model(next.Key)
		measure(&r, rps, max(p50, 40), 0)
		s.add(r)
	}
	next, _, _ := analysis.SearchOf(&s.run, slo).Next()
	s.amend(result.Amendment{End: &result.End{
		Time: epoch, Version: "v0.1.0", Why: "the budget of 8m0s of load does not suffice for another scenario", Next: next, Seconds: 147.25,
	}})
	return s
}

func (s *sheet) amend(a result.Amendment) {
	a.After = len(s.run.Records)
	s.run.Amendments = append(s.run.Amendments, a)
}

// TestSearchExit: what a search did not have to measure is no failure to measure, and what a
// limit left out is not decided.
func TestSearchExit(t *testing.T) {
	for name, want := range map[string]int{"search": 0, "search-capacity": 0, "search-ended": analysis.ExitClose, "search-range": 0, "search-range-ended": analysis.ExitClose} {
		m, err := New(&cases()[name].run)
		if err != nil {
			t.Fatal(err)
		}
		if m.Exit != want {
			t.Errorf("%s: exit code %d, want %d: %s", name, m.Exit, want, m.Gate.Sentence)
		}
	}
}
