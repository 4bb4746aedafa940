package worker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// TestGauge: what was under way between two looks counts for as long as that, in the seconds in
// which it was.
func TestGauge(t *testing.T) {
	c := newClock()
	base := c.second(c.base) + 1
	at := func(ms int64) time.Time {
		return c.base.Add(time.Duration(base*1e6+ms*1000-c.micros(c.base)) * time.Microsecond)
	}
	under := 0
	g := newGauge(c, func() int { return under })
	for _, look := range []struct {
		ms    int64
		under int
	}{{0, 0}, {100, 2}, {200, 4}, {1200, 4}, {1300, 0}, {5000, 0}, {5100, 2}} {
		under = look.under
		g.look(at(look.ms))
	}
	// 0.1 s of one, 0.1 s of three, 0.8 s of four; then 0.2 s of four, 0.1 s of two.
	want := []wire.ReportFlown{{Second: base, Micros: 3_600_000}, {Second: base + 1, Micros: 1_000_000}}
	if diff := cmp.Diff(want, g.take(base+5)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]wire.ReportFlown{{Second: base + 5, Micros: 100_000}}, g.take(base+6)); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	g.look(at(1e7))
	if n := len(g.flown); n > pulseSeconds+1 {
		t.Errorf("%d seconds kept", n)
	}
}
