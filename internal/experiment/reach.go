package experiment

import (
	"fmt"
	"math"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// rare is the probability up to which chance may leave a replica without a user.
const rare = .05

// Notes are what a plan should make a person think about. Users keep their connections, and
// each connection leads to one replica, so few users do not reach all replicas.
func (e *Experiment) Notes() []string {
	t := e.LoadMatrix.Spec.Target
	switch {
	case !scalable(t):
		return nil
	case t.Process != nil && t.URL != "":
		return []string{fmt.Sprintf("the users send to %s: the replicas of the process get load only if that leads to them, which is not checked; without target.url there is a balancer in front of them", t.URL)}
	}
	inTurn := t.Process != nil && t.Balance == v1alpha1.BalanceRoundRobin
	var few, unlucky []matrix.Scenario
	for _, s := range e.Axes.Cells() {
		switch {
		case s.Users < s.Replicas:
			few = append(few, s)
		case !inTurn && s.Replicas > 1 && missed(s.Replicas, s.Users) > rare:
			unlucky = append(unlucky, s)
		}
	}
	var notes []string
	if len(few) > 0 {
		s := few[0]
		notes = append(notes, fmt.Sprintf("%s with fewer users than replicas, as %s and %d replicas: each user keeps one connection, so that some replicas are given nothing, and the window is INVALID",
			matrix.Count(len(few), "scenario"), matrix.Count(s.Users, "user"), s.Replicas))
	}
	if len(unlucky) > 0 {
		s := unlucky[0]
		notes = append(notes, fmt.Sprintf("%s with few users for so many replicas, as %d users and %d replicas: connections that are kept and made at random leave some replica without any in %.0f %% of windows; with %d users it is %.0f %%",
			matrix.Count(len(unlucky), "scenario"), s.Users, s.Replicas, 100*missed(s.Replicas, s.Users), enough(s.Replicas), 100*rare))
	}
	return notes
}

// missed bounds the probability that some of the replicas gets none of the users, each of
// whom goes to any replica at random.
func missed(replicas, users int) float64 {
	r := float64(replicas)
	return min(r*math.Pow(1-1/r, float64(users)), 1)
}

// enough is how many users make that rare.
func enough(replicas int) int {
	r := float64(replicas)
	return int(math.Ceil(math.Log(rare/r) / math.Log(1-1/r)))
}
