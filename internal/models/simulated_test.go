package models_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/models"
	"github.com/swarmgrid/swarmgrid/internal/queueing/queuetest"
)

// simulate measures a minute of a closed queue with 50 ms of service and a second of think
// time, after twenty seconds of warm-up.
func simulate(servers, replicas, users int, seed uint64) models.Point {
	load := queuetest.Closed{
		Users: users, Think: queuetest.Exponential(1),
		Service: queuetest.Service{Servers: servers * replicas, Time: queuetest.Exponential(.05)},
	}
	var times []float64
	sum := 0.0
	for r := range queuetest.Until(load.Requests(seed), 80*time.Second) {
		if r.Sent >= 20*time.Second {
			times = append(times, r.Response().Seconds())
			sum += r.Response().Seconds()
		}
	}
	slices.Sort(times)
	n := len(times)
	return models.Point{
		Replicas: replicas, Users: users, Rate: float64(n) / 60,
		Mean: sum / float64(n), P50: times[n/2], P95: times[n*95/100],
	}
}

// TestSimulated: measured for a minute a cell, with all the chance that is in it, the fit
// tells what 2 replicas carry, which is 84 users, and is believed.
func TestSimulated(t *testing.T) {
	const seeds = 10
	near, holds, adequate := 0, 0, 0
	for seed := range uint64(seeds) {
		var points []models.Point
		for _, replicas := range []int{1, 2, 4} {
			for _, users := range []int{20, 50, 80, 100} {
				points = append(points, simulate(2, replicas, users, 1000*seed+uint64(100*replicas+users)))
			}
		}
		fits, err := models.FitQueues(points)
		if err != nil {
			t.Fatal(err)
		}
		got := fits.Shared.Within(2, .95, .3)
		if math.Abs(float64(got.Users)/84-1) <= .1 {
			near++
		}
		if got.Low <= 84 && 84 <= got.High {
			holds++
		}
		if fits.Shared.Adequacy.Holds() {
			adequate++
		} else {
			t.Log(seed, fits.Shared.Adequacy.Against())
		}
	}
	t.Logf("of %d: %d within 10 %%, %d intervals hold it, %d are believed", seeds, near, holds, adequate)
	if near < 9 || holds < 9 || adequate < 8 {
		t.Errorf("of %d: %d within 10 %%, %d intervals hold it, %d are believed", seeds, near, holds, adequate)
	}
}
