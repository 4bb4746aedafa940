package models_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/models"
)

// truth is a queue with 50 ms of service, k servers a replica and a second of think time.
func truth(servers float64, split bool) models.Queue {
	return models.Queue{Split: split, Service: .05, Servers: servers, Think: 1}
}

// measure draws a point of each cell with so large a relative error.
func measure(q models.Queue, replicas, users []int, noise float64, seed uint64) (out []models.Point) {
	r := rand.New(rand.NewPCG(seed, 1))
	off := func(part float64) float64 { return math.Exp(part * noise * r.NormFloat64()) }
	for _, n := range replicas {
		for _, u := range users {
			e := q.At(n, u)
			p := models.Point{Replicas: n, Users: u, Rate: e.Rate * off(.2), Mean: e.Mean * off(.7), P50: e.P50 * off(.7), P95: e.P95 * off(1)}
			out = append(out, p)
		}
	}
	return out
}

func TestFitFindsTheQueue(t *testing.T) {
	for _, split := range []bool{false, true} {
		for seed := range uint64(10) {
			points := measure(truth(2, split), []int{1, 2, 4}, []int{20, 40, 80, 120}, .05, seed)
			q, err := models.FitQueues(points)
			if err != nil {
				t.Fatal(err)
			}
			f := q.Better
			if !q.Clear || f.Split != split {
				t.Errorf("seed %d: %s (shared %.1f, split %.1f), want split %v", seed, q.Why, q.Shared.Misfit, q.Split.Misfit, split)
			}
			if capacity := f.Servers / f.Service; math.Abs(capacity/40-1) > .05 || math.Abs((f.Service+f.Delay)/.05-1) > .15 {
				t.Errorf("seed %d: S %v, k %v, delay %v: k/S is %v, want 40", seed, f.Service, f.Servers, f.Delay, capacity)
			}
			if !f.Adequacy.Holds() {
				t.Errorf("seed %d: %q", seed, f.Adequacy.Against())
			}
		}
	}
}

// BenchmarkFit states in cpu-ms what 24 cells cost; ns/op depends on who else computes.
func BenchmarkFit(b *testing.B) {
	for _, users := range []int{20, 200} {
		points := measure(truth(float64(users)/10, false), []int{1, 2, 4, 8}, []int{users, 2 * users, 4 * users, 6 * users, 8 * users, 10 * users}, .05, 1)
		b.Run(fmt.Sprintf("24 cells to %d users", 10*users), func(b *testing.B) {
			before := used(b)
			for b.Loop() {
				if _, err := models.FitQueues(points); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((used(b)-before)/float64(b.N), "cpu-ms/op")
		})
	}
}

// used is the processor time of this process in milliseconds.
func used(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}
