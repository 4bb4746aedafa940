package run

import (
	"cmp"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// keepBatches adds the window in parts to what was measured: the whole, and of the endpoints
// those with the most requests.
func (w *window) keepBatches(m *result.Measured) {
	seconds := int(w.to - w.from)
	whole, parts := stats.NewBatches(seconds), map[stats.Endpoint]stats.Batches{}
	for _, e := range busiest(m.Endpoints, result.MaxBatched) {
		parts[e] = stats.NewBatches(seconds)
	}
	for s := range w.slices() {
		second := int(s.Second - w.from)
		whole.At(second).Merge(s.Tally)
		if part := parts[s.Endpoint]; part != nil {
			part.At(second).Merge(s.Tally)
		}
	}
	m.Batches = text(whole)
	for i, e := range m.Endpoints {
		if part := parts[e.Endpoint]; part != nil {
			m.Endpoints[i].Batches = text(part)
		}
	}
}

// busiest are the n endpoints with the most requests.
func busiest(endpoints []result.EndpointResult, n int) (out []stats.Endpoint) {
	order := slices.Clone(endpoints)
	slices.SortStableFunc(order, func(a, b result.EndpointResult) int { return cmp.Compare(b.Requests, a.Requests) })
	for _, e := range order[:min(n, len(order))] {
		if e.Requests > 0 {
			out = append(out, e.Endpoint)
		}
	}
	return out
}

// text is empty for what cannot be encoded: the intervals are then not known.
func text(b stats.Batches) string {
	encoded, err := b.Encode()
	if err != nil {
		return ""
	}
	return encoded
}
