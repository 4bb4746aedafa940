package validity

import (
	"fmt"
	"time"
)

// JudgeBalancer judges the platform's own part between the load and the target, by its
// troubles and by how long it stood still in the window, and tells whether it is sound.
func (w *Watch) JudgeBalancer(troubles []string, name string, stalled, window time.Duration) bool {
	for _, trouble := range troubles {
		w.Break(BalancerTrouble, trouble)
	}
	switch {
	case len(troubles) > 0:
		return false
	case stalled > part(stoodInvalid, window):
		w.Break(BalancerStoodStill, stood(name, stalled, window))
		return false
	}
	return true
}

// DoubtBalancer is what a sound one still makes doubtful; empty for nothing.
func DoubtBalancer(name string, stalled, window time.Duration) string {
	if stalled > part(stoodDoubt, window) {
		return fmt.Sprintf("%s: the highest latencies may be its own", stood(name, stalled, window))
	}
	return ""
}

func part(of float64, window time.Duration) time.Duration {
	return time.Duration(of * float64(window))
}
