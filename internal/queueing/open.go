package queueing

import (
	"errors"
	"fmt"
	"math"
)

// Open is M/M/c: requests arrive at random at a rate, and c servers take them in turn,
// each for an exponential time (measuring.md 16).
type Open struct {
	servers int
	// rate and service are per second and in seconds; mu is 1/service.
	rate, mu float64
	// theta is how much faster the servers are than the arrivals, per second.
	theta float64
	// wait is Erlang's C, the probability of having to wait.
	wait float64
}

// NewOpen returns the queue of so many servers, requests per second and seconds of mean
// service. It refuses one that would grow without end: rate times service must be less
// than the servers.
func NewOpen(servers int, rate, service float64) (Open, error) {
	err := errors.Join(atLeastOne("servers", servers), positive("rate", rate), positive("service time", service))
	if err != nil {
		return Open{}, err
	}
	if busy := rate * service; busy >= float64(servers) {
		return Open{}, fmt.Errorf("rate %v with a service time of %v s keeps %.4g servers busy: want fewer than %d", rate, service, busy, servers)
	}
	q := Open{servers: servers, rate: rate, mu: 1 / service}
	q.theta = float64(servers)*q.mu - rate
	q.wait = erlangC(servers, rate*service)
	return q, nil
}

// erlangC is the probability that all servers are busy, where the load would keep `busy`
// of them so: Erlang's loss by its recursion, then with a queue.
func erlangC(servers int, busy float64) float64 {
	loss := 1.0
	for k := 1; k <= servers; k++ {
		loss = busy * loss / (float64(k) + busy*loss)
	}
	return loss / (1 - busy/float64(servers)*(1-loss))
}

// Utilisation is the share of the servers that is busy, in 0..1.
func (q Open) Utilisation() float64 { return q.rate / (float64(q.servers) * q.mu) }

// WaitProbability is Erlang's C: the share of requests that find all servers busy.
func (q Open) WaitProbability() float64 { return q.wait }

// MeanWait is the mean time in the queue, in seconds.
func (q Open) MeanWait() float64 { return q.wait / q.theta }

// WaitTail is the share of requests that wait for longer than so many seconds.
func (q Open) WaitTail(seconds float64) float64 { return q.wait * math.Exp(-q.theta*seconds) }

// Response is the mean time from arrival to end, in seconds.
func (q Open) Response() float64 { return q.MeanWait() + 1/q.mu }

// Tail is the share of requests that take longer than so many seconds.
func (q Open) Tail(seconds float64) float64 {
	own := math.Exp(-q.mu * seconds)
	difference := (q.theta - q.mu) * seconds
	// The sum of two exponential times. Where their rates meet, its formula is 0/0:
	// (theta e^-mu·t - mu e^-theta·t)/(theta - mu) = e^-mu·t (1 + mu t (1 - e^-d)/d), d = (theta - mu) t.
	part := 1.0
	if difference != 0 {
		part = -math.Expm1(-difference) / difference
	}
	return (1-q.wait)*own + q.wait*own*(1+q.mu*seconds*part)
}

// Quantile is the response time that the level, a share of the requests, stays within, in seconds.
func (q Open) Quantile(level float64) float64 { return quantile(level, 1/q.mu, q.Tail) }
