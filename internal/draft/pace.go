package draft

import (
	"slices"
	"time"
)

// The bounds on the pace of a drafted experiment. An experiment in a file has longer
// defaults: whoever writes one measures for minutes.
const (
	longestSettle   = 6 * time.Second
	longestCooldown = 15 * time.Second
	// mostSpawned is in users per second: a worker makes a connection for each.
	mostSpawned = 500
)

// Pace is the time around a window.
type Pace struct {
	Settle, Cooldown time.Duration
	// SpawnRate is in users a second.
	SpawnRate float64
}

// PaceOf makes ramp, settling and cool-down a tenth of the window each, so that a short
// measurement is short overall.
func PaceOf(window time.Duration, users []int) Pace {
	tenth := (window + 10*time.Second - 1) / (10 * time.Second) * time.Second
	most := float64(slices.Max(append(slices.Clone(users), 1)))
	return Pace{
		Settle:    min(tenth, longestSettle),
		Cooldown:  min(tenth, longestCooldown),
		SpawnRate: min(max(most/tenth.Seconds(), 1), mostSpawned),
	}
}
