package validity

import (
	"fmt"
	"time"
)

// JudgeFrontDoor judges what the platform has put between the load and the target, by its
// troubles and by how long it stood still in the window, and tells whether it is sound.
func (w *Watch) JudgeFrontDoor(troubles []string, name string, stalled, window time.Duration) bool {
	for _, trouble := range troubles {
		w.Break(FrontDoorTrouble, trouble)
	}
	switch {
	case len(troubles) > 0:
		return false
	case stalled > part(stoodInvalid, window):
		w.Break(FrontDoorStoodStill, stood(name, stalled, window))
		return false
	}
	return true
}

// DoubtFrontDoor is what a sound one still makes doubtful; empty for nothing.
func DoubtFrontDoor(name string, stalled, window time.Duration) string {
	if stalled > part(stoodDoubt, window) {
		return fmt.Sprintf("%s: the highest latencies may be its own", stood(name, stalled, window))
	}
	return ""
}

func part(of float64, window time.Duration) time.Duration {
	return time.Duration(of * float64(window))
}
