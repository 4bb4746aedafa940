package interval_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

// verdicts are how many of the runs pass p95 < 300 ms, and how many fail it.
func verdicts(t *testing.T, users int, length time.Duration, runs int) (pass, fail int) {
	t.Helper()
	const limit = 300 * time.Millisecond
	q := closed(users)
	for seed := range uint64(runs) {
		w := window(t, q, seed, length)
		if w.Passes(.95, limit) {
			pass++
		} else if w.Quantile(.95).Low >= limit {
			fail++
		}
	}
	return pass, fail
}

// TestPasses: what is far below its limit passes even in a short window, and what misses it
// by five in a hundred next to never does.
func TestPasses(t *testing.T) {
	runs := memtest.Smaller(300, 60)
	for _, tt := range []struct {
		users               int // of 300 ms, their p95 is
		length              time.Duration
		least, most, failed float64
	}{
		{60, 10 * time.Second, .6, 1, .01}, // 59 %
		{60, 60 * time.Second, .95, 1, 0},  // 59 %
		{86, 10 * time.Second, 0, .03, .2}, // 105 %
		{86, 60 * time.Second, 0, .03, .2}, // 105 %
		{100, 20 * time.Second, 0, .01, 1}, // 160 %
	} {
		pass, fail := verdicts(t, tt.users, tt.length, runs)
		share := float64(pass) / float64(runs)
		if share < tt.least || share > tt.most || float64(fail)/float64(runs) > tt.failed {
			t.Errorf("%d users, %v: %d of %d pass and %d fail, want %.0f to %.0f %%", tt.users, tt.length, pass, runs, fail, 100*tt.least, 100*tt.most)
		}
	}
}

// TestTruthOfVerdicts is the table of measuring.md 26.
func TestTruthOfVerdicts(t *testing.T) {
	if !*truth {
		t.Skip("make truth runs it; TestPasses is its short form")
	}
	const runs = 400
	for _, users := range []int{60, 70, 76, 80, 84, 86, 88, 92, 100} {
		fmt.Printf("| %d | %.2f |", users, closed(users).quantile(.95)/.3)
		for _, length := range []time.Duration{10 * time.Second, 20 * time.Second, time.Minute} {
			pass, fail := verdicts(t, users, length, runs)
			fmt.Printf(" %d / %d %% |", 100*pass/runs, 100*fail/runs)
		}
		fmt.Println()
	}
}

// TestShare: Wilson's interval, for independent requests as in the book, and wider where the
// batches differ.
func TestShare(t *testing.T) {
	of := func(slow [interval.Batches]int64) *interval.Window {
		var in []interval.Batch
		for _, n := range slow {
			h := stats.NewHistogram()
			h.RecordN(1000, 100-n)
			h.RecordN(1_000_000, n)
			in = append(in, interval.Batch{Latencies: h, Length: time.Second})
		}
		w, err := interval.New(in, 0)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 5e-4 }
	low, high := of([interval.Batches]int64{5, 5, 5, 5, 5, 5, 5, 5, 5, 5}).Share(time.Second)
	if !near(low, .0368) || !near(high, .0677) { // p = .05, n = 1000, t = 2.262
		t.Errorf("5 %% of 1000: %.4f to %.4f", low, high)
	}
	if low, high = of([interval.Batches]int64{}).Share(time.Second); low != 0 || !near(high, .0051) {
		t.Errorf("none of 1000: %.4f to %.4f", low, high)
	}
	if low, high = of([interval.Batches]int64{50}).Share(time.Second); low > .01 || high < .2 {
		t.Errorf("5 %% of 1000, all in one batch: %.4f to %.4f", low, high)
	}
}

// TestShareOfOneKind: where no request is slow, or all are, that end is exact.
func TestShareOfOneKind(t *testing.T) {
	for n := range int64(60) {
		var in []interval.Batch
		for range interval.Batches {
			h := stats.NewHistogram()
			h.RecordN(1000, n+1)
			in = append(in, interval.Batch{Latencies: h, Length: time.Second})
		}
		w, err := interval.New(in, 0)
		if err != nil {
			t.Fatal(err)
		}
		none, some := w.Share(time.Second)
		most, all := w.Share(0)
		if none != 0 || some <= 0 || most >= 1 || all != 1 {
			t.Errorf("%d requests: none %v to %v, all %v to %v", 10*(n+1), none, some, most, all)
		}
	}
}
