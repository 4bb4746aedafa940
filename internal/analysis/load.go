package analysis

import (
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Expected answers what an expected load needs, between the fewest and the most users of a run.
type Expected struct {
	Min, Max int
	Steps    []Step
	// Below and Beyond say why there is no answer outside of that.
	Below, Beyond string
}

// Step is the answer for more than From and up to To users: more users are taken to need no
// fewer replicas, so that the next number of users that was tried decides.
type Step struct {
	From, To int
	// Replicas is 0 when no number is known to pass.
	Replicas int
	// Answer is for people: "6 replicas", "not with 2 replicas or fewer", or, where there is no
	// choice of replicas, "pass".
	Answer string
	// Holds is what shows that they pass; nil if nothing does.
	Holds *Side
	// Doubts say why it may be wrong.
	Doubts []string
}

// Text is the step for people: "up to 400 users: 6 replicas".
func (s Step) Text() string { return fmt.Sprintf("up to %s: %s", matrix.Count(s.To, "user"), s.Answer) }

// Inferred tells whether what shows that it passes was not measured itself.
func (s Step) Inferred() bool { return s.Holds != nil && s.Holds.Inferred }

// Expect reads the answers off as a function of the load; without an SLO there are no steps.
func Expect(rows []Row, demands []Demand, capacities []Capacity) *Expected {
	users := axis(rows, usersOf)
	if len(users) == 0 {
		return &Expected{}
	}
	e := &Expected{Min: users[0], Max: users[len(users)-1]}
	at := cells(rows)
	switch {
	case len(askedAbout(rows)) < len(rows):
		e.climb(at, capacities)
	case len(capacities) == 1:
		e.yesOrNo(at, demands)
	default:
		for _, d := range demands {
			e.add(e.stepOf(at, d, d.Answer()))
		}
	}
	e.Below = fmt.Sprintf("fewer than %s were not measured", matrix.Count(e.Min, "user"))
	e.Beyond = fmt.Sprintf("more than %s were not measured", matrix.Count(e.Max, "user"))
	return e
}

// climb goes from one replica count to the next where the one before passes no further: of a
// range of users, those between were looked at only as far as that takes. How many more than the
// answer may pass is a doubt about the next step, which fewer replicas may do.
func (e *Expected) climb(at map[place]cell, capacities []Capacity) {
	most := 0
	var before []string
	for _, c := range capacities {
		if c.Users > most && c.TooLow == nil {
			doubts := slices.Concat(before, at[place{c.Replicas, c.Users}].all())
			e.add(Step{To: c.Users, Replicas: c.Replicas, Answer: matrix.Count(c.Replicas, "replica"), Holds: c.Holds, Doubts: doubts})
			most = c.Users
		}
		before = c.Doubts
	}
	if most >= e.Max || len(capacities) == 0 {
		return
	}
	last := capacities[len(capacities)-1]
	if last.TooLow != nil {
		e.add(Step{To: last.Users, Answer: last.TooLow.none()})
	}
	if last.Over == nil {
		e.add(Step{To: e.Max, Answer: "not known"})
		return
	}
	e.add(Step{To: last.Over.Users - 1, Answer: "not known"})
	e.add(Step{To: e.Max, Answer: "not with " + orFewer(last.Replicas)})
}

// stepOf is the answer for a number of users that was tried. That fewer do not reach a rate,
// however well they are served, is a doubt about those between.
func (e *Expected) stepOf(at map[place]cell, d Demand, answer string) Step {
	s := Step{To: d.Users, Replicas: d.Replicas, Answer: answer, Holds: d.Holds, Doubts: d.Doubts}
	if n := len(e.Steps); n > 0 {
		before := e.Steps[n-1].To
		if c := at[place{d.Replicas, before}]; c.verdict == Fail && c.starved {
			s.Doubts = slices.Concat(s.Doubts, []string{matrix.Count(before, "user") + " do not reach the rate"})
		}
	}
	return s
}

// yesOrNo is where there is one replica count. Between what passes and the fewest users that do
// not, nothing is shown; beyond those more do not pass either.
func (e *Expected) yesOrNo(at map[place]cell, demands []Demand) {
	failed := false
	for _, d := range demands {
		s := e.stepOf(at, d, d.one())
		fails := d.Replicas == 0 && len(d.Failed) > len(d.Unreached)
		if fails && !failed {
			s.Answer = fmt.Sprintf("not shown to pass, %d %s not", d.Users, doOrDoes(d.Users))
		}
		failed = fails
		e.add(s)
	}
}

// add puts a step after the others, or makes the last one longer that says the same.
func (e *Expected) add(s Step) {
	s.From = e.Min - 1
	if s.Replicas == 0 {
		s.Doubts = nil // nothing is said to pass
	}
	var most Step
	for _, before := range e.Steps {
		s.From = before.To
		if before.Replicas > most.Replicas {
			most = before
		}
	}
	if most.Replicas > s.Replicas && s.Replicas > 0 {
		s.Doubts = slices.Concat(s.Doubts, []string{fmt.Sprintf("%s need %d", matrix.Count(most.To, "user"), most.Replicas)})
	}
	if s.To <= s.From {
		return
	}
	if n := len(e.Steps); n > 0 && e.Steps[n-1].same(s) {
		s.From = e.Steps[n-1].From
		e.Steps = e.Steps[:n-1]
	}
	e.Steps = append(e.Steps, s)
}

func (s Step) same(o Step) bool {
	return s.Answer == o.Answer && s.Inferred() == o.Inferred() && (len(s.Doubts) > 0) == (len(o.Doubts) > 0)
}

// one is the answer where there is one replica count.
func (d Demand) one() string {
	switch {
	case d.Replicas > 0:
		return "pass"
	case len(d.Unreached) > 0:
		return "not known, " + gone
	case len(d.Failed) > 0:
		return "do not pass"
	case len(d.Close) > 0:
		return "too close to call"
	case len(d.Open) > 0:
		return "not measured"
	}
	return "not known, no data"
}
