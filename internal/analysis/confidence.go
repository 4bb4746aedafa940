package analysis

// Confidence is how far an answer can be trusted.
type Confidence string

// The confidences.
const (
	// Established: both sides were decided by intervals of 95 %, and nothing speaks against it.
	Established Confidence = "established"
	// Estimated: a side was decided by a value whose interval is not known.
	Estimated Confidence = "estimated"
	// InDoubt: there are doubts, or no answer.
	InDoubt Confidence = "in doubt"
)

// Confidence is how far the answer can be trusted.
func (d Demand) Confidence() Confidence {
	return confidence(d.Replicas > 0 || len(d.Failed)+len(d.Inefficient) > 0, d.Doubts, d.Short, d.Holds)
}

// Confidence is how far the answer can be trusted.
func (c Capacity) Confidence() Confidence {
	return confidence(c.Users > 0 || len(c.Failed) > 0, c.Doubts, c.Holds, c.Over)
}

func confidence(answered bool, doubts []string, sides ...*Side) Confidence {
	if !answered || len(doubts) > 0 {
		return InDoubt
	}
	for _, s := range sides {
		if s != nil && s.Estimated {
			return Estimated
		}
	}
	return Established
}
