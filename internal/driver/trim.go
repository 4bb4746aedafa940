package driver

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// cuts make a record smaller, one after the other, until it fits: what a reader misses least
// goes first. None changes what the record points to.
func cuts() []func(*result.Record) {
	return []func(*result.Record){
		cutTaskBatches, cutSeries, keepRows(50), keepRows(20), keepRows(5), keepRows(0), cutBatches,
	}
}

// fit encodes a record so that later scenarios' records fit, too: what takes more than its
// share is cut, if need be to the bare numbers, and the record says so.
func (s *Store) fit(whole result.Record) ([]byte, error) {
	share := min(s.room()/max(manifests.RecordsPerScenario*s.ledger.Open(), 1), s.MaxBytes)
	r := whole
	line, err := result.EncodeRecord(r)
	for _, cut := range cuts() {
		if err != nil || len(compress(line)) <= share {
			break
		}
		cut(&r)
		line, err = result.EncodeRecord(warned(r, whole))
	}
	return line, err
}

// room is how many bytes the shards still take.
func (s *Store) room() int {
	return (len(s.shards)-s.last)*s.MaxBytes - len(compress(s.lines))
}

func cutTaskBatches(r *result.Record) {
	if r.Measured != nil {
		whole := r.Measured.Batches
		r.Measured = r.Measured.WithoutBatches()
		r.Measured.Batches = whole
	}
}

func cutBatches(r *result.Record) {
	if r.Measured != nil {
		r.Measured = r.Measured.WithoutBatches()
	}
}

func cutSeries(r *result.Record) { r.Series = nil }

// keepRows keeps the n rows with the highest counts of both tables.
func keepRows(n int) func(*result.Record) {
	return func(r *result.Record) {
		if r.Measured == nil {
			return
		}
		m := *r.Measured
		m.Endpoints = most(m.Endpoints, n, func(e result.EndpointResult) int64 { return e.Requests })
		m.Errors = most(m.Errors, n, func(e result.ErrorCount) int64 { return e.Occurrences })
		r.Measured = &m
	}
}

// warned adds to a cut record what the whole one had.
func warned(r, whole result.Record) result.Record {
	var missing []string
	if whole.Series != nil && r.Series == nil {
		missing = append(missing, "its course in seconds")
	}
	if m, all := r.Measured, whole.Measured; all != nil {
		switch {
		case m.Batches != all.Batches:
			missing = append(missing, "the batches that intervals are made from")
		case batched(m) < batched(all):
			missing = append(missing, "the batches of single tasks, without which their percentiles have no intervals")
		}
		if n := len(all.Endpoints) - len(m.Endpoints); n > 0 {
			missing = append(missing, fmt.Sprintf("%d of %s, those with the fewest requests", n, matrix.Count(len(all.Endpoints), "task")))
		}
		if n := len(all.Errors) - len(m.Errors); n > 0 {
			missing = append(missing, fmt.Sprintf("%d of %s", n, matrix.Count(len(all.Errors), "error")))
		}
	}
	if len(missing) > 0 {
		r.Warnings = append(slices.Clone(whole.Warnings), "the journal in the cluster has no room for everything: left out are "+strings.Join(missing, "; "))
	}
	return r
}

// batched counts the tasks with batches.
func batched(m *result.Measured) (n int) {
	for _, e := range m.Endpoints {
		if e.Batches != "" {
			n++
		}
	}
	return n
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
