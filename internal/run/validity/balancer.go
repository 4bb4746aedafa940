package validity

import (
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// JudgeBalancer judges the platform's own part between the load and the target, by its
// troubles (as Troubles has them) and by how long it stood still in the window, and tells whether it is sound.
func (w *Watch) JudgeBalancer(troubles []result.Finding, name string, stalled, window time.Duration) bool {
	w.add(troubles...)
	switch {
	case len(troubles) > 0:
		return false
	case stalled > part(stoodInvalid, window):
		w.Break(BalancerStoodStill, stood(name, stalled, window))
		return false
	}
	return true
}

// Troubles are what the balancer says of itself, as findings.
func Troubles(texts ...string) (out []result.Finding) {
	for _, text := range texts {
		out = append(out, BalancerTrouble.Breaks(text))
	}
	return out
}

// DoubtBalancer is what a sound one still makes doubtful.
func DoubtBalancer(name string, stalled, window time.Duration) (doubts []result.Finding) {
	if stalled > part(stoodDoubt, window) {
		return []result.Finding{BalancerPaused.Doubts(stood(name, stalled, window))}
	}
	return nil
}

func part(of float64, window time.Duration) time.Duration {
	return time.Duration(of * float64(window))
}
