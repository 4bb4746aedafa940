package models

import (
	"math"

	"github.com/swarmgrid/swarmgrid/internal/queueing"
)

// Queue is a closed queue with replicas: each serves Servers requests at a time, which may
// be a fraction, and each request takes Delay beside that.
type Queue struct {
	// Split says that each replica has a queue of its own, to which requests go at random;
	// otherwise all share one.
	Split bool
	// Service is the mean service time, Think the mean think time.
	Service, Servers, Delay, Think float64
}

// Expected is what a queue expects of a cell.
type Expected struct{ Rate, Mean, P50, P95 float64 }

// At is what the queue expects.
func (q Queue) At(replicas, users int) Expected {
	b := q.blend(replicas, users)
	mean := b.time(queueing.Split.Response)
	return Expected{
		Rate: float64(users) / (q.Think + q.Delay + mean),
		Mean: q.Delay + mean,
		P50:  q.Delay + b.quantile(.50),
		P95:  q.Delay + b.quantile(.95),
	}
}

// Quantile is the response time that the level, a share of the requests, stays within.
func (q Queue) Quantile(replicas, users int, level float64) float64 {
	return q.Delay + q.blend(replicas, users).quantile(level)
}

// Mean is the mean response time.
func (q Queue) Mean(replicas, users int) float64 {
	return q.Delay + q.blend(replicas, users).time(queueing.Split.Response)
}

// blend is between two queues with whole numbers of servers.
type blend struct {
	low, high queueing.Split
	// part is how much of high there is in it.
	part float64
}

// blend has as many servers as the cell's queue. More than the users do nothing.
func (q Queue) blend(replicas, users int) blend {
	servers, groups := q.Servers, replicas
	if !q.Split {
		servers, groups = servers*float64(replicas), 1
	}
	servers = min(max(servers, 1), float64(users))
	whole := func(n float64) queueing.Split {
		// A fit has no parameters that a queue refuses.
		s, _ := queueing.NewSplit(groups, int(n), users, q.Think+q.Delay, q.Service)
		return s
	}
	b := blend{low: whole(math.Floor(servers)), part: servers - math.Floor(servers)}
	if b.part > 0 {
		b.high = whole(math.Ceil(servers))
	}
	return b
}

// time interpolates on the log scale.
func (b blend) time(of func(queueing.Split) float64) float64 {
	low := of(b.low)
	if b.part == 0 {
		return low
	}
	return low * math.Pow(of(b.high)/low, b.part)
}

func (b blend) quantile(level float64) float64 {
	return b.time(func(s queueing.Split) float64 { return s.Quantile(level) })
}
