package analysis

import (
	"cmp"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Headroom is how much more load than at the autoscaler's target the replicas were shown to
// carry, until it has added some.
const Headroom = .2

// Proof is a cell that was measured, is valid and passes: what a recommended number rests on.
type Proof struct {
	Replicas, Users int
	// Rows are its rounds with the worker count that decides.
	Rows []Row
}

// Scaling is what a run says about the settings of its target's autoscaler.
type Scaling struct {
	// Least is the lightest load that passes with the fewest replicas, Most the heaviest.
	Least, Most Proof
	// Spare is Least's load with one replica more, where that passes, too, so that one may be lost.
	Spare *Proof
	// CPU is the share of what the pods request, Rate the requests a second of one pod. Each is
	// nil if it does not tell what passes from what fails; NoCPU says why CPU is.
	CPU, Rate *Signal
	NoCPU     string
	// Startup is the slowest time to more replicas; nil if it is not known.
	Startup *Startup
	// Doubts are those about the cells that answer, Unproven is what was not shown.
	Doubts, Unproven []string
}

// Fewest is what stands behind Min: the lightest load, with a replica to lose unless that
// leaves nothing to scale.
func (s *Scaling) Fewest() Proof {
	if s.Spare != nil && s.Spare.Replicas < s.Most.Replicas {
		return *s.Spare
	}
	return s.Least
}

// Min is the fewest replicas.
func (s *Scaling) Min() int { return s.Fewest().Replicas }

// Max is the most replicas.
func (s *Scaling) Max() int { return s.Most.Replicas }

// Startup is a measured scale-up.
type Startup struct {
	result.ScaleUp
	// Routed is the seconds until the new replicas received traffic.
	Routed float64
	// Warming is how the load that followed found the target; nil where that is not known.
	Warming *Warming
}

// Useful is the seconds until the new replicas were of full use, as far as that is known: until
// they received traffic, and the warm-up that was seen after that.
func (s *Startup) Useful() float64 {
	if s.Warming != nil && s.Warming.Seen {
		return s.Routed + s.Warming.Full
	}
	return s.Routed
}

// Signal is a metric of the target's pods that an autoscaler can follow.
type Signal struct {
	// At is the cell with the highest value of those that pass and are below every cell that
	// fails. Value is per pod, on average.
	At    Proof
	Value float64
	// Fails is the row with the lowest value that fails, FailsAt that value; nil if none fails.
	Fails   *Row
	FailsAt float64
	// Blind is how many rows fail whose value is not known.
	Blind int
}

// Target is the value to hold: with Headroom more load it is as it was shown to pass.
func (s *Signal) Target() float64 { return s.Value / (1 + Headroom) }

// Autoscale derives the settings, or says why nothing backs any.
func Autoscale(run *result.Run, rows []Row) (s *Scaling, why string) {
	all := proofs(rows)
	switch {
	case !judged(rows):
		return nil, "there is no SLO, so nothing says what is good enough"
	case len(all) == 0:
		return nil, "no measured scenario passes the SLO"
	}
	s = &Scaling{Least: all[0], Most: heaviest(all), Startup: slowest(run.Records)}
	switch {
	case s.Max() < s.Least.Replicas:
		return nil, "fewer replicas pass with more users, which is not monotone; measure again"
	case s.Max() == s.Least.Replicas:
		return nil, "all loads that pass need the same number of replicas, so there is nothing to scale between; measure lighter and heavier loads, and fewer and more replicas"
	}
	if i := slices.IndexFunc(all, s.spares); i >= 0 {
		s.Spare = &all[i]
	}
	failing := overloaded(rows)
	s.Rate = signal(all, failing, podRate)
	if s.CPU = signal(all, failing, cpuShare); s.CPU == nil {
		s.NoCPU = noCPU(all)
	}
	if s.CPU == nil && s.Rate == nil {
		return nil, "neither processor time nor requests per pod are lower where it passes than where it fails, so neither can tell an autoscaler when to scale"
	}
	s.Doubts, s.Unproven = s.doubts(rows), s.unproven(rows)
	return s, ""
}

func (s *Scaling) spares(p Proof) bool {
	return p.Users == s.Least.Users && p.Replicas == s.Least.Replicas+1
}

// proofs are the cells that pass as they were measured, by users and then replicas.
func proofs(rows []Row) []Proof {
	var out []Proof
	here := group(rows, placeOf)
	for p, c := range cells(rows) {
		if shown := shownBy(here[p]); c.verdict == Pass && c.inefficient == nil && len(shown) > 0 {
			out = append(out, Proof{p.replicas, p.users, shown})
		}
	}
	slices.SortFunc(out, func(a, b Proof) int {
		return cmp.Or(cmp.Compare(a.Users, b.Users), cmp.Compare(a.Replicas, b.Replicas))
	})
	return out
}

// shownBy are the measured rows that pass, of the largest worker count that has any.
func shownBy(here []Row) (out []Row) {
	for _, workers := range slices.Backward(axis(here, workersOf)) {
		for _, r := range here {
			if workersOf(r) == workers && r.Rankable() && r.Judgement.Verdict == Pass {
				out = append(out, r)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// heaviest is the fewest replicas of the most users.
func heaviest(sorted []Proof) Proof {
	most := sorted[len(sorted)-1].Users
	return sorted[slices.IndexFunc(sorted, func(p Proof) bool { return p.Users == most })]
}

// overloaded are the rows of cells that fail, or are too close to call, for another reason
// than that the load was too light for a rate or did not reach the target.
func overloaded(rows []Row) (out []Row) {
	at := cells(rows)
	for _, r := range rows {
		missed := unproven(at[placeOf(r)].verdict) && unproven(r.Judgement.Verdict)
		if missed && r.Rankable() && !r.Judgement.MissesRateOnly() && !r.Unreached() {
			out = append(out, r)
		}
	}
	return out
}

// signal finds the highest value that passes below all that fail; nil if there is none.
func signal(all []Proof, failing []Row, of func(Row) (float64, bool)) *Signal {
	s := &Signal{FailsAt: math.Inf(1)}
	for i, r := range failing {
		if v, known := of(r); !known {
			s.Blind++
		} else if v < s.FailsAt {
			s.Fails, s.FailsAt = &failing[i], v
		}
	}
	for _, p := range all {
		if v, known := lowest(p.Rows, of); known && v > s.Value && v < s.FailsAt {
			s.At, s.Value = p, v
		}
	}
	if s.Value == 0 {
		return nil
	}
	return s
}

// lowest is the smallest value of some rounds, if it is known of all.
func lowest(rows []Row, of func(Row) (float64, bool)) (float64, bool) {
	least := math.Inf(1)
	for _, r := range rows {
		v, known := of(r)
		if !known {
			return 0, false
		}
		least = min(least, v)
	}
	return least, true
}

// podRate is the requests a second of one pod.
func podRate(r Row) (float64, bool) {
	return r.Record.Measured.RPS / float64(max(replicasOf(r), 1)), true
}

// cpuShare is the processor time of the pods over what they request.
func cpuShare(r Row) (float64, bool) {
	u := r.Record.Observed.TargetUsage
	if u == nil || u.Unavailable != "" || u.CPURequests == nil || *u.CPURequests <= 0 {
		return 0, false
	}
	return u.CPUCores / *u.CPURequests, true
}

// slowest is the scale-up that took longest.
func slowest(records []result.Record) *Startup {
	var out *Startup
	for _, rec := range records {
		if up := rec.ScaleUp; up != nil && up.Routed != nil && (out == nil || *up.Routed > out.Routed) {
			out = &Startup{*up, *up.Routed, WarmingOf(rec)}
		}
	}
	return out
}
