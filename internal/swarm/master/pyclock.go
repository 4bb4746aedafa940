package master

import (
	"math"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// maxSkew is the difference between a worker's clock and ours, in seconds, that is taken for
// delay while nothing better is known; a larger one is taken out of its timestamps.
const maxSkew = 10

// clockReports is how many reports are used to read a worker's clock.
const clockReports = 4

// pyClock estimates how far a Python worker's clock is from ours. Each report says when the
// one before was sent (the start_time of stats_total, which every report resets), and when
// that one came is known.
type pyClock struct {
	// came is when the last report did; zero when the worker has cleared its
	// statistics since, because then the next start_time is that of the clearing.
	came time.Time
	// behind are the last differences, in seconds, each including the delay on the way.
	behind []float64
}

// read takes a report and returns how far the worker's clock is behind ours. Delay only ever
// adds, so the smallest difference is the best.
func (k *pyClock) read(now time.Time, r wire.StatsReport) float64 {
	if start := r.Total.StartTime; start > 0 && !k.came.IsZero() {
		k.behind = append(k.behind, unix(k.came)-start)
		k.behind = k.behind[max(0, len(k.behind)-clockReports):]
	}
	k.came = now
	if len(k.behind) == 0 {
		return guessedSkew(now, r)
	}
	least := k.behind[0]
	for _, b := range k.behind {
		least = min(least, b)
	}
	return least
}

// guessedSkew goes by the newest request, which may well be some seconds old, so only a
// large difference counts (issues #2300, #38 of Locust).
func guessedSkew(now time.Time, r wire.StatsReport) float64 {
	var last float64
	for _, e := range r.Stats {
		if e.LastRequest != nil {
			last = max(last, *e.LastRequest)
		}
	}
	if diff := unix(now) - last; last != 0 && math.Abs(diff) > maxSkew {
		return diff
	}
	return 0
}

// complete is the first second on our clock of which a report sent now may lack requests,
// when the worker's seconds are shifted by whole seconds.
func complete(now time.Time, behind float64) int64 {
	return int64(math.Floor(unix(now)-behind)) + int64(math.Round(behind))
}
