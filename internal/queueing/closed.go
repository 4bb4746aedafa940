package queueing

import (
	"errors"
	"math"
	"slices"
)

// Closed is M/M/c//N: each of N users thinks, sends a request, waits for its answer and
// thinks again; c servers take the requests in turn, each for an exponential time. How
// think times are distributed does not matter, only their mean (measuring.md 17).
type Closed struct {
	servers, users int
	// think and service are in seconds.
	think, service float64
	// throughput is per second.
	throughput float64
	// left[i] is the share of requests without an answer by the time when the servers,
	// all busy, have ended first+i others. Before, none has one.
	first int
	left  []float64
}

// NewClosed returns the queue of so many servers and users, with mean think and service
// times in seconds. A think time of 0 is allowed: users then send without a pause.
func NewClosed(servers, users int, think, service float64) (Closed, error) {
	if err := noQueue(servers, users, think, service); err != nil {
		return Closed{}, err
	}
	q := meansOf(servers, users, think, service)
	q.follow(q.present(users - 1)) // whoever arrives sees what the others would make by themselves
	return q, nil
}

// noQueue is what speaks against a closed queue; nil if nothing does.
func noQueue(servers, users int, think, service float64) error {
	err := errors.Join(atLeastOne("servers", servers), atLeastOne("users", users), positive("service time", service))
	if think != 0 {
		err = errors.Join(err, positive("think time", think))
	}
	return err
}

// meansOf is the queue without its tail.
func meansOf(servers, users int, think, service float64) Closed {
	q := Closed{servers: servers, users: users, think: think, service: service}
	now := q.present(users)
	for i, p := range now.p {
		q.throughput += p * float64(min(now.first+i, servers)) / service
	}
	return q
}

// negligible is a part of the whole that no sum can show.
const negligible = 1e-16

// states are the probabilities of first, first+1 and so on; all others are negligible.
type states struct {
	first int
	p     []float64
}

// present is the distribution of how many of so many users are waiting or being served,
// from the likeliest number to both sides.
func (q Closed) present(users int) states {
	if q.think == 0 || users == 0 {
		return states{users, []float64{1}}
	}
	mode := q.likeliest(users)
	p := make([]float64, 1, min(users+1, 64+16*int(math.Sqrt(float64(users)))))
	p[0] = 1
	sum, last := 1.0, 1.0
	for n := mode; n > 0 && last > negligible*sum; n-- {
		last /= q.ratio(users, n)
		p, sum = append(p, last), sum+last
	}
	slices.Reverse(p)
	out := states{mode + 1 - len(p), p}
	last = 1
	for n := mode + 1; n <= users && last > negligible*sum; n++ {
		last *= q.ratio(users, n)
		out.p, sum = append(out.p, last), sum+last
	}
	for i := range out.p {
		out.p[i] /= sum
	}
	return out
}

// ratio is how much likelier n requests at the service are than n-1. It falls with n.
func (q Closed) ratio(users, n int) float64 {
	return float64(users-n+1) * q.service / (q.think * float64(min(n, q.servers)))
}

// likeliest is the largest n whose ratio is 1 or more.
func (q Closed) likeliest(users int) int {
	all := float64(users + 1)
	n := all * q.service / (q.service + q.think)
	if n >= float64(q.servers) {
		n = all - float64(q.servers)*q.think/q.service
	}
	return min(max(int(n), 0), users)
}

// follow sums up what becomes of a request that finds n others. n-c+1 of them must leave
// before it is served, and each one that leaves after that is another than itself with the
// probability (c-1)/c.
func (q *Closed) follow(met states) {
	q.first = max(met.first-q.servers+1, 0)
	q.left = make([]float64, 0, len(met.p))
	waits, served, other := 1.0, 0.0, q.other()
	for i := 0; i < len(met.p); {
		ahead := max(met.first+i-q.servers+1, 0)
		served *= other
		for ; i < len(met.p) && max(met.first+i-q.servers+1, 0) == ahead; i++ {
			waits, served = waits-met.p[i], served+met.p[i]
		}
		q.left = append(q.left, min(max(waits, 0)+served, 1))
	}
}

// other is the probability that, of all busy servers, another one is the next to end.
func (q Closed) other() float64 { return float64(q.servers-1) / float64(q.servers) }

// Throughput is how many requests end per second.
func (q Closed) Throughput() float64 { return q.throughput }

// Response is the mean time from sending to the answer, in seconds: the interactive law's,
// whose small difference of large numbers is never less than a service.
func (q Closed) Response() float64 {
	return max(float64(q.users)/q.throughput-q.think, q.service)
}

// Utilisation is the share of the servers that is busy, in 0..1.
func (q Closed) Utilisation() float64 { return q.throughput * q.service / float64(q.servers) }

// Tail is the share of requests that take longer than so many seconds: the mean of left
// over how many requests busy servers end in that time, which is Poisson's.
func (q Closed) Tail(seconds float64) float64 {
	mean, other := float64(q.servers)*seconds/q.service, q.other()
	switch {
	case !(mean > 0):
		return 1
	case mean > math.MaxInt32:
		return 0
	}
	// The terms are relative to Poisson's probability of start, which is near the largest.
	start := int(min(mean, max(mean*other, float64(q.first+len(q.left)-1))))
	weight := q.leftAt(start)
	sum, p := weight, 1.0
	for j := start + 1; p*weight > negligible*sum; j++ {
		p *= mean / float64(j)
		if i := j - q.first; i >= len(q.left) {
			weight *= other
		} else if i >= 0 {
			weight = q.left[i]
		}
		sum += p * weight
	}
	p = 1
	for j := start; j > 0 && p > negligible*sum; j-- {
		p *= float64(j) / mean
		sum += p * q.leftAt(j-1)
	}
	gamma, _ := math.Lgamma(float64(start) + 1)
	return min(math.Exp(float64(start)*math.Log(mean)-mean-gamma)*sum, 1)
}

// leftAt is the share that is left when so many others have ended.
func (q Closed) leftAt(ended int) float64 {
	switch i := ended - q.first; {
	case i < 0:
		return 1
	case i < len(q.left):
		return q.left[i]
	default:
		return q.left[len(q.left)-1] * math.Pow(q.other(), float64(i-len(q.left)+1))
	}
}

// Quantile is the response time that the level, a share of the requests, stays within, in seconds.
func (q Closed) Quantile(level float64) float64 { return quantile(level, q.Response(), q.Tail) }
