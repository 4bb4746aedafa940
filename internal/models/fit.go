package models

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Fit is a queue fitted to points.
type Fit struct {
	Queue
	// Misfit is the sum of squared residuals, each over its standard error.
	Misfit   float64
	Adequacy Adequacy

	problem  *problem
	solution solution
}

// fewestCells is how many cells a fit needs: three numbers of each are fitted with three
// parameters.
const fewestCells = 3

// What the standard errors are taken to be where an interval is not known.
const (
	assumedRate = .03
	assumedP50  = .05
	assumedP95  = .10
)

// params are ln S, ln k and δ/S0, S0 being the shortest mean response time.
type params [3]float64

// problem is a fit to be made.
type problem struct {
	points []Point
	split  bool
	think  float64
	light  float64
}

func newProblem(points []Point, split bool) (*problem, error) {
	points = usable(points)
	if n := cellsOf(points); n < fewestCells {
		return nil, fmt.Errorf("fitting a queue: valid numbers of %s, it takes those of %d", matrix.Count(n, "cell"), fewestCells)
	}
	p := &problem{points: points, split: split, think: thinkOf(points), light: math.Inf(1)}
	for _, at := range points {
		p.light = min(p.light, at.Mean)
	}
	return p, nil
}

// The limits of the parameters, over the light response time and in servers.
const (
	leastService, mostService = 1e-4, 1e4
	leastServers, mostServers = 1e-3, 1e6
)

// queue is the parameters', within the limits.
func (p *problem) queue(at params) Queue {
	return Queue{
		Split:   p.split,
		Service: p.light * min(max(math.Exp(at[0])/p.light, leastService), mostService),
		Servers: min(max(math.Exp(at[1]), leastServers), mostServers),
		Delay:   p.light * min(max(at[2], 0), 1),
		Think:   p.think,
	}
}

// residuals are those of one point in logarithms: of the rate, p50 and p95.
type residuals [3]float64

func residualsOf(p Point, e Expected) residuals {
	return residuals{math.Log(p.Rate / e.Rate), math.Log(p.P50 / e.P50), math.Log(p.P95 / e.P95)}
}

// over divides by the point's standard errors.
func (r residuals) over(p Point) residuals {
	return residuals{r[0] / p.RateRange.sd(assumedRate), r[1] / p.P50Range.sd(assumedP50), r[2] / p.P95Range.sd(assumedP95)}
}

// expected is what a queue expects of each point; points of one cell share it.
func (p *problem) expected(at params) []Expected {
	q := p.queue(at)
	out := make([]Expected, len(p.points))
	for i, point := range p.points {
		if i > 0 && point.cell() == p.points[i-1].cell() {
			out[i] = out[i-1]
			continue
		}
		out[i] = q.At(point.Replicas, point.Users)
	}
	return out
}

// off are the residuals of all points, over their standard errors.
func (p *problem) off(at params) []residuals {
	out := make([]residuals, len(p.points))
	for i, e := range p.expected(at) {
		out[i] = residualsOf(p.points[i], e).over(p.points[i])
	}
	return out
}

// misfit is what a fit minimises. It is infinite where the sum is no number.
func misfit(off []residuals) (sum float64) {
	for _, r := range off {
		sum += r[0]*r[0] + r[1]*r[1] + r[2]*r[2]
	}
	if math.IsNaN(sum) {
		return math.Inf(1)
	}
	return sum
}

// starts are parameters around what the bounds say: a request takes most of the light
// response time, and the servers are as many as the largest rate keeps busy.
func (p *problem) starts() []params {
	var rate float64
	for _, point := range p.points {
		rate = max(rate, point.Rate/float64(point.Replicas))
	}
	var out []params
	for _, part := range []float64{.98, .7, .3} {
		service := part * p.light
		for _, more := range []float64{1.02, 1.3, 2.5} {
			out = append(out, params{math.Log(service), math.Log(more * rate * service), 1 - part})
		}
	}
	return out
}

// solution is where a search is, with what it knows there.
type solution struct {
	at     params
	off    []residuals
	misfit float64
}

func (p *problem) at(at params) solution {
	off := p.off(at)
	return solution{at, off, misfit(off)}
}

const (
	// candidates is from how many starts a search goes on, for firstSteps each; the best goes on
	// for lastSteps more.
	candidates            = 2
	firstSteps, lastSteps = 2, 12
)

// solve searches from the best starts.
func (p *problem) solve() solution {
	var found []solution
	for _, start := range p.starts() {
		found = append(found, p.at(start))
	}
	byMisfit := func(a, b solution) int { return cmp.Compare(a.misfit, b.misfit) }
	slices.SortStableFunc(found, byMisfit)
	found = found[:candidates]
	for i := range found {
		found[i] = p.search(found[i], firstSteps)
	}
	return p.search(slices.MinFunc(found, byMisfit), lastSteps)
}

// enough is the relative gain of a step after which a search ends.
const enough = 1e-4

// search takes steps of Levenberg and Marquardt: as Gauss and Newton's where those get on, and
// shorter ones downhill where they do not.
func (p *problem) search(s solution, steps int) solution {
	damping := 1e-3
	for range steps {
		rows := p.jacobian(s)
		next, ok := solution{}, false
		for try := 0; try < 5 && !ok; try++ {
			if next, ok = p.step(s, rows, damping); ok {
				damping /= 10
			} else {
				damping *= 10
			}
		}
		if !ok {
			return s
		}
		gain := 1 - next.misfit/s.misfit
		if s = next; gain < enough {
			return s
		}
	}
	return s
}

// step is one with a damping; false if it does not lead down.
func (p *problem) step(s solution, rows [][3]params, damping float64) (solution, bool) {
	var n normal
	var right params
	for i, r := range rows {
		n.add(r, 1)
		right.add(r, s.off[i], -1)
	}
	by, ok := n.damped(damping).solve(right)
	if ok && s.at[2] <= 0 && by[2] < 0 { // no delay is below 0: without it, then
		n[2], n[0][2], n[1][2], right[2] = params{0, 0, 1}, 0, 0, 0
		by, ok = n.damped(damping).solve(right)
	}
	if !ok {
		return s, false
	}
	next := p.at(s.at.moved(by))
	return next, next.misfit < s.misfit
}
