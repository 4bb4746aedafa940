package models_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/models"
)

// TestWithin: with 2 servers a replica, 50 ms and a second of think time, 2 replicas stay
// below 300 ms in p95 with up to 84 users.
func TestWithin(t *testing.T) {
	q := truth(2, false)
	if at84, at85 := q.At(2, 84).P95, q.At(2, 85).P95; at84 >= .3 || at85 < .3 {
		t.Fatalf("the truth's p95 is %v with 84 users and %v with 85", at84, at85)
	}
	const seeds = 10
	holds := 0
	for seed := range uint64(seeds) {
		fits, err := models.FitQueues(measure(q, []int{1, 2, 4}, []int{20, 50, 80, 100}, .05, seed))
		if err != nil {
			t.Fatal(err)
		}
		got := fits.Shared.Within(2, .95, .3)
		if got.Beyond || math.Abs(float64(got.Users)/84-1) > .05 {
			t.Errorf("seed %d: %+v, want about 84", seed, got)
		}
		if got.Low <= 84 && 84 <= got.High {
			holds++
		}
	}
	t.Logf("the interval holds it in %d of %d", holds, seeds)
	if holds < seeds*90/100 {
		t.Errorf("the interval holds it in %d of %d", holds, seeds)
	}
}

// TestTogether: queues that are apart carry less than one for all.
func TestTogether(t *testing.T) {
	fits, err := models.FitQueues(measure(truth(2, true), []int{1, 2, 4}, []int{20, 50, 100, 160}, .01, 1))
	if err != nil {
		t.Fatal(err)
	}
	f := fits.Better
	apart, together := f.Within(2, .95, .3).Users, f.Together(2, .95, .3)
	if !f.Split || together < 82 || together > 86 || apart >= together {
		t.Errorf("split %v: %d apart, %d together, want 84 together", f.Split, apart, together)
	}
}

func TestWithinEnds(t *testing.T) {
	fits, err := models.FitQueues(measure(truth(2, false), []int{1, 2}, []int{20, 50, 80}, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	f := fits.Shared
	if got := f.Within(2, .95, .01); got != (models.Limit{}) {
		t.Errorf("10 ms: %+v, want nobody", got)
	}
	if got := f.Within(2, .95, 60); got != (models.Limit{Users: 160, Beyond: true}) {
		t.Errorf("a minute: %+v, want more than 160", got)
	}
	knee, ok := f.Knee(2)
	if alone := f.Mean(2, 1); !ok || f.Mean(2, knee) < 2*alone || f.Mean(2, knee-1) >= 2*alone {
		t.Errorf("the knee is %d, %v", knee, ok)
	}
	if users, ok := f.Knee(8); ok {
		t.Errorf("the knee of 8 replicas is %d", users)
	}
	curve := f.Curve(2, 4)
	var at []int
	for i, c := range curve {
		at = append(at, c.Users)
		if i > 0 && (c.Rate <= curve[i-1].Rate || c.P95 < curve[i-1].P95) {
			t.Errorf("the curve falls: %+v", curve)
		}
	}
	if diff := cmp.Diff([]int{20, 40, 60, 80}, at); diff != "" {
		t.Error(diff)
	}
	if got := f.Curve(2, 1000); len(got) != 80 {
		t.Errorf("%d places for 80 users", len(got))
	}
}

func TestBounds(t *testing.T) {
	points := measure(truth(2, false), []int{1, 2}, []int{10, 40, 100}, 0, 1)
	got := models.BoundsOf(points)
	if len(got) != 2 {
		t.Fatalf("%d bounds", len(got))
	}
	for i, b := range got {
		full := 40 * float64(i+1)
		if b.Replicas != i+1 || !b.Saturated || math.Abs(b.Largest/full-1) > .05 || math.Abs(b.Think-1) > 1e-6 || math.Abs(b.Light/.05-1) > .02 {
			t.Errorf("%+v", b)
		}
		if want := (b.Light + b.Think) * b.Largest; b.Knee != want || math.Abs(b.Knee-1.05*full) > .06*full {
			t.Errorf("%d replicas: the knee is %v, want %v", i+1, b.Knee, want)
		}
		for _, p := range points[3*i : 3*i+3] {
			if most := b.Rate(float64(p.Users)); p.Rate > most*1.0001 {
				t.Errorf("%d replicas, %d users: %v exceeds the bound %v", p.Replicas, p.Users, p.Rate, most)
			}
		}
	}
	light := models.BoundsOf(points[:1])
	if light[0].Saturated || light[0].Knee != 0 || light[0].Rate(1000) <= 100 {
		t.Errorf("one light cell: %+v", light)
	}
	if got := models.BoundsOf(nil); got != nil {
		t.Errorf("bounds of nothing: %v", got)
	}
}

// TestOdd: whatever a record may hold, there is an answer or a refusal.
func TestOdd(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	good := measure(truth(2, false), []int{1, 2}, []int{20, 60}, 0, 1)
	one := models.Point{Replicas: 1, Users: 5, Rate: 5, Mean: .1, P50: .1, P95: .2}
	for name, points := range map[string][]models.Point{
		"nothing":        nil,
		"one point":      good[:1],
		"two points":     good[:2],
		"one, repeated":  {good[0], good[0], good[0], good[0]},
		"out of range":   {{Replicas: 1, Users: 1, Rate: 1e300, Mean: 1e-300, P50: 1, P95: 1}, good[0], good[1]},
		"zeros":          {{}, {Replicas: 1, Users: 1}, {Replicas: 2, Users: 2}},
		"not numbers":    {{Replicas: 1, Users: 1, Rate: nan, Mean: 1, P50: 1, P95: 1}, {Replicas: 1, Users: 2, Rate: 1, Mean: inf, P50: 1, P95: 1}, good[0]},
		"negative users": {{Replicas: 1, Users: -4, Rate: 5, Mean: .1, P50: .1, P95: .1}, good[0], good[1]},
	} {
		if _, err := models.FitQueues(points); err == nil {
			t.Errorf("%s: no refusal", name)
		}
	}
	wild := func(change func(*models.Point, int)) (out []models.Point) {
		for i := range 6 {
			p := one
			p.Replicas, p.Users = 1+i/3, 10*(1+i%3)
			change(&p, i)
			out = append(out, p)
		}
		return out
	}
	for name, points := range map[string][]models.Point{
		"all alike":        wild(func(*models.Point, int) {}),
		"no think time":    wild(func(p *models.Point, _ int) { p.Rate = float64(p.Users) / p.Mean }),
		"tiny":             wild(func(p *models.Point, _ int) { p.Mean, p.P50, p.P95 = 1e-7, 1e-7, 1e-7 }),
		"huge":             wild(func(p *models.Point, _ int) { p.Mean, p.P50, p.P95, p.Rate = 1e7, 1e7, 1e7, 1e-7 }),
		"mixed":            wild(func(p *models.Point, i int) { p.Mean *= math.Pow(10, float64(i)); p.P95 /= float64(i + 1) }),
		"falling":          wild(func(p *models.Point, i int) { p.Rate = 100 / float64(i+1) }),
		"odd intervals":    wild(func(p *models.Point, _ int) { p.RateRange, p.P95Range = models.Range{nan, inf}, models.Range{5, 1} }),
		"many users":       wild(func(p *models.Point, i int) { p.Users = 3_000 * (i + 1); p.Rate = float64(p.Users) }),
		"p95 below median": wild(func(p *models.Point, _ int) { p.P95 = p.P50 / 2 }),
	} {
		fits, err := models.FitQueues(points)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, _ := models.FitQueues(points)
		if fits.Better.Queue != again.Better.Queue {
			t.Errorf("%s: %v, and then %v", name, fits.Better.Queue, again.Better.Queue)
		}
		f := fits.Better
		f.Knee(2)
		f.Within(2, .95, .5)
		for _, e := range f.Curve(3, 3) {
			if math.IsNaN(e.P95) || math.IsNaN(e.Rate) {
				t.Errorf("%s: %+v expects %+v", name, f.Queue, e)
			}
		}
	}
}
