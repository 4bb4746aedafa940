package analysis

import (
	"math"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Warming is how the target came to speed under the first load after it was scaled up: that load
// begins when the new replicas receive traffic, and goes to all of them.
type Warming struct {
	// Answered is within how many seconds of that load's start a request succeeded.
	Answered float64
	// Full is by how many seconds after it the target was at full speed: where its window's warm-up
	// ended or, without any, where its window began at the latest.
	Full float64
	// Seen says that the window had a warm-up.
	Seen bool
}

// WarmingOf reads the course of an attempt; nil where that is not known second by second.
func WarmingOf(rec result.Record) *Warming {
	s, m := rec.Series, rec.Measured
	steadiness := SteadinessOf(rec)
	if steadiness == nil || rec.Status != result.Success {
		return nil
	}
	out := &Warming{Answered: math.NaN(), Full: float64(m.Start.Unix()-s.Start) + float64(steadiness.WarmUp), Seen: steadiness.WarmUp > 0}
	for i, n := range s.RPS {
		if n-s.Failed.At(i) > 0 {
			out.Answered = float64((i + 1) * s.Step)
			break
		}
	}
	if math.IsNaN(out.Answered) {
		return nil // none that is known to have succeeded
	}
	return out
}
