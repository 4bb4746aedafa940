package interval_test

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/queueing"
	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
	"github.com/swarmgrid/swarmgrid/internal/stats/interval"
)

const bound = 300 * time.Millisecond // of p95, in all of these tests

// decide is what a sequence says of a load, and after which time.
func decide(t *testing.T, users int, seed uint64) (interval.Decision, time.Duration) {
	t.Helper()
	const warmup, longest = 30 * time.Second, 180 * time.Second
	s, err := interval.NewSequence(.05, longest)
	if err != nil {
		t.Fatal(err)
	}
	var bad, all [longest / interval.BatchLength]int64
	load := queuetest.Closed{
		Users: users, Think: queuetest.Exponential(1),
		Service: queuetest.Service{Servers: 4, Time: queuetest.Exponential(.05)},
	}
	given := 0
	for r := range load.Requests(seed) {
		// What is sent later ends later than this: batches that ended before it are whole.
		for sent := int((r.Sent - warmup) / interval.BatchLength); r.Sent > warmup && given < sent; given++ {
			if d := s.Add(bad[given], all[given]); d != interval.Continue {
				return d, s.Elapsed()
			}
		}
		if i := int((r.End - warmup) / interval.BatchLength); r.End >= warmup && i < len(all) {
			all[i]++
			if r.Response() > bound {
				bad[i]++
			}
		}
	}
	return interval.Borderline, 0 // a load has no end
}

// stopped is what many sequences did: their mean time with its standard deviation, and the
// shares that were wrong and undecided.
type stopped struct {
	mean, deviation  float64 // seconds
	wrong, undecided float64
}

func stop(t *testing.T, users, runs int) (out stopped, ratio float64) {
	t.Helper()
	q, err := queueing.NewClosed(4, users, 1, .05)
	if err != nil {
		t.Fatal(err)
	}
	ratio = q.Quantile(.95) / bound.Seconds()
	right := interval.Pass
	if ratio > 1 {
		right = interval.Fail
	}
	n, squares := float64(runs), 0.
	for seed := range uint64(runs) {
		d, after := decide(t, users, seed)
		out.mean += after.Seconds() / n
		squares += after.Seconds() * after.Seconds() / n
		switch d {
		case right:
		case interval.Borderline:
			out.undecided += 1 / n
		default:
			out.wrong += 1 / n
		}
	}
	out.deviation = math.Sqrt(max(squares-out.mean*out.mean, 0))
	return out, ratio
}

// published are the means of 800 runs by another implementation, with other random numbers.
func published() map[int]stopped {
	return map[int]stopped{
		40:  {mean: 30},
		60:  {mean: 30},
		70:  {mean: 32},
		76:  {mean: 43},
		80:  {mean: 86, undecided: .18},
		84:  {mean: 156, wrong: .001, undecided: .78},
		86:  {mean: 170, wrong: .064, undecided: .92},
		88:  {mean: 167, wrong: .009, undecided: .78},
		92:  {mean: 86, undecided: .03},
		100: {mean: 34},
		160: {mean: 30},
	}
}

// TestEarlyStop: the time that early stopping takes, and how often it is wrong, are those
// that were published, within the noise of so few runs.
func TestEarlyStop(t *testing.T) {
	for _, users := range []int{70, 80, 86, 92, 100}[memtest.Smaller(0, 4):] {
		checkStop(t, users, 150)
	}
}

// TestTruthOfEarlyStop is the table of measuring.md 21.
func TestTruthOfEarlyStop(t *testing.T) {
	if !*truth {
		t.Skip("make truth runs it; TestEarlyStop is its short form")
	}
	for _, users := range slices.Sorted(maps.Keys(published())) {
		checkStop(t, users, 800)
	}
}

func checkStop(t *testing.T, users, runs int) {
	t.Helper()
	got, ratio := stop(t, users, runs)
	t.Logf("| %d | %.2f | %.0f s | %.1f %% | %.1f %% |", users, ratio, got.mean, 100*got.wrong, 100*got.undecided)
	want := published()[users]
	// Both are means of samples; four standard errors, and what rounding takes.
	errors := 4 * math.Sqrt(1/float64(runs)+1./800)
	if math.Abs(got.mean-want.mean) > errors*got.deviation+1 {
		t.Errorf("%d users: %.1f s, want %v s", users, got.mean, want.mean)
	}
	for _, share := range []struct {
		name      string
		got, want float64
	}{{"wrong", got.wrong, want.wrong}, {"undecided", got.undecided, want.undecided}} {
		p := max(share.got, share.want)
		if math.Abs(share.got-share.want) > errors*math.Sqrt(p*(1-p))+.002 {
			t.Errorf("%d users: %.3f are %s, want %v", users, share.got, share.name, share.want)
		}
	}
}

// TestTrapOfPeeking: looking after every batch must not make a bound that is missed pass,
// nor take long where the answer is clear.
func TestTrapOfPeeking(t *testing.T) {
	const runs = 400
	for _, tt := range []struct {
		users int
		ratio float64 // of p95 to its bound
		wrong float64 // at most
		mean  float64 // at most, in seconds
	}{
		{76, .8, .01, 180},
		{93, 1.3, .01, 180},
		{86, 1.05, .08, 180},
		{60, .6, 0, 35},
		{110, 2, 0, 35},
	}[memtest.Smaller(0, 4):] {
		got, ratio := stop(t, tt.users, runs)
		if math.Abs(ratio-tt.ratio) > .03*tt.ratio {
			t.Errorf("%d users have p95 at %.3f of its bound, want %v", tt.users, ratio, tt.ratio)
		}
		if got.wrong > tt.wrong || got.mean > tt.mean {
			t.Errorf("p95 at %v of its bound: %.1f %% wrong after %.0f s, want at most %.0f %% and %.0f s", tt.ratio, 100*got.wrong, got.mean, 100*tt.wrong, tt.mean)
		}
	}
}

func sequence(t *testing.T, batches ...[2]int64) (interval.Decision, *interval.Sequence) {
	t.Helper()
	s, err := interval.NewSequence(.05, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	d := interval.Continue
	for _, b := range batches {
		d = s.Add(b[0], b[1])
	}
	return d, s
}

func TestSequence(t *testing.T) {
	many := func(n int, bad, all int64) [][2]int64 { return slices.Repeat([][2]int64{{bad, all}}, n) }
	for _, tt := range []struct {
		name    string
		batches [][2]int64
		want    interval.Decision
	}{
		{"too early, however bad", many(5, 1000, 1000), interval.Continue},
		{"all bad", many(6, 1000, 1000), interval.Fail},
		{"none bad", many(6, 0, 1000), interval.Pass},
		{"few requests, none bad", many(6, 0, 5), interval.Continue},
		{"half of what is allowed: not before a minute", many(11, 25, 1000), interval.Continue},
		{"half of what is allowed", many(12, 25, 1000), interval.Pass},
		{"just what is allowed", many(12, 50, 1000), interval.Borderline},
		{"no request at all", many(12, 0, 0), interval.Borderline},
		{"the first decision stands", append(many(6, 0, 1000), many(6, 1000, 1000)...), interval.Pass},
		{"batches without requests do not count", append(many(6, 0, 0), many(5, 0, 1000)...), interval.Continue},
	} {
		if got, _ := sequence(t, tt.batches...); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestSequenceShare(t *testing.T) {
	_, s := sequence(t, [2]int64{10, 100})
	if low, high := s.Share(); low != 0 || high != 1 {
		t.Errorf("after one batch: %v to %v", low, high)
	}
	_, s = sequence(t, slices.Repeat([][2]int64{{10, 100}, {20, 100}}, 3)...)
	// By hand: mean .15, variance .003, the boundary at k = 6 is 1.2935 standard deviations.
	low, high := s.Share()
	if math.Abs(low-.07915) > 1e-5 || math.Abs(high-.22085) > 1e-5 {
		t.Errorf("%.4f to %.4f, want .0792 to .2208", low, high)
	}
	if s.Elapsed() != 30*time.Second {
		t.Errorf("elapsed %v", s.Elapsed())
	}
}

func TestSequenceRefuses(t *testing.T) {
	for want, try := range map[string]struct {
		allowed float64
		longest time.Duration
	}{
		"allowed share of bad requests 0: want more than 0 and less than 1":        {0, time.Minute},
		"allowed share of bad requests 1: want more than 0 and less than 1":        {1, time.Minute},
		"allowed share of bad requests NaN: want more than 0 and less than 1":      {math.NaN(), time.Minute},
		"longest time 20s: want at least 30s, before which nothing can be decided": {.05, 20 * time.Second},
	} {
		if _, err := interval.NewSequence(try.allowed, try.longest); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
