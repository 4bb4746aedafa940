package search

import (
	"math"
	"slices"
)

const (
	// most is how often a cell is measured to settle a close call.
	most = 3
	// clearly is how far from 0 a mean margin is that tells: 0.82 and 1.22 times the share of
	// bad requests that is allowed.
	clearly = 0.2
	// near is how near to passing clearly one margin is a close call: between 0.45 and 1.5 times
	// the share allowed. Windows of the same service differ by as much.
	near = 0.6
	// still is the same for the mean of two. Further off, a third would hardly change it.
	still = 0.15
	// far is what a margin counts at most, so that one window without any bad request, whose
	// margin is -Inf, does not outvote the others.
	far = 3
)

// Judge is the verdict of one cell's measurements. One that is no close call stands; several
// are judged by the mean of their margins, or by vote where a margin is not known.
func Judge(seen []Observation) Verdict {
	valid := withData(seen)
	switch {
	case len(seen) == 0:
		return Open
	case len(valid) == 0:
		return NoData
	case len(valid) > 1:
		return judgeAll(valid)
	case closeCall(valid):
		return Close
	}
	return valid[0].Verdict
}

func judgeAll(valid []Observation) Verdict {
	mean := meanMargin(valid)
	switch {
	case math.IsNaN(mean):
		return vote(valid)
	case mean < -clearly:
		return Pass
	case mean > clearly:
		return Fail
	}
	return Close
}

// vote is the verdict of more than half.
func vote(valid []Observation) Verdict {
	count := map[Verdict]int{}
	for _, o := range valid {
		count[o.Verdict]++
	}
	for _, v := range []Verdict{Pass, Fail} {
		if 2*count[v] > len(valid) {
			return v
		}
	}
	return Close
}

// again tells whether one cell's measurements leave a close call that another may settle.
func again(seen []Observation) bool {
	valid := withData(seen)
	return len(valid) > 0 && len(seen) < most && closeCall(valid)
}

// closeCall tells whether another measurement may change whether a cell passes. Whether it
// fails or is too close to call makes no difference to a size.
func closeCall(valid []Observation) bool {
	off := meanMargin(valid) + clearly
	switch {
	case math.IsNaN(off):
		return undecided(valid)
	case len(valid) == 1:
		// A window that was too short to tell is too close to call, however few were bad.
		return off < near && (off > -near || valid[0].Verdict == Close)
	}
	return math.Abs(off) < still || has(valid, Pass) && has(valid, Fail)
}

func has(seen []Observation, v Verdict) bool {
	return slices.ContainsFunc(seen, func(o Observation) bool { return o.Verdict == v })
}

// undecided tells the same by votes.
func undecided(valid []Observation) bool {
	if len(valid) == 1 {
		return valid[0].Verdict == Close
	}
	return has(valid, Pass) && vote(valid) != Pass
}

func withData(seen []Observation) []Observation {
	var valid []Observation
	for _, o := range seen {
		if o.Verdict == Pass || o.Verdict == Fail || o.Verdict == Close {
			valid = append(valid, o)
		}
	}
	return valid
}

// meanMargin is NaN where any margin is not known.
func meanMargin(valid []Observation) float64 {
	sum := 0.0
	for _, o := range valid {
		sum += o.margin()
	}
	return sum / float64(len(valid))
}

// margin is NaN also where it does not explain the verdict.
func (o Observation) margin() float64 {
	if o.Verdict == Pass && o.Margin > 0 || o.Verdict == Fail && o.Margin < 0 {
		return math.NaN()
	}
	return min(max(o.Margin, -far), far)
}
