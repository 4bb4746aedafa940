package inferencesim

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// Distribution names the law of service times.
type Distribution string

// The service time distributions.
const (
	Fixed     Distribution = "fixed"     // always the mean
	Exp       Distribution = "exp"       // exponential: the M in M/M/c
	Lognormal Distribution = "lognormal" // of the given sigma
)

// sampler draws service times and failures, each from a stream of its own so
// that the failure rate does not change the service times of a seed. Safe for
// concurrent use.
type sampler struct {
	dist        Distribution
	mean        time.Duration
	sigma       float64 // standard deviation of a lognormal's logarithm
	failureRate float64

	mu       sync.Mutex
	times    *rand.Rand
	failures *rand.Rand
}

func newSampler(dist Distribution, mean time.Duration, sigma, failureRate float64, seed uint64) *sampler {
	return &sampler{
		dist: dist, mean: mean, sigma: sigma, failureRate: failureRate,
		times:    rand.New(rand.NewPCG(seed, 1)),
		failures: rand.New(rand.NewPCG(seed, 2)),
	}
}

// draw is the next request's service time, and whether it fails after it.
func (s *sampler) draw() (work time.Duration, fails bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	work = time.Duration(math.Round(float64(s.mean) * s.factor()))
	return work, s.failures.Float64() < s.failureRate
}

// factor draws from the distribution with mean 1.
func (s *sampler) factor() float64 {
	switch s.dist {
	case Exp:
		return s.times.ExpFloat64()
	case Lognormal:
		// E[exp(mu + sigma N)] = exp(mu + sigma^2/2) = 1.
		return math.Exp(s.sigma*s.times.NormFloat64() - s.sigma*s.sigma/2)
	default:
		return 1
	}
}
