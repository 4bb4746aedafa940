package driver

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// keepSteps are how many rows of a record's tables are kept at most, where all are
// too many. Twenty fit into what manifests.Shards plans for.
func keepSteps() []int { return []int{50, 20, 5, 0} }

// fit encodes a record so that later scenarios' records fit, too: tables that take more
// than their share are cut, if need be to nothing.
func (s *Store) fit(r result.Record) ([]byte, error) {
	line, err := result.EncodeRecord(r)
	if err != nil || r.Measured == nil {
		return line, err
	}
	share := min(s.room()/max(manifests.RecordsPerScenario*s.ledger.Open(), 1), s.MaxBytes)
	for _, keep := range keepSteps() {
		if len(compress(line)) <= share {
			break
		}
		if line, err = result.EncodeRecord(trim(r, keep)); err != nil {
			return nil, err
		}
	}
	return line, nil
}

// room is how many bytes the shards still take.
func (s *Store) room() int {
	return (len(s.shards)-s.last)*s.MaxBytes - len(compress(s.lines))
}

// trim keeps the rows with the highest counts of both tables, and says how many it
// left out.
func trim(r result.Record, keep int) result.Record {
	m := *r.Measured
	m.Endpoints = most(m.Endpoints, keep, func(e result.EndpointResult) int64 { return e.Requests })
	m.Errors = most(m.Errors, keep, func(e result.ErrorCount) int64 { return e.Occurrences })
	endpoints, errs := len(r.Measured.Endpoints)-len(m.Endpoints), len(r.Measured.Errors)-len(m.Errors)
	if endpoints+errs == 0 {
		return r
	}
	r.Warnings = append(slices.Clone(r.Warnings), fmt.Sprintf(
		"the journal in the cluster has no room for everything: left out are %d of %d tasks, those with the fewest requests, and %d of %d errors",
		endpoints, len(r.Measured.Endpoints), errs, len(r.Measured.Errors)))
	r.Measured = &m
	return r
}

// most keeps the n rows with the highest counts, in their order.
func most[T any](rows []T, n int, count func(T) int64) []T {
	if len(rows) <= n {
		return rows
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(count(rows[b]), count(rows[a])) })
	order = order[:n]
	slices.Sort(order)
	kept := make([]T, n)
	for i, at := range order {
		kept[i] = rows[at]
	}
	return kept
}
