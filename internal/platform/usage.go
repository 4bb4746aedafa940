package platform

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Meter tells what the replicas of a role use. A platform that can tell implements it;
// whether this caller may know is found out by asking.
type Meter interface {
	// Usage observes a role now. Its error says why the figures are not available,
	// for a person to read; it is never a reason to give up a run.
	Usage(ctx context.Context, role Role) (Usage, error)
}

// Usage is one observation of what the replicas of a role use, summed over them.
type Usage struct {
	// Source names where the figures are from: "cadvisor", "metrics.k8s.io".
	Source string
	// At is when they were taken. Window is the time over which CPU is the mean; 0 if that
	// takes the difference of two observations (Since).
	At     time.Time
	Window time.Duration
	// Replicas is how many were measured.
	Replicas int
	// CPU is in cores.
	CPU float64
	// ByReplica is CPU by the ids of the replicas.
	ByReplica map[string]float64
	// CPURequests is what the replicas request together, in cores, as an autoscaler adds it up;
	// 0 where a container requests none, and where there are no requests.
	CPURequests float64
	// Memory is the working set in bytes.
	Memory int64
	// Throttled is the share of scheduling periods in which a replica wanted more
	// than its limit, 0 to 1; negative when it is not known.
	Throttled float64

	// Counters are the totals from whose differences CPU and Throttled are computed, by replica
	// and container with a space between; nil if the source has none.
	Counters map[string]UsageCounters
}

// UsageCounters only grow while a container lives.
type UsageCounters struct {
	// At is when they were read, which may be seconds before anybody asked for them.
	At time.Time
	// CPUSeconds is processor time.
	CPUSeconds float64
	// Periods and ThrottledPeriods are those of the scheduler's bandwidth control.
	Periods, ThrottledPeriods float64
}

// Since returns u with CPU, Throttled and Window for the time since an earlier observation,
// which was asked for at began. Its error says why the two observations do not show that.
func (u Usage) Since(earlier Usage, began time.Time) (Usage, error) {
	switch {
	case u.Source != earlier.Source:
		return u, fmt.Errorf("the figures are from %s at first and from %s at the end", earlier.Source, u.Source)
	case u.Counters != nil:
		return u.rate(earlier, began)
	case u.At.Add(-u.Window).Before(began):
		return u, fmt.Errorf("the last figures of %s are means over %v, which began too early", u.Source, u.Window)
	}
	return u, nil
}

// At most 1/earlyShare of the time between two readings may lie before the time asked about.
const earlyShare = 5

// rate divides what each container has used by the time between its own two readings: they
// are not all read at once, nor when we ask. A first reading from well before began would
// mix in what came before the load.
func (u Usage) rate(earlier Usage, began time.Time) (Usage, error) {
	if len(u.Counters) != len(earlier.Counters) {
		return u, fmt.Errorf("the figures of %s are of %d containers at first and of %d at the end", u.Source, len(earlier.Counters), len(u.Counters))
	}
	var sum UsageCounters
	u.CPU, u.Window, u.Throttled, u.ByReplica = 0, 0, -1, map[string]float64{}
	for id, now := range u.Counters {
		before, ok := earlier.Counters[id]
		if !ok {
			return u, fmt.Errorf("%s did not report %s at first", u.Source, id)
		}
		window := now.At.Sub(before.At)
		if window <= 0 {
			return u, fmt.Errorf("%s has no second reading of %s yet", u.Source, id)
		}
		if early := began.Sub(before.At); early > window/earlyShare {
			return u, fmt.Errorf("the figures of %s are of %v, which began %v too early", u.Source, window, early)
		}
		u.Window = max(u.Window, window)
		cores := (now.CPUSeconds - before.CPUSeconds) / window.Seconds()
		replica, _, _ := strings.Cut(id, " ")
		u.CPU += cores
		u.ByReplica[replica] += cores
		sum.Periods += now.Periods - before.Periods
		sum.ThrottledPeriods += now.ThrottledPeriods - before.ThrottledPeriods
	}
	if sum.Periods > 0 {
		u.Throttled = sum.ThrottledPeriods / sum.Periods
	}
	return u, nil
}
