// Package queuetest simulates queues on a virtual clock, a million requests in a second:
// what the measuring code sees of a service whose true response times are known. Only
// tests use it. The same seed gives the same requests.
package queuetest

import (
	"math"
	"math/rand/v2"
)

// Law draws a time in seconds.
type Law func(*rand.Rand) float64

// Constant is always the same time.
func Constant(seconds float64) Law { return func(*rand.Rand) float64 { return seconds } }

// Exponential has no memory; its squared coefficient of variation is 1.
func Exponential(mean float64) Law {
	return func(r *rand.Rand) float64 { return mean * r.ExpFloat64() }
}

// Uniform is anything between two times.
func Uniform(low, high float64) Law {
	return func(r *rand.Rand) float64 { return low + (high-low)*r.Float64() }
}

// Lognormal has a squared coefficient of variation cv2, which may be far over 1.
func Lognormal(mean, cv2 float64) Law {
	sigma := math.Sqrt(math.Log1p(cv2))
	mu := math.Log(mean) - sigma*sigma/2
	return func(r *rand.Rand) float64 { return math.Exp(mu + sigma*r.NormFloat64()) }
}

// random is the source of a simulation.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) }
