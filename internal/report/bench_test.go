package report

import (
	"io"
	"testing"
)

// BenchmarkLargest reports the largest matrix that an experiment may have, 10,000
// scenarios. Nothing is quadratic in the rows.
func BenchmarkLargest(b *testing.B) {
	axes := small(nil, []int{4}, nil)
	for i := range 100 {
		axes.Replicas = append(axes.Replicas, i+1)
		axes.Users = append(axes.Users, 10*(i+1))
	}
	s := newSheet(axes, latencySLO()...).fill(axes.Keys())
	for b.Loop() {
		m, err := New(&s.run)
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range append(Files(), File{Name: "table", Render: plainTable}) {
			if !f.made(m) {
				continue
			}
			if err := f.Render(io.Discard, m); err != nil {
				b.Fatal(err)
			}
		}
	}
}
