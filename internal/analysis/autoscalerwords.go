package analysis

import (
	"fmt"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// String names the cell: "2 replicas, 400 users".
func (p Proof) String() string {
	return matrix.Count(p.Replicas, "replica") + ", " + matrix.Count(p.Users, "user")
}

// Doubts are those of its rows, each once.
func (p Proof) Doubts() (out []string) {
	for _, r := range p.Rows {
		out = addNew(out, r.Doubts...)
	}
	return out
}

func addNew(to []string, texts ...string) []string {
	for _, text := range texts {
		if !slices.Contains(to, text) {
			to = append(to, text)
		}
	}
	return to
}

// noCPU says why there is no share of the CPU requests to hold.
func noCPU(all []Proof) string {
	for _, p := range all {
		for _, r := range p.Rows {
			u := r.Record.Observed.TargetUsage
			switch {
			case u == nil:
				return "what the target used was not measured"
			case u.Unavailable != "":
				return "what the target used is not known (" + u.Unavailable + ")"
			case u.CPURequests == nil:
				return "not every container of the target requests CPU, or what they request is not known"
			}
		}
	}
	return "the pods used no less where it passes than where it fails"
}

// doubts are those about the answers for the loads that pass.
func (s *Scaling) doubts(rows []Row) (out []string) {
	for _, d := range Demands(rows) {
		if d.Replicas > 0 {
			for _, doubt := range d.Doubts {
				out = addNew(out, fmt.Sprintf("%s: %s", matrix.Count(d.Users, "user"), doubt))
			}
		}
	}
	return out
}

// unproven lists what was not shown.
func (s *Scaling) unproven(rows []Row) []string {
	out := s.gaps(rows)
	if by := s.Followed(); by.Fails == nil {
		out = append(out, fmt.Sprintf("No load was too heavy for its replicas as far as this can be compared: a pod may carry more than in the cell of %s.", by.At))
	} else if by.Blind > 0 {
		out = append(out, fmt.Sprintf("What the pods used is not known of %s that failed, so the target could not be held against them.", matrix.Count(by.Blind, "scenario")))
	}
	if n := s.reach(); n > s.Max() {
		out = append(out, fmt.Sprintf("At %s the target asks for about %d replicas, more than maxReplicas: the autoscaler stays at %d, which passed.", matrix.Count(s.Most.Users, "user"), n, s.Max()))
	}
	if s.Startup == nil {
		out = append(out, "How long new replicas take to receive traffic is not known: the target was not scaled up in this run.")
	}
	if s.Startup == nil || s.Startup.Warming == nil {
		out = append(out, "How long a new replica takes from there to its first good answer and to full speed is not known: no load ran while the target was scaled, and how the next one began was not kept second by second.")
	} else {
		out = append(out, "The first good answer and full speed are those of all replicas together: no load ran while the target was scaled, and the next one went to all of them.")
	}
	return append(out,
		"How the target does while the autoscaler scales it was not measured: each load came when all its replicas were ready.")
}

// gaps are the neighbours of the answers of which nothing, or nothing measured, is known.
func (s *Scaling) gaps(rows []Row) (out []string) {
	at := cells(rows)
	for i, p := range []Proof{s.Least, s.Most} {
		name := []string{"minReplicas", "maxReplicas"}[i]
		if fewer := p.Replicas - 1; fewer > 0 && at[place{fewer, p.Users}].verdict != Fail {
			out = append(out, fmt.Sprintf("%s: fewer may do for %s, since %d was not shown to fail.", name, matrix.Count(p.Users, "user"), fewer))
		}
	}
	var none []int
	for _, d := range Demands(rows) {
		if d.Replicas == 0 {
			none = append(none, d.Users)
		}
	}
	if len(none) > 0 {
		out = append(out, fmt.Sprintf("No number of replicas was shown to pass with %s.", counts(none, "user")))
	}
	return out
}

// Followed is the signal to hold: processor time where it is known, since every cluster has it.
func (s *Scaling) Followed() *Signal {
	if s.CPU != nil {
		return s.CPU
	}
	return s.Rate
}

// reach is how many replicas the target asks for at the heaviest load; 0 if that is not known.
func (s *Scaling) reach() int {
	of := podRate
	if s.CPU != nil {
		of = cpuShare
	}
	v, known := lowest(s.Most.Rows, of)
	if !known {
		return 0
	}
	return int(math.Ceil(float64(s.Most.Replicas) * v / s.Followed().Target()))
}
