package stats_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// TestDelays: a quantile is the nearest rank, and at most a bucket's width too long.
func TestDelays(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var d stats.Delays
	var all []time.Duration
	for range 1000 {
		delay := 40*time.Microsecond + time.Duration(rnd.ExpFloat64()*float64(5*time.Millisecond))
		d.Add(delay)
		all = append(all, delay)
	}
	slices.Sort(all)
	for q, rank := range map[float64]int{.5: 500, .99: 990, 1: 1000} {
		want := all[rank-1]
		if got := d.Quantile(q); got < want || float64(got) > 1.19*float64(max(want, 50*time.Microsecond)) {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if n := d.Count(); n != 1000 {
		t.Errorf("%d of 1000", n)
	}
}

// TestDelaysAtTheEnds: nothing is too short or too long to be counted.
func TestDelaysAtTheEnds(t *testing.T) {
	var d stats.Delays
	if d.Quantile(.99) != 0 || d.Count() != 0 {
		t.Errorf("of none: %v", d.Quantile(.99))
	}
	d.Add(-time.Second)
	d.Add(0)
	if got := d.Quantile(1); got != 50*time.Microsecond || len(d) != 1 {
		t.Errorf("%v in %d buckets", got, len(d))
	}
	d.Add(24 * time.Hour)
	if got := d.Quantile(1); got < 3*time.Second || len(d) != stats.MaxDelays {
		t.Errorf("%v in %d buckets", got, len(d))
	}
}

// TestDelaysSince: two states differ by what came between them.
func TestDelaysSince(t *testing.T) {
	var d, between stats.Delays
	d.Add(time.Millisecond)
	before := slices.Clone(d)
	for _, delay := range []time.Duration{0, time.Millisecond, time.Second} {
		d.Add(delay)
		between.Add(delay)
	}
	if diff := cmp.Diff(between, d.Since(before)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(d, d.Since(nil)); diff != "" {
		t.Error(diff)
	}
}
