package analysis

import (
	"math"
	"time"
)

// settleStep is what a proposed window is a multiple of.
const settleStep = 10 * time.Second

// Settles is how long a window would probably decide an outcome that is too close to call; 0
// if none would that is worth its time.
func (r Row) Settles(o Outcome) time.Duration {
	m := r.Record.Measured
	if !o.Borderline || o.Longer == 0 || m == nil {
		return 0
	}
	// A fifth more, since what was estimated is itself uncertain.
	steps := math.Ceil(1.2 * o.Longer * m.Duration / settleStep.Seconds())
	return time.Duration(steps) * settleStep
}

// Settle is how long a window would probably decide the row; 0 if none would, or it is decided.
func (r Row) Settle() (longest time.Duration) {
	for _, o := range r.Judgement.Close() {
		d := r.Settles(o)
		if d == 0 {
			return 0
		}
		longest = max(longest, d)
	}
	return longest
}
