package steady_test

import (
	"math"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/stats/steady"
)

// series is n values of f.
func series(n int, f func(i int) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

// wave is anything that varies around 1 without a trend.
func wave(i int) float64 { return 1 + .1*math.Sin(2*float64(i)) }

func TestCut(t *testing.T) {
	// Groups of five are 1.1 and .9 in turn: the more of them, the better their mean is known.
	wave := func(i int) float64 { return 1 + .1*float64(1-i/5%2*2) }
	settling := func(i int) float64 { return wave(i) + 5*math.Exp(-float64(i)/5) }
	stepAt := func(at int) func(int) float64 {
		return func(i int) float64 {
			if i < at {
				return 3 * wave(i)
			}
			return wave(i)
		}
	}
	for _, tt := range []struct {
		name           string
		medians, rates []float64
		cut            int
		settled        bool
	}{
		{"a constant", series(60, func(int) float64 { return 7 }), series(60, func(int) float64 { return 7 }), 0, true},
		{"a step", series(60, stepAt(10)), series(60, wave), 10, true},
		{"a later step of the rate", series(60, stepAt(10)), series(60, stepAt(20)), 20, true},
		{"the whole first half", series(60, stepAt(30)), series(60, wave), 30, false},
		{"too short", series(29, stepAt(10)), series(29, wave), 0, false},
		// The six values of the step are in the first two groups; the third begins at 16 s.
		{"seconds without requests", withNaN(series(60, func(i int) float64 { return float64(3 - 2*min(i/10, 1)) }), 3), series(60, wave), 16, true},
		{"no requests at all", withNaN(series(60, wave), 1), series(60, func(int) float64 { return 0 }), 0, false},
	} {
		cut, settled := steady.Cut(tt.medians, tt.rates)
		if cut != tt.cut || settled != tt.settled {
			t.Errorf("%s: %d s, settled %v; want %d s, %v", tt.name, cut, settled, tt.cut, tt.settled)
		}
	}
	if cut, settled := steady.Cut(series(120, settling), series(120, wave)); cut < 15 || cut > 40 || !settled {
		t.Errorf("a decay of 5 s: %d s, settled %v", cut, settled)
	}
}

// withNaN leaves out every nth value.
func withNaN(values []float64, n int) []float64 {
	for i := range values {
		if i%n == 0 {
			values[i] = math.NaN()
		}
	}
	return values
}

// normal is the probability of a normal value so far from its mean, or farther, on either side.
func normal(score, variance float64) float64 { return math.Erfc((score - 1) / math.Sqrt(2*variance)) }

func TestTrendOf(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []float64
		want   steady.Trend
	}{
		{"one value", []float64{1}, steady.Trend{P: 1}},
		{"all the same", []float64{2, 2, 2, 2}, steady.Trend{P: 1}},
		// Of n different values the score has the variance n(n-1)(2n+5)/18.
		{"rising", []float64{1, 2, 3, 4}, steady.Trend{Slope: 1, P: normal(6, 156./18), Change: 4 / 2.5}},
		{"falling", []float64{4, 3, 2, 1}, steady.Trend{Slope: -1, P: normal(6, 156./18), Change: -4 / 2.5}},
		{"one inversion", []float64{1, 3, 2, 4}, steady.Trend{Slope: .75, P: normal(4, 156./18), Change: 3 / 2.5}},
		// The correlation -.3 of 97 among zeros is corrected to (5·-.3 + 2)/1, with which five values
		// say as much as 5/2.225 independent ones.
		{"an outlier", []float64{1, 2, 100, 4, 5}, steady.Trend{Slope: 1, P: normal(6, 2.225*300/18), Change: 5. / 4, Alike: .5}},
		{"a gap", []float64{1, math.NaN(), 3, 4}, steady.Trend{Slope: 1, P: normal(3, 66./18), Change: 4. / 3}},
		// One tie: the variance of the score is (4·3·13 - 2·1·9)/18 = 7.67, the score 5.
		{"a tie", []float64{1, 2, 2, 3}, steady.Trend{Slope: 7. / 12, P: normal(5, 138./18), Change: 7. / 6}},
	} {
		got := steady.TrendOf(tt.values)
		if math.Abs(got.Slope-tt.want.Slope) > 1e-9 || math.Abs(got.P-tt.want.P) > 1e-9 || math.Abs(got.Change-tt.want.Change) > 1e-9 || math.Abs(got.Alike-tt.want.Alike) > 1e-9 {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestAlikeValuesTrendByChance: the same order says less where neighbours are alike.
func TestAlikeValuesTrendByChance(t *testing.T) {
	apart := steady.TrendOf(series(20, func(i int) float64 { return float64(i) + 2*float64(i%2) }))
	alike := steady.TrendOf(series(20, func(i int) float64 { return float64(i) + 2*math.Sin(float64(i)/3) }))
	if apart.Alike != 0 || alike.Alike < .8 || alike.P < 100*apart.P {
		t.Errorf("apart %+v, alike %+v", apart, alike)
	}
}

func TestJudge(t *testing.T) {
	line := func(slope float64) []float64 {
		return series(40, func(i int) float64 { return 1 + slope*float64(i) + .001*math.Sin(5*float64(i)) })
	}
	for _, tt := range []struct {
		name           string
		medians, rates []float64
		class          steady.Class
	}{
		{"flat", line(0), line(0), steady.Steady},
		{"slower and slower", line(.01), line(0), steady.Degrading},
		{"faster and faster", line(-.01), line(0), steady.Warming},
		{"more and more requests", line(0), line(.01), steady.Warming},
		{"fewer and fewer requests", line(0), line(-.01), steady.Degrading},
		{"a trend that is clear and small", line(.001), line(0), steady.Steady},
		{"high and low in turn", series(40, func(i int) float64 { return float64(1 + i/2%2) }), line(0), steady.Steady},
		{"long waves", series(40, func(i int) float64 { return 1 + math.Sin(.3*float64(i)) }), line(0), steady.Noisy},
		{"seconds without requests", withNaN(line(.01), 9), line(0), steady.Degrading},
		{"only the fewest seconds", line(.01)[:20], line(0)[:20], steady.Degrading},
		{"no request", withNaN(line(0), 1), series(40, func(int) float64 { return 0 }), steady.Steady},
	} {
		got, ok := steady.Judge(tt.medians, tt.rates)
		if got.Class != tt.class || !ok {
			t.Errorf("%s: %+v, %v; want %s", tt.name, got, ok, tt.class)
		}
		if unsteady := tt.class == steady.Warming || tt.class == steady.Degrading; got.Class.Unsteady() != unsteady {
			t.Errorf("%s: %s, unsteady %v", tt.name, got.Class, got.Class.Unsteady())
		}
	}
	if got, ok := steady.Judge(line(.01)[:19], line(0)[:19]); ok {
		t.Errorf("a window of 19 s is %+v", got)
	}
}

func TestStart(t *testing.T) {
	first := func(n int, level float64) func(int) float64 {
		return func(i int) float64 {
			if i < n {
				return level * wave(i)
			}
			return wave(i)
		}
	}
	for _, tt := range []struct {
		name    string
		medians []float64
		want    int
	}{
		{"none", series(60, wave), 0},
		{"a slow start", series(60, first(15, 3)), 15},
		{"a slow start with gaps", withNaN(series(60, first(15, 3)), 4), 21},
		{"a fast start", series(60, first(15, .3)), 0},
		{"a start that is hardly slow", series(60, first(15, 1.02)), 0},
		{"too short", series(29, first(10, 3)), 0},
		{"half of it", series(60, first(30, 3)), 0},
	} {
		if got := steady.Start(tt.medians); got != tt.want {
			t.Errorf("%s: %d s, want %d", tt.name, got, tt.want)
		}
	}
}
