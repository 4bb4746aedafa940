package queueing_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"github.com/swarmgrid/swarmgrid/internal/queueing"
)

// TestClosedTailIsTheGammaFormula: the tail in closed form, with the regularised incomplete
// gamma functions, is what the sum over departures gives.
func TestClosedTailIsTheGammaFormula(t *testing.T) {
	for _, tt := range []struct{ servers, users int }{{1, 10}, {2, 42}, {4, 100}, {8, 60}, {16, 700}} {
		q, err := queueing.NewClosed(tt.servers, tt.users, 1, .05)
		if err != nil {
			t.Fatal(err)
		}
		for _, seconds := range []float64{.001, .02, .1, .5, 1, 2} {
			want := gammaTail(tt.servers, tt.users, 1, .05, seconds)
			if got := q.Tail(seconds); math.Abs(got-want) > 1e-12+1e-9*want {
				t.Errorf("c=%d N=%d: the tail at %v s is %v, want %v", tt.servers, tt.users, seconds, got, want)
			}
		}
	}
}

func gammaTail(servers, users int, think, service, seconds float64) float64 {
	p, total, sum := 1.0, 0.0, 0.0
	c, own := float64(servers), seconds/service
	for n := range users {
		if n > 0 {
			p *= float64(users-n) * service / (think * float64(min(n, servers)))
		}
		k := float64(n - servers + 1)
		var h float64
		switch {
		case k <= 0:
			h = math.Exp(-own)
		case servers == 1:
			h = mathext.GammaIncRegComp(k+1, own)
		default:
			h = mathext.GammaIncRegComp(k, c*own) + math.Exp(k*math.Log(c/(c-1))-own)*mathext.GammaIncReg(k, (c-1)*own)
		}
		total, sum = total+p, sum+p*h
	}
	return sum / total
}

// network is the exact rate of a closed network: users who think and choose one of the
// groups at random (Buzen's convolution).
func network(groups, servers, users int, think, service float64) float64 {
	g := make([]float64, users+1)
	g[0] = 1
	for n := 1; n <= users; n++ {
		g[n] = g[n-1] * think / float64(n)
	}
	station := make([]float64, users+1)
	station[0] = 1
	for n := 1; n <= users; n++ {
		station[n] = station[n-1] * service / float64(groups) / float64(min(n, servers))
	}
	for range groups {
		next := make([]float64, users+1)
		for n := range next {
			for m := range n + 1 {
				next[n] += g[n-m] * station[m]
			}
		}
		g = next
	}
	return g[users-1] / g[users]
}

// TestSplitIsNearTheNetwork: what is approximated is within 1 % of the network's exact rate.
func TestSplitIsNearTheNetwork(t *testing.T) {
	for _, tt := range []struct{ groups, servers, users int }{
		{1, 2, 30}, {2, 1, 20}, {2, 2, 40}, {2, 2, 80}, {4, 1, 40}, {4, 1, 70}, {4, 2, 120}, {4, 2, 1}, {8, 1, 100},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			q, err := queueing.NewSplit(tt.groups, tt.servers, tt.users, 1, .05)
			if err != nil {
				t.Fatal(err)
			}
			want := network(tt.groups, tt.servers, tt.users, 1, .05)
			if got := q.Throughput(); math.Abs(got/want-1) > .01 {
				t.Errorf("X is %v, want %v", got, want)
			}
			near(t, "R by the interactive law", q.Response(), float64(tt.users)/q.Throughput()-1)
		})
	}
	if _, err := queueing.NewSplit(0, 1, 1, 1, 1); err == nil || err.Error() != "0 groups: want at least 1" {
		t.Errorf("no groups: %v", err)
	}
}

func BenchmarkClosedQuantile(b *testing.B) {
	for _, users := range []int{100, 800, 5000} {
		b.Run(fmt.Sprint(users), func(b *testing.B) {
			for b.Loop() {
				q, _ := queueing.NewClosed(users/20, users, 1, .05)
				q.Quantile(.95)
			}
		})
	}
}
