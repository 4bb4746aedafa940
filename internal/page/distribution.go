package page

import (
	"github.com/swarmgrid/swarmgrid/internal/report"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// distribution is of all requests of a window, where it was kept in batches.
func (b *builder) distribution(r report.Row) *Distribution {
	m := numbers(r)
	if m == nil || m.Batches == "" {
		return nil
	}
	batches, err := b.batches.Decode(m.Batches)
	if err != nil {
		return nil // a journal that somebody has changed
	}
	all := stats.NewHistogram()
	for _, part := range batches {
		all.Merge(part.OK)
		all.Merge(part.Failed)
	}
	n := float64(all.Count())
	if n == 0 {
		return nil
	}
	out := &Distribution{Percentiles: []float64{}, Millis: []float64{}}
	for _, p := range percentiles() {
		if (1-p/100)*n < 1-1e-9 {
			break // no request lies above it
		}
		// A batch keeps the lowest of the values that it counts together: the middle is nearer.
		ms := result.Millis(all.Quantile(p/100)) * (1 + stats.Coarse/2)
		out.Percentiles, out.Millis = append(out.Percentiles, p), append(out.Millis, digits(min(ms, m.Latency.Max), 4))
	}
	return out
}

// percentiles are denser towards 100.
func percentiles() (out []float64) {
	for _, part := range []struct {
		from, step float64
		n          int
	}{{0, 2.5, 36}, {90, 1, 9}, {99, .1, 9}, {99.9, .01, 10}} {
		for i := range part.n {
			out = append(out, digits(part.from+float64(i)*part.step, 6))
		}
	}
	return out
}
