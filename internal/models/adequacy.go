package models

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Check is one thing that must hold before a fit's numbers are shown.
type Check struct {
	Name  string
	Holds bool
	// Tested is false where the points cannot tell.
	Tested bool
	// Why says what was found, in words.
	Why string
}

// Adequacy is how far a fit may be trusted.
type Adequacy []Check

// Holds tells whether all checks hold.
func (a Adequacy) Holds() bool {
	return len(a) > 0 && !slices.ContainsFunc(a, func(c Check) bool { return !c.Holds })
}

// Against are the reasons of the checks that do not hold.
func (a Adequacy) Against() (out []string) {
	for _, c := range a {
		if !c.Holds {
			out = append(out, c.Why)
		}
	}
	return out
}

// The bounds of the checks.
const (
	mostRateOff, mostP95Off         = .10, .25
	mostRateLeftOut, mostP95LeftOut = .10, .20
	leastChance                     = .01
	longestTrend                    = 3
	leastBusy                       = .7
)

// judge holds a fit against its points.
func (p *problem) judge(s solution) Adequacy {
	expected := p.expected(s.at)
	off := make([]residuals, len(p.points))
	for i, e := range expected {
		off[i] = residualsOf(p.points[i], e)
	}
	return Adequacy{p.near(expected, off), p.leftOut(s), p.repeats(s.off), p.trend(s.off), p.busy(s.at)}
}

// near: no cell is far from what is expected of it, or its own interval holds that.
func (p *problem) near(expected []Expected, off []residuals) Check {
	c := Check{Name: "residuals", Holds: true, Tested: true, Why: "every cell is near the curve"}
	worst := 1.0
	miss := func(what string, point Point, off, most float64) {
		if excess := part(off) / most; excess > worst {
			worst, c.Holds = excess, false
			c.Why = fmt.Sprintf("%s of %s and %s is %s off the curve, more than %s", what,
				matrix.Count(point.Replicas, "replica"), matrix.Count(point.Users, "user"), percent(part(off)), percent(most))
		}
	}
	for i, point := range p.points {
		if !point.RateRange.holds(expected[i].Rate) {
			miss("the rate", point, off[i][0], mostRateOff)
		}
		if !point.P95Range.holds(expected[i].P95) {
			miss("p95", point, off[i][2], mostP95Off)
		}
	}
	return c
}

// part is by what part a value is off, from the residual in logarithms.
func part(log float64) float64 { return math.Expm1(math.Abs(log)) }

func percent(part float64) string { return fmt.Sprintf("%.0f %%", 100*part) }

// leftOut: fitted without it, a cell is still predicted.
func (p *problem) leftOut(s solution) Check {
	c := Check{Name: "left out", Holds: true}
	rates, p95s := p.predictions(s)
	if len(rates) <= fewestCells {
		c.Holds, c.Why = false, "with three cells none can be left out, so that nothing shows whether others are predicted"
		return c
	}
	c.Tested = true
	rate, p95 := part(median(rates)), part(median(p95s))
	c.Holds = rate <= mostRateLeftOut && p95 <= mostP95LeftOut
	c.Why = fmt.Sprintf("a cell that is left out is predicted to %s in rate and %s in p95", percent(rate), percent(p95))
	if !c.Holds {
		c.Why += fmt.Sprintf(", more than %s and %s", percent(mostRateLeftOut), percent(mostP95LeftOut))
	}
	return c
}

// repeats: cells that were measured again are no further apart from one another than the
// curve is from them (lack of fit, by an F test over all three numbers). off is over standard
// errors.
func (p *problem) repeats(off []residuals) Check {
	c := Check{Name: "repeats", Holds: true, Why: "no cell was measured twice"}
	cells, n := cellsOf(p.points), len(p.points)
	if n == cells {
		return c
	}
	c.Tested = true
	c.Why = "the curve is as near to the cells as their rounds are to one another"
	lack, pure := p.lackOfFit(off)
	above, below := 3*cells-len(params{}), 3*(n-cells)
	if beyond(lack/float64(above)/(pure/float64(below)), above, below) < leastChance {
		c.Holds = false
		c.Why = "the curve is further from the cells than their rounds are from one another"
	}
	return c
}

// lackOfFit splits the sum of squares: between each cell's mean and the curve, and within the
// cells.
func (p *problem) lackOfFit(off []residuals) (lack, pure float64) {
	for i := 0; i < len(off); {
		first, sum := i, residuals{}
		for ; i < len(off) && p.points[i].cell() == p.points[first].cell(); i++ {
			for number, r := range off[i] {
				sum[number] += r
			}
		}
		for number, s := range sum {
			mean := s / float64(i-first)
			lack += s * mean
			for _, r := range off[first:i] {
				pure += (r[number] - mean) * (r[number] - mean)
			}
		}
	}
	return lack, pure
}

// beyond is the probability that F of so many degrees of freedom exceeds f.
func beyond(f float64, above, below int) float64 {
	if math.IsNaN(f) {
		return 1 // nothing differs at all
	}
	d1, d2 := float64(above), float64(below)
	return mathext.RegIncBeta(d2/2, d1/2, d2/(d2+d1*f))
}

// trend: with growing load the curve does not stay on one side of the cells. What chance
// may explain has no side; off is over standard errors.
func (p *problem) trend(off []residuals) Check {
	c := Check{Name: "trend", Holds: true, Tested: true, Why: "the cells lie on both sides of the curve"}
	for number, name := range []string{"rate", "p50", "p95"} {
		run, side := 0, 0
		for i, point := range p.points {
			if i > 0 && point.Replicas != p.points[i-1].Replicas {
				run, side = 0, 0
			}
			now := sideOf(off[i][number])
			if now == 0 || now != side {
				run = 0
			}
			run, side = run+1, now
			if now != 0 && run > longestTrend {
				c.Holds = false
				c.Why = fmt.Sprintf("the %s of %s lies on one side of the curve over %d loads", name, matrix.Count(point.Replicas, "replica"), run)
			}
		}
	}
	return c
}

func sideOf(standardised float64) int {
	switch {
	case standardised > 1:
		return 1
	case standardised < -1:
		return -1
	}
	return 0
}

// busy: how many requests a replica serves at once shows only where they are kept waiting.
func (p *problem) busy(at params) Check {
	q := p.queue(at)
	most := 0.0
	for _, point := range p.points {
		most = max(most, point.Rate*q.Service/(q.Servers*float64(point.Replicas)))
	}
	c := Check{Name: "load", Holds: most >= leastBusy, Tested: true}
	c.Why = fmt.Sprintf("the replicas were busy to %.0f %% at most", 100*min(most, 1))
	if !c.Holds {
		c.Why += fmt.Sprintf(", with less than %.0f %% it does not show how much they can do", 100*leastBusy)
	}
	return c
}
