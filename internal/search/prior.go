package search

import (
	"math"
	"math/rand/v2"
)

// particles is how many guesses stand for what a service may be.
const particles = 300

// guess is for how many users each number of replicas is enough.
type guess []float64

// prior is what services may be before anything is measured: capacity grows with replicas as in
// the Universal Scalability Law, with contention and crosstalk of all strengths, and may lie
// anywhere on the axis of users. The same seed gives the same n.
func prior(replicas, users []int, n int, seed uint64) []guess {
	random := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	all := make([]guess, n)
	for i := range all {
		contention, crosstalk := .3*random.Float64(), math.Exp(-4-6*random.Float64())
		growth := make(guess, len(replicas))
		for j, r := range replicas {
			c := float64(r)
			growth[j] = c / (1 + contention*(c-1) + crosstalk*c*(c-1))
			if j > 0 {
				growth[j] = max(growth[j], growth[j-1])
			}
		}
		all[i] = growth.scaled(users, random.Float64())
	}
	return all
}

// beyond is how far outside of the axis a capacity may lie.
const beyond = 1.5

// scaled puts a share of the guesses' range on the axis: from where even the most replicas do
// not pass the fewest users, to where the fewest pass the most.
func (g guess) scaled(users []int, share float64) guess {
	low := math.Log(float64(users[0]) / beyond / g[len(g)-1])
	high := math.Log(float64(users[len(users)-1]) * beyond / g[0])
	factor := math.Exp(low + (high-low)*share)
	for j := range g {
		g[j] *= factor
	}
	return g
}

// doubt is the least probability of either verdict.
const doubt = .02

// passes is how likely a guess makes it that so many users pass: the odds go with the tenth
// power of capacity to users, since a guess may be off by a tenth.
func (g guess) passes(row, users int) float64 {
	x := float64(users) / g[row]
	x *= x             // to the 2nd
	x *= x * x * x * x // to the 10th
	return min(max(1/(1+x), doubt), 1-doubt)
}
