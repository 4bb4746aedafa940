package models_test

import (
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/models"
)

// TestAdequacy: each check finds what it is for, and says so.
func TestAdequacy(t *testing.T) {
	six := []int{10, 20, 40, 60, 80, 100}
	good := measure(truth(2, false), []int{1, 2}, six, .03, 1)
	change := func(points []models.Point, do func(int, *models.Point)) []models.Point {
		out := append([]models.Point(nil), points...)
		for i := range out {
			do(i, &out[i])
		}
		return out
	}
	again := func(points []models.Point, by float64) []models.Point {
		return append(points, change(points, func(_ int, p *models.Point) { p.Rate, p.P50, p.P95 = p.Rate*by, p.P50/by, p.P95/by })...)
	}
	for _, tt := range []struct {
		name   string
		points []models.Point
		check  string
		holds  bool
		tested bool
		why    string
	}{
		{"a queue", good, "residuals", true, true, "every cell is near"},
		{"a queue", good, "left out", true, true, "a cell that is left out is predicted to"},
		{"a queue", good, "repeats", true, false, "no cell was measured twice"},
		{"a queue", good, "trend", true, true, "both sides"},
		{"a queue", good, "load", true, true, "busy to"},
		{"one cell far off", change(good, func(i int, p *models.Point) {
			if i == 3 {
				p.P95 *= 3
			}
		}), "residuals", false, true, "p95 of 1 replica and 60 users is"},
		{"as far off, but not known better", change(good, func(i int, p *models.Point) {
			if i == 3 {
				p.P95 *= 3
				p.P95Range = models.Range{Low: p.P95 / 6, High: p.P95 * 2}
			}
		}), "residuals", true, true, "every cell is near"},
		{"every second cell is another", change(good, func(i int, p *models.Point) {
			if i%2 == 0 {
				p.P95 *= 2
			}
		}), "left out", false, true, "more than 10 % and 20 %"},
		{"three cells", good[:3], "left out", false, false, "none can be left out"},
		{"rounds and curve differ alike", append(good[:12:12], measure(truth(2, false), []int{1, 2}, six, .03, 2)...), "repeats", true, true, "as near to the cells"},
		{"rounds are alike, the curve is not", again(change(good, func(i int, p *models.Point) {
			if i%3 == 0 {
				p.P50 *= 1.4
			}
		}), 1.001), "repeats", false, true, "further from the cells than"},
		{"a trend", change(good, func(i int, p *models.Point) {
			if i > 5 {
				p.P95 *= 1.5
			}
		}), "trend", false, true, "lies on one side of the curve over"},
		{"hardly any load", measure(truth(20, false), []int{1, 2}, []int{5, 10, 20}, 0, 1), "load", false, true, "it does not show how much they can do"},
	} {
		t.Run(tt.name+", "+tt.check, func(t *testing.T) {
			fits, err := models.FitQueues(tt.points)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range fits.Shared.Adequacy {
				if c.Name == tt.check && (c.Holds != tt.holds || c.Tested != tt.tested || !strings.Contains(c.Why, tt.why)) {
					t.Errorf("%+v, want holds %v, tested %v, %q", c, tt.holds, tt.tested, tt.why)
				}
			}
			if fits.Shared.Adequacy.Holds() != (len(fits.Shared.Adequacy.Against()) == 0) {
				t.Error("it holds with reasons against it, or the reverse")
			}
		})
	}
}

// TestOneReplica: there is nothing to tell apart.
func TestOneReplica(t *testing.T) {
	fits, err := models.FitQueues(measure(truth(2, false), []int{1}, []int{10, 30, 60}, 0, 1))
	if err != nil || fits.Split != nil || fits.Better != fits.Shared || fits.Clear {
		t.Errorf("%+v, %v", fits, err)
	}
}
