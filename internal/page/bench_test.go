package page

import (
	"io"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/report"
)

// BenchmarkPage makes the page of a run: 24 scenarios second by second, and the largest matrix
// that an experiment may have.
func BenchmarkPage(b *testing.B) {
	for name, m := range map[string]*report.Model{"24": whole(b, 24, 150), "10000": largest(b)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := Write(io.Discard, New(m, "")); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size(b, m)), "bytes")
		})
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

func size(t testing.TB, m *report.Model) int {
	t.Helper()
	var n counter
	if err := Write(&n, New(m, "")); err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// largest is a matrix of 10,000 scenarios, each as in wholeRun.
func largest(t testing.TB) *report.Model {
	t.Helper()
	run := wholeRun(t, 6, 150)
	axes := matrix.Axes{Workers: []int{4}}
	for i := range 100 {
		axes.Replicas = append(axes.Replicas, i+1)
		axes.Users = append(axes.Users, 10*(i+1))
	}
	kinds := run.Records
	run.Header.Keys, run.Header.Order, run.Records = axes.Keys(), nil, nil
	for i, k := range run.Header.Keys {
		rec := kinds[i%len(kinds)]
		rec.Key = k
		run.Records = append(run.Records, rec)
		run.Header.Order = append(run.Header.Order, i)
	}
	return modelOfRun(t, run)
}
