package report

import (
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// before is a sheet as it was after so many records, with nobody having ended it.
func before(s *sheet, records int) *sheet {
	s.run.Records = s.run.Records[:records]
	var kept []result.Amendment
	for _, a := range s.run.Amendments {
		if a.After <= records && a.End == nil {
			kept = append(kept, a)
		}
	}
	s.run.Amendments = kept
	return s
}

func TestUnfinished(t *testing.T) {
	grid := func() *sheet { return cases()["full"] }
	found := func() *sheet { return searching(v1alpha1.AnswerDemand, 100) }
	retried := before(grid(), 2)
	retried.run.Records[1].Terminal = false
	for name, c := range map[string]struct {
		of   *sheet
		want string
	}{
		"the whole grid":      {grid(), ""},
		"nothing yet":         {before(grid(), 0), "not at its end: 0 of 24 scenarios done"},
		"some of it":          {before(grid(), 2), "not at its end: 2 of 24 scenarios done, the last at 01:09 on 2 Jan 2026 UTC"},
		"one to be repeated":  {retried, "not at its end: 1 of 24 scenarios done, the last at 01:09 on 2 Jan 2026 UTC"},
		"a search":            {found(), ""},
		"a search under way":  {before(found(), 3), "not at its end: 3 scenarios done, about 6 left, the last at 01:11 on 2 Jan 2026 UTC"},
		"a search that began": {before(found(), 0), "not at its end: 0 of 24 scenarios done"},
		"ended by a limit":    {cases()["search-ended"], ""},
	} {
		m, err := New(&c.of.run)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Unfinished(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
