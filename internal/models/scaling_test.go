package models_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/models"
)

// samples draws rates with a relative error.
func samples(c models.Curve, noise float64, seed uint64, at ...int) (out []models.Sample) {
	r := rand.New(rand.NewPCG(seed, 2))
	for _, n := range at {
		out = append(out, models.Sample{At: n, Rate: c.At(float64(n)) * math.Exp(noise*r.NormFloat64())})
	}
	return out
}

// TestPeak: the law's peak, at 44, is told from six loads that reach beyond it, and never from
// four.
func TestPeak(t *testing.T) {
	truth := models.Curve{Gain: 100, Contention: .03, Coherence: .0005}
	const seeds = 300
	told, near, holds := 0, 0, 0
	for seed := range uint64(seeds) {
		four, err := models.FitScaling(samples(truth, .03, seed, 1, 2, 4, 8))
		if err != nil || four.Peak != nil || !strings.HasPrefix(four.Why, "no peak within the tested range") {
			t.Fatalf("seed %d: four loads: peak %v, %q, %v", seed, four.Peak, four.Why, err)
		}
		six, err := models.FitScaling(samples(truth, .03, seed, 1, 4, 8, 16, 32, 48))
		if err != nil {
			t.Fatal(err)
		}
		if six.Peak == nil {
			continue
		}
		told++
		if six.Law != models.USL {
			t.Errorf("seed %d: a peak by %s", seed, six.Law)
		}
		if six.Peak.At >= 38 && six.Peak.At <= 55 {
			near++
		}
		if six.Peak.Low <= truth.Peak() && truth.Peak() <= six.Peak.High {
			holds++
		}
	}
	t.Logf("of %d seeds %d tell a peak, %d of them within 38 to 55, and %d intervals hold it", seeds, told, near, holds)
	if told < seeds*85/100 || near < told*90/100 || holds < told*90/100 {
		t.Errorf("of %d seeds %d tell a peak, %d of them within 38 to 55, and %d intervals hold it", seeds, told, near, holds)
	}
}

// TestNoPeak: loads that end long before it do not tell.
func TestNoPeak(t *testing.T) {
	for name, c := range map[string]models.Curve{
		"far off": {Gain: 100, Contention: .03, Coherence: .00001},
		"none":    {Gain: 100, Contention: .03},
		"linear":  {Gain: 100},
	} {
		s, err := models.FitScaling(samples(c, .01, 1, 1, 2, 3, 4, 6, 8))
		if err != nil || s.Peak != nil || s.Why == "" {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
}

func TestLaw(t *testing.T) {
	amdahl := models.Curve{Gain: 100, Contention: .2}
	for _, tt := range []struct {
		name  string
		truth models.Curve
		at    []int
		want  models.Law
	}{
		{"linear", models.Curve{Gain: 100}, []int{1, 2, 3, 4}, models.Linear},
		{"two are too few for a law", amdahl, []int{1, 2}, models.Linear},
		{"three as well", amdahl, []int{1, 2, 3}, models.Linear},
		{"four tell Amdahl's", amdahl, []int{1, 2, 3, 4}, models.Amdahl},
		{"not from one replica on", amdahl, []int{2, 3, 4, 6}, models.Amdahl},
		{"six", amdahl, []int{1, 2, 3, 4, 6, 8}, models.Amdahl},
		{"eight with a peak", models.Curve{Gain: 100, Contention: .05, Coherence: .01}, []int{1, 2, 4, 6, 8, 12, 16, 20}, models.USL},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := models.FitScaling(samples(tt.truth, .003, 1, tt.at...))
			if err != nil || s.Law != tt.want || s.Most != 2*tt.at[len(tt.at)-1] {
				t.Errorf("%+v, %v, want %s", s, err, tt.want)
			}
			if tt.want == models.Amdahl && tt.at[0] == 1 && math.Abs(s.Contention-.2) > .02 {
				t.Errorf("contention %v, want 0.2", s.Contention)
			}
		})
	}
}

func TestScalingOdd(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, s := range [][]models.Sample{
		nil, {{1, 5}}, {{1, 5}, {1, 6}}, {{0, 5}, {1, 6}}, {{1, nan}, {2, inf}, {3, -1}, {4, 0}, {5, 1}},
	} {
		if _, err := models.FitScaling(s); err == nil || !strings.Contains(err.Error(), "want at least 2") {
			t.Errorf("%v: %v", s, err)
		}
	}
	odd := []models.Sample{{1, 1e-300}, {2, 1e300}, {3, 1}, {1 << 40, 5}, {7, 7}, {8, 1}, {9, 1e-9}}
	first, err := models.FitScaling(odd)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(odd)
	if again, _ := models.FitScaling(odd); again.Curve != first.Curve {
		t.Errorf("another order gives %v, not %v", again.Curve, first.Curve)
	}
}
