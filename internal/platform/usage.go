package platform

import (
	"context"
	"time"
)

// Meter tells what the replicas of a role use. A platform that can tell implements
// it too; whether the caller may know is found out by asking.
type Meter interface {
	// Usage observes a role now. Its error says why the figures are not available,
	// for a person to read; it is never a reason to give up a run.
	Usage(ctx context.Context, role Role) (Usage, error)
}

// Usage is one observation of what the replicas of a role use, summed over them.
type Usage struct {
	// Source names where the figures are from: "cadvisor", "metrics.k8s.io".
	Source string
	// At is when they were taken. Window is the time that CPU is the mean of; 0 when
	// only a difference of two observations has one (Since).
	At     time.Time
	Window time.Duration
	// Replicas were measured.
	Replicas int
	// CPU is in cores.
	CPU float64
	// Memory is the working set in bytes.
	Memory int64
	// Throttled is the share of scheduling periods in which a replica wanted more
	// than its limit, 0 to 1; negative when it is not known.
	Throttled float64

	// Counters are the totals that CPU and Throttled are the differences of, by
	// replica; nil when the source has none.
	Counters map[string]UsageCounters
}

// UsageCounters only grow while a replica lives.
type UsageCounters struct {
	// CPUSeconds is processor time.
	CPUSeconds float64
	// Periods and ThrottledPeriods are of the scheduler's bandwidth control.
	Periods, ThrottledPeriods float64
}

// Since returns u with CPU, Throttled and Window of the time since an earlier
// observation, from the replicas that both know. Without counters it is u itself.
func (u Usage) Since(earlier Usage) Usage {
	window := u.At.Sub(earlier.At)
	if u.Counters == nil || earlier.Counters == nil || window <= 0 {
		return u
	}
	var sum UsageCounters
	u.Replicas = 0
	for id, now := range u.Counters {
		before, ok := earlier.Counters[id]
		if !ok {
			continue
		}
		u.Replicas++
		sum.CPUSeconds += now.CPUSeconds - before.CPUSeconds
		sum.Periods += now.Periods - before.Periods
		sum.ThrottledPeriods += now.ThrottledPeriods - before.ThrottledPeriods
	}
	u.Window, u.CPU, u.Throttled = window, sum.CPUSeconds/window.Seconds(), -1
	if sum.Periods > 0 {
		u.Throttled = sum.ThrottledPeriods / sum.Periods
	}
	return u
}
