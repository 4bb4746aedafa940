package validity

import (
	"fmt"
	"math"
	"time"
)

// Load is what a window's requests say of how many were under way, and what was counted apart
// from them.
type Load struct {
	// Seconds are those of the window.
	Seconds []LoadSecond
	// Requests ended in the window, Unsent could not be sent.
	Requests, Unsent int64
	// Blur is by how much the sum of Waited may be off, since histograms hold times to three
	// digits: as much as the whole window for requests under way since an hour.
	Blur time.Duration
	// Counted says that all workers count what is under way.
	Counted bool
}

// LoadSecond is for how long requests were under way in a second, in sum over them.
type LoadSecond struct {
	// Waited is by what was measured of each: the times of those that ended, and the ages at
	// the end of those that did not, less the ages that these had at the second's start.
	Waited time.Duration
	// Flown is by what the workers counted at every look.
	Flown time.Duration
}

// JudgeLittle holds Little's law (L = X·R) against a window that is whole: the mean number under
// way, as counted, and what the rate and the times make of it, must be one. And no user has
// more than one request under way.
func (w *Watch) JudgeLittle(l Load) {
	byTimes, counted, deviation := l.means()
	seconds := float64(len(l.Seconds))
	blur := l.Blur.Seconds() / seconds
	if byTimes > float64(w.users)*(1+usersOver)+blur {
		w.Break(MoreThanUsers, significant(byTimes), w.users)
		return
	}
	if !l.Counted || seconds < littleSeconds || l.Unsent > 0 || w.Seen.StoodStill > stoodDoubt*seconds {
		return // not known, or the counting itself was held up
	}
	rate := float64(l.Requests) / seconds
	if byTimes < rate*shortest.Seconds() {
		return // looks may miss what is that short
	}
	between := rate * instant.Seconds()
	if math.Abs(counted-byTimes) > littleOff*byTimes+littleSigmas*deviation+between+blur {
		w.Break(LittleBroken, significant(counted), significant(byTimes))
	}
}

// means are the mean number of requests under way by their times and as counted, and the
// standard deviation of the difference. It comes from how the difference varies by the
// second: looks are at random moments, so that what one second's err by says nothing of the
// next, whatever rhythm the users have.
func (l Load) means() (byTimes, counted, deviation float64) {
	n := float64(len(l.Seconds))
	if n < 2 {
		return 0, 0, math.Inf(1)
	}
	for _, s := range l.Seconds {
		byTimes += s.Waited.Seconds() / n
		counted += s.Flown.Seconds() / n
	}
	squares := 0.
	for _, s := range l.Seconds {
		squares += math.Pow((s.Flown-s.Waited).Seconds()-(counted-byTimes), 2)
	}
	return byTimes, counted, math.Sqrt(squares / (n - 1) / n)
}

func significant(v float64) string { return fmt.Sprintf("%.3g", v) }
