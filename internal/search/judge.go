package search

import "math"

const (
	// most is how often a cell is measured to settle a close call.
	most = 3
	// near is how near to 0 a margin is a close call: a share of bad requests between 0.45
	// and 2.2 times the one allowed. Windows of the same service differ by as much.
	near = 0.8
	// clearly is how far from 0 the mean margin of a repeated cell tells: 0.82 and 1.22 times
	// the share allowed.
	clearly = 0.2
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

// closeCall tells whether measurements with data leave open what the cell is.
func closeCall(valid []Observation) bool {
	mean := meanMargin(valid)
	if len(valid) == 1 {
		return valid[0].Verdict == Close || math.Abs(mean) < near
	}
	// Two that agree settle it, unless both are at the bound.
	return vote(valid) == Close || math.Abs(mean) < clearly
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
