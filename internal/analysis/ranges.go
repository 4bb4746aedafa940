package analysis

import (
	"cmp"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/search"
)

// standing are the records that have a row. Of a range of users they come in the order of a
// matrix, with the bounds of each replica count among them, also where another backs them.
func standing(run *result.Run, slo []experiment.Objective) []result.Record {
	records := run.Rows()
	s := SearchOf(run, slo)
	if s == nil || !s.ranges() {
		return records
	}
	records = append(records, s.borrowed(records)...)
	slices.SortStableFunc(records, func(a, b result.Record) int {
		k, l := a.Key, b.Key
		return cmp.Or(k.Replicas-l.Replicas, k.Workers-l.Workers, k.Users-l.Users, k.Round-l.Round)
	})
	return records
}

// askedAbout are the rows of the numbers of users that were asked about.
func askedAbout(rows []Row) []Row {
	return keepRows(rows, func(r Row) bool { return r.Known == nil || !r.Known.Within })
}

// borrowed are the bounds that have no row of their own: they follow from the measurement of
// another replica count, or were measured as a check.
func (s *Search) borrowed(records []result.Record) (out []result.Record) {
	found := search.Conclude(s.Question, s.Seen)
	for _, replicas := range s.Question.Replicas {
		b := found.Capacity(replicas)
		for _, side := range []search.Finding{b.Passing, b.Failing} {
			here := func(r result.Record) bool { return cellOf(r.Key) == side.Cell }
			if side.Verdict != search.Open && !slices.ContainsFunc(records, here) {
				out = append(out, result.Record{
					Key: s.keysOf(side.Cell)[0], Role: result.RoleGrid, Status: result.Skipped, Engine: s.run.Header.Engine,
					Reasons: []string{"measured only to check what was inferred"}, // unless it was not at all, see Known.tell
				})
			}
		}
	}
	return out
}
