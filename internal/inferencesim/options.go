package inferencesim

import (
	"errors"
	"fmt"
	"time"
)

// Discipline names how requests share the service.
type Discipline string

// The queueing disciplines.
const (
	FIFO             Discipline = "fifo" // parallel servers, one queue
	ProcessorSharing Discipline = "ps"   // all at once, at a shared speed
)

// Unlimited as a QueueLimit lets any number of requests wait.
const Unlimited = -1

// Options says how the service behaves. Start from [DefaultOptions].
type Options struct {
	Listen       string        // address to listen on
	Discipline   Discipline    // how requests share the service
	Servers      int           // FIFO: parallel servers; ps: total speed is min(Servers, in service)
	QueueLimit   int           // FIFO: how many may wait, or Unlimited; beyond: 503
	Service      Distribution  // law of the service times
	Mean         time.Duration // mean service time alone on a server; unused with Rates
	Sigma        float64       // Lognormal: standard deviation of the logarithm
	Rates        Rates         // ps: total rate by number in service, instead of Servers and Mean
	Seed         uint64        // of the service times and failures; 0: a random one
	StartupDelay time.Duration // how long after its start the service is not ready
	FailureRate  float64       // share of predictions answered 500 after their service, 0 to 1
	DrainTimeout time.Duration // how long requests in flight may take after the end is asked for
}

// DefaultOptions is the service without any flag: M/M/16 with a mean of 50 ms.
func DefaultOptions() Options {
	return Options{
		Listen:       "127.0.0.1:8000",
		Discipline:   FIFO,
		Servers:      16,
		QueueLimit:   Unlimited,
		Service:      Exp,
		Mean:         50 * time.Millisecond,
		Sigma:        0.5,
		DrainTimeout: 10 * time.Second,
	}
}

// Bounds of the options. The times keep every computed time representable: a
// lognormal of sigma 2 exceeds its mean 10,000 times less than once in 10^7.
const (
	maxServers = 1_000_000
	maxTime    = time.Hour
	maxSigma   = 2.0
)

// Validate returns all the problems the options have, joined.
func (o Options) Validate() error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	check(o.Discipline == FIFO || o.Discipline == ProcessorSharing, "discipline %q: want fifo or ps", o.Discipline)
	check(o.Servers >= 1 && o.Servers <= maxServers, "servers %d: want from 1 to %d", o.Servers, maxServers)
	check(o.QueueLimit >= Unlimited, "queue limit %d: want 0 or more, or -1 for no limit", o.QueueLimit)
	check(o.Service == Fixed || o.Service == Exp || o.Service == Lognormal,
		"service %q: want fixed, exp or lognormal", o.Service)
	check(o.Mean > 0 && o.Mean <= maxTime, "mean %v: want above 0s, at most %v", o.Mean, maxTime)
	check(o.Sigma >= 0 && o.Sigma <= maxSigma, "sigma %v: want from 0 to %v", o.Sigma, maxSigma)
	check(o.StartupDelay >= 0 && o.StartupDelay <= maxTime, "startup delay %v: want from 0s to %v", o.StartupDelay, maxTime)
	check(o.FailureRate >= 0 && o.FailureRate <= 1, "failure rate %v: want from 0 to 1", o.FailureRate)
	check(o.DrainTimeout > 0 && o.DrainTimeout <= maxTime, "drain timeout %v: want above 0s, at most %v", o.DrainTimeout, maxTime)
	check(len(o.Rates) == 0 || o.Discipline == ProcessorSharing, "rates %q: want discipline ps with them", o.Rates)
	if err := o.Rates.validate(); err != nil {
		problems = append(problems, fmt.Errorf("rates: %w", err))
	}
	return errors.Join(problems...)
}

// station is the queueing model that the options describe.
func (o Options) station() station {
	switch {
	case o.Discipline == FIFO:
		return newFIFO(o.Servers, o.QueueLimit)
	case len(o.Rates) > 0:
		mean := o.meanWork().Seconds()
		return newPS(func(n int) float64 { return o.Rates.At(n) * mean })
	default:
		return newPS(func(n int) float64 { return float64(min(n, o.Servers)) })
	}
}

// meanWork is the mean of the work drawn. With Rates it cancels out, and one
// second keeps the numbers readable.
func (o Options) meanWork() time.Duration {
	if len(o.Rates) > 0 {
		return time.Second
	}
	return o.Mean
}

func (o Options) sampler() *sampler {
	return newSampler(o.Service, o.meanWork(), o.Sigma, o.FailureRate, o.Seed)
}
