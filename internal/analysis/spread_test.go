package analysis

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// inRound is a row of a round; without batches there is no interval.
func inRound(n int, rps, p50 float64) result.Record {
	return with(success(1, 0), func(r *result.Record) {
		r.Key.Round = n
		r.Measured = &result.Measured{Duration: 30, Requests: 3000, RPS: rps, Latency: result.Latency{P50: p50, P95: 2 * p50, P99: 3 * p50}, Exact: true}
	})
}

func spreadsOf(records ...result.Record) []Spread {
	rows := make([]Row, len(records))
	for i, r := range records {
		rows[i] = Row{Record: &r}
		if m := rows[i].answered(); m != nil {
			rows[i].Intervals = new(Reader).IntervalsOf(&r, m.Batches)
		}
	}
	return Spreads(rows)
}

// TestSpread: of the valid rounds of a scenario, the smallest, the median and the largest.
func TestSpread(t *testing.T) {
	invalid := with(inRound(4, 1, 1), func(r *result.Record) { r.Status = result.Invalid })
	got := spreadsOf(inRound(1, 100, 40), inRound(2, 104, 46), inRound(3, 98, 42), invalid)
	if len(got) != 1 || got[0].Rounds != 3 {
		t.Fatalf("got %+v, want one scenario with three valid rounds", got)
	}
	if diff := cmp.Diff([]Range{
		{Metric: "rps", Smallest: 98, Median: 100, Largest: 104},
		{Metric: "p50", Smallest: 40, Median: 42, Largest: 46},
		{Metric: "p95", Smallest: 80, Median: 84, Largest: 92},
		{Metric: "p99", Smallest: 120, Median: 126, Largest: 138},
	}, got[0].Ranges()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := spreadsOf(inRound(1, 100, 40), inRound(2, 104, 46))[0].P50.Median; got != 43 {
		t.Errorf("the median of 40 and 46 is %v", got)
	}
	six := []result.Record{}
	for n := range 6 {
		six = append(six, inRound(n+1, 100, float64(40+n)))
	}
	if got := spreadsOf(six...)[0].P50.Interval; got == nil || *got != (Interval{40, 45}) {
		t.Errorf("the median of six rounds from 40 to 45 has the interval %v", got)
	}
	if got := spreadsOf(six[:5]...)[0].P50.Interval; got != nil {
		t.Errorf("the median of five rounds has the interval %+v", got)
	}
	if got := spreadsOf(inRound(1, 100, 40), invalid); got != nil {
		t.Errorf("one valid round has a spread: %+v", got)
	}
}

// exponentials is a valid record of 30 s of independent exponential latencies.
func exponentials(t *testing.T, n int, random *rand.Rand, mean time.Duration) result.Record {
	t.Helper()
	b := stats.NewBatches(30)
	for at := 0.0; at < 30; at += random.ExpFloat64() / 30 {
		b.At(int(at)).OK.Record(time.Duration(random.ExpFloat64() * float64(mean)))
	}
	return with(ofBatches(t, b), func(r *result.Record) { r.Key.Round = n })
}

// TestRoundsThatAreAlike: chance alone seldom makes rounds differ, however many there are.
func TestRoundsThatAreAlike(t *testing.T) {
	const cells = 150
	for _, rounds := range []int{2, 5, 10} {
		random, doubts := rand.New(rand.NewPCG(uint64(rounds), 11)), 0
		for range cells {
			var records []result.Record
			for n := range rounds {
				records = append(records, exponentials(t, n+1, random, 100*time.Millisecond))
			}
			if spreadsOf(records...)[0].doubt() != "" {
				doubts++
			}
		}
		t.Logf("%d rounds: %d of %d cells are doubted", rounds, doubts, cells)
		if doubts > cells*4/100 {
			t.Errorf("%d rounds: %d of %d cells are doubted by chance alone", rounds, doubts, cells)
		}
	}
}

// TestDoubtOfRounds: the rows of rounds that differ say in what, all in the same words.
func TestDoubtOfRounds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 11))
	run := &result.Run{}
	for n, mean := range []time.Duration{100, 103, 160} {
		rec := exponentials(t, n+1, random, mean*time.Millisecond)
		run.Header.Keys = append(run.Header.Keys, rec.Key)
		run.Records = append(run.Records, rec)
	}
	for _, r := range Rows(run, nil) {
		text := strings.Join(r.Doubts, "; ")
		for _, want := range []string{"the rounds differ by more than their intervals allow (p50 ", "p95 ", " ms): what changes from window to window is more than an interval shows"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: doubts %q lack %q", r.Name(), text, want)
			}
		}
		if strings.Contains(text, "rps ") {
			t.Errorf("%s: the rates are alike, but %q", r.Name(), text)
		}
	}
}
