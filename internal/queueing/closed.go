package queueing

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mathext"
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
	// met[n] is the probability that an arriving request finds n others there.
	met []float64
}

// NewClosed returns the queue of so many servers and users, with mean think and service
// times in seconds. A think time of 0 is allowed: users then send without a pause.
func NewClosed(servers, users int, think, service float64) (Closed, error) {
	err := errors.Join(atLeastOne("servers", servers), atLeastOne("users", users), positive("service time", service))
	if think != 0 {
		err = errors.Join(err, positive("think time", think))
	}
	if err != nil {
		return Closed{}, err
	}
	q := Closed{servers: servers, users: users, think: think, service: service}
	q.met = q.present(users - 1) // whoever arrives sees what the others would make by themselves
	for n, p := range q.present(users) {
		q.throughput += p * float64(min(n, servers)) / service
	}
	return q, nil
}

// present is the distribution of how many of so many users are waiting or being served. It
// is summed up in logarithms, since its factors under- and overflow.
func (q Closed) present(users int) []float64 {
	logs := make([]float64, users+1)
	if q.think == 0 {
		p := make([]float64, users+1)
		p[users] = 1
		return p
	}
	largest := 0.0
	for n := 1; n <= users; n++ {
		factor := float64(users-n+1) * q.service / (q.think * float64(min(n, q.servers)))
		logs[n] = logs[n-1] + math.Log(factor)
		largest = max(largest, logs[n])
	}
	sum := 0.0
	for n := range logs {
		logs[n] = math.Exp(logs[n] - largest)
		sum += logs[n]
	}
	for n := range logs {
		logs[n] /= sum
	}
	return logs
}

// Throughput is how many requests end per second.
func (q Closed) Throughput() float64 { return q.throughput }

// Response is the mean time from sending to the answer, in seconds: the interactive law's.
func (q Closed) Response() float64 { return float64(q.users)/q.throughput - q.think }

// Utilisation is the share of the servers that is busy, in 0..1.
func (q Closed) Utilisation() float64 { return q.throughput * q.service / float64(q.servers) }

// Tail is the share of requests that take longer than so many seconds.
func (q Closed) Tail(seconds float64) float64 {
	sum := 0.0
	for n, p := range q.met {
		sum += p * q.tailBehind(max(n-q.servers+1, 0), seconds)
	}
	return min(sum, 1)
}

// tailBehind is the tail for a request that must see `departures` others leave before it
// is served: that many exponential times of all servers together, then its own.
func (q Closed) tailBehind(departures int, seconds float64) float64 {
	own := seconds / q.service
	k, c := float64(departures), float64(q.servers)
	switch {
	case departures == 0 || seconds <= 0:
		return math.Exp(-max(own, 0))
	case q.servers == 1:
		return mathext.GammaIncRegComp(k+1, own)
	}
	left := mathext.GammaIncRegComp(k, c*own)
	done := mathext.GammaIncReg(k, (c-1)*own)
	if done == 0 {
		return left
	}
	return left + math.Exp(k*math.Log(c/(c-1))-own+math.Log(done))
}

// Quantile is the response time that the level, a share of the requests, stays within, in seconds.
func (q Closed) Quantile(level float64) float64 { return quantile(level, q.service, q.Tail) }
