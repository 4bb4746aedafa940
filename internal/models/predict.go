package models

import (
	"math"
	"sort"
)

// beyondMeasured is how many times the most users that were measured a fit is asked about.
const beyondMeasured = 2

// Place is a point of a curve.
type Place struct {
	Users int
	Expected
}

// Curve is what the fit expects with so many replicas, in so many steps up to the most users
// that were measured with any.
func (f *Fit) Curve(replicas, steps int) []Place {
	var out []Place
	for i := 1; i <= steps; i++ {
		users := max(f.mostUsers()*i/steps, 1)
		if len(out) == 0 || users > out[len(out)-1].Users {
			out = append(out, Place{users, f.At(replicas, users)})
		}
	}
	return out
}

func (f *Fit) mostUsers() (most int) {
	for _, p := range f.problem.points {
		most = max(most, p.Users)
	}
	return most
}

// Knee is the fewest users with whom a response takes twice as long as for one alone; false if
// that is beyond twice the most users that were measured.
func (f *Fit) Knee(replicas int) (users int, ok bool) {
	alone := f.Mean(replicas, 1)
	return f.fewest(func(users int) bool { return f.Mean(replicas, users) >= saturated*alone })
}

// fewest is the smallest number of users for whom something is so that stays so with more;
// false if there is none up to twice the most that were measured.
func (f *Fit) fewest(is func(users int) bool) (int, bool) {
	most := beyondMeasured * f.mostUsers()
	n := 1 + sort.Search(most, func(i int) bool { return is(i + 1) })
	return n, n <= most
}

// Limit is how many users a fit expects to be within a response time.
type Limit struct {
	// Users is the most; 0 for none.
	Users int
	// Beyond says that it is more than twice the most that were measured, which is as far as
	// a fit is believed. Users is that number then.
	Beyond bool
	// Low and High are where it may lie by the fit's own scatter, 95 %; both 0 where that is
	// not known. What no queue has is not in them.
	Low, High int
}

// Within is the most users for whom the level, a share of the requests, stays below so many
// seconds with so many replicas.
func (f *Fit) Within(replicas int, level, seconds float64) Limit {
	n, ok := f.fewest(func(users int) bool { return f.Quantile(replicas, users, level) >= seconds })
	out := Limit{Users: n - 1, Beyond: !ok}
	if !ok || n == 1 {
		return out
	}
	if sd, known := f.scatter(replicas, n-1, level); known {
		out.Low = int(float64(out.Users) * math.Exp(-1.96*sd))
		out.High = int(math.Ceil(float64(out.Users) * math.Exp(1.96*sd)))
	}
	return out
}

// Together is how many users would be within it if all replicas shared one queue: what a
// balancer can gain that knows who is idle.
func (f *Fit) Together(replicas int, level, seconds float64) int {
	q := f.Queue
	q.Split = false
	n, _ := f.fewest(func(users int) bool { return q.Quantile(replicas, users, level) >= seconds })
	return n - 1
}

// scatter is the standard error of the logarithm of such a number of users, by the delta
// method: how the quantile changes with each parameter, over how it changes with the users.
func (f *Fit) scatter(replicas, users int, level float64) (float64, bool) {
	p := f.problem
	var n normal
	for _, rows := range p.jacobian(f.solution) {
		n.add(rows, 1)
	}
	free := float64(3*len(p.points) - len(params{}))
	noise := max(f.Misfit/free, 1)
	at := func(at params, users int) float64 { return math.Log(p.queue(at).Quantile(replicas, users, level)) }
	here := at(f.solution.at, users)
	more := users + max(users/50, 1)
	slope := (at(f.solution.at, more) - here) / math.Log(float64(more)/float64(users))
	var gradient params
	for j := range gradient {
		up := f.solution.at
		up[j] += 1e-4
		gradient[j] = (at(up, users) - here) / 1e-4
	}
	by, ok := n.damped(1e-6).solve(gradient)
	variance := noise * (gradient[0]*by[0] + gradient[1]*by[1] + gradient[2]*by[2]) / (slope * slope)
	if !ok || !(variance >= 0) || math.IsInf(variance, 1) {
		return 0, false
	}
	return math.Sqrt(variance), true
}
