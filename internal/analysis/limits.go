package analysis

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Limit is something that holds a service back, with what shows it.
type Limit struct {
	Resource Resource
	// Evidence is for people: "the CPU limit held the target up in 34 % of the time with …".
	Evidence string
}

// Resource is what a service is short of.
type Resource string

// The resources, in the order in which they are believed: what comes first explains the rest.
const (
	// Generator: the load was limited by who sends it, and not by the service.
	Generator Resource = "load generator"
	Errors    Resource = "errors"
	CPULimit  Resource = "CPU limit"
	// HotReplica: one replica has more than its part of the load.
	HotReplica Resource = "one hot replica"
	// Queueing: requests wait for one another, and nothing else shows why.
	Queueing Resource = "queueing"
)

const (
	// throttled is the share of scheduling periods in which a CPU limit held the target up,
	// from which on its numbers are of that limit.
	throttled = .01
	// uneven is the largest share of the load over an even one that is no evidence.
	uneven = 1.2
	// waits is how many times as long as at light load a response takes where requests queue.
	waits = 2
)

// limits looks at the rows with the most users of one replica count; light is the lightest row of
// every count.
func limits(light Row, here []Row) []Limit {
	most := slices.Max(axis(here, usersOf))
	heaviest := keepRows(here, func(r Row) bool { return usersOf(r) == most })
	var out []Limit
	for _, look := range []func(Row) (Limit, bool){generatorShort, requestsFailed, cpuLimited, oneHot} {
		for _, r := range heaviest {
			if l, found := look(r); found {
				out = append(out, l)
				break
			}
		}
	}
	if l, found := queues(light, heaviest[0]); found {
		out = append(out, l)
	}
	return out
}

func generatorShort(r Row) (Limit, bool) {
	o := r.Record.Observed
	text := fmt.Sprintf("the load workers used %s of their CPU on average and %s at most with %s", share(o.CPUMean/100), share(o.CPUMax/100), r.Name())
	return Limit{Generator, text}, o.CPUMean > highMeanCPU || o.CPUMax > highMaxCPU
}

func requestsFailed(r Row) (Limit, bool) {
	m := r.Record.Measured
	text := fmt.Sprintf("%s of requests failed with %s", share(m.FailureRatio()), r.Name())
	return Limit{Errors, text}, m.FailureRatio() > mostFailed
}

func cpuLimited(r Row) (Limit, bool) {
	u := r.Record.Observed.TargetUsage
	if u == nil || u.Unavailable != "" || u.Throttled == nil {
		return Limit{}, false
	}
	return Limit{CPULimit, fmt.Sprintf("the CPU limit held the target up in %s of the time with %s", share(*u.Throttled), r.Name())}, *u.Throttled > throttled
}

func oneHot(r Row) (Limit, bool) {
	s := r.Record.Observed.TargetShares
	if s == nil || len(s.Replicas) < 2 {
		return Limit{}, false
	}
	hot := slices.MaxFunc(s.Replicas, func(a, b result.ReplicaShare) int { return cmp.Compare(a.Share, b.Share) })
	what := "requests"
	if s.Unit == result.ByCPU {
		what = "processor time"
	}
	text := fmt.Sprintf("replica %s had %s of the %s with %s, an even share is %s", hot.ID, share(hot.Share), what, r.Name(), share(1/float64(len(s.Replicas))))
	return Limit{HotReplica, text}, s.MaxToMean > uneven
}

// lightest is the row with the quickest mean, which is at light load; nothing of no rows.
func lightest(rows []Row) (light Row) {
	for i := range rows {
		if i == 0 || rows[i].Record.Measured.Latency.Mean < light.Record.Measured.Latency.Mean {
			light = rows[i]
		}
	}
	return light
}

// queues compares with the lightest row.
func queues(light, r Row) (Limit, bool) {
	mean, least := r.Record.Measured.Latency.Mean, light.Record.Measured.Latency.Mean
	if least <= 0 {
		return Limit{}, false
	}
	text := fmt.Sprintf("a request takes %s times as long with %s as with %s", trim(mean/least, 1), r.Name(), light.Name())
	return Limit{Queueing, text}, mean >= waits*least
}
