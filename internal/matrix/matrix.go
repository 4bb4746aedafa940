// Package matrix names the cells of an experiment and puts them in order. It is pure.
package matrix

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Scenario is one cell of the matrix.
type Scenario struct {
	Replicas int `json:"replicas"`
	Workers  int `json:"workers"`
	Users    int `json:"users"`
}

// Key is a scenario in one round of repeats. A run has at most one terminal
// record per key.
type Key struct {
	Scenario
	// Round counts from 1.
	Round int `json:"round"`
}

// String reads "2 replicas, 4 workers, 200 users", with the round from the second on.
func (k Key) String() string {
	s := fmt.Sprintf("%s, %s, %s", Count(k.Replicas, "replica"), Count(k.Workers, "worker"), Count(k.Users, "user"))
	if k.Round > 1 {
		s += fmt.Sprintf(", round %d", k.Round)
	}
	return s
}

// Slug is a file name for the key: "r2-w4-u200-1".
func (k Key) Slug() string {
	return fmt.Sprintf("r%d-w%d-u%d-%d", k.Replicas, k.Workers, k.Users, k.Round)
}

// Count writes a number with its noun: "1 replica", "2 replicas".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// CountWere is Count with its verb: "1 request was", "2 requests were".
func CountWere(n int, noun string) string {
	if n == 1 {
		return Count(n, noun) + " was"
	}
	return Count(n, noun) + " were"
}

// Axes span the matrix.
type Axes struct {
	Replicas, Workers, Users []int
	// Include adds single cells after the grid; Exclude takes cells away from both.
	Include, Exclude []Scenario
	// Repeats is the number of rounds, at least 1.
	Repeats int
}

// Cells returns the distinct scenarios in matrix order: replicas slowest, then
// workers, then users, each as listed; included ones last.
func (a Axes) Cells() []Scenario {
	var cells []Scenario
	done := map[Scenario]bool{}
	for _, s := range a.Exclude {
		done[s] = true
	}
	add := func(s Scenario) {
		if !done[s] {
			done[s] = true
			cells = append(cells, s)
		}
	}
	for _, r := range a.Replicas {
		for _, w := range a.Workers {
			for _, u := range a.Users {
				add(Scenario{r, w, u})
			}
		}
	}
	for _, s := range a.Include {
		add(s)
	}
	return cells
}

// Keys returns every cell in every round, in matrix order within a round.
func (a Axes) Keys() []Key {
	cells := a.Cells()
	keys := make([]Key, 0, len(cells)*max(a.Repeats, 1))
	for round := range max(a.Repeats, 1) {
		for _, c := range cells {
			keys = append(keys, Key{c, round + 1})
		}
	}
	return keys
}

// Shuffle returns the keys in an order that is random within each round and the
// same for the same seed. Rounds stay in sequence, so that drift over the run
// meets every cell alike.
func Shuffle(keys []Key, seed int64) []Key {
	out := slices.Clone(keys)
	rng := rand.New(rand.NewPCG(uint64(seed), 0))
	for start := 0; start < len(out); {
		end := start
		for end < len(out) && out[end].Round == out[start].Round {
			end++
		}
		round := out[start:end]
		rng.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
		start = end
	}
	return out
}
