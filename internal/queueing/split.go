package queueing

import (
	"errors"
	"math"
)

// Split is a closed queue whose servers are in groups: each request goes to one group at
// random and waits there, even while another group is idle (measuring.md 28).
type Split struct {
	// Closed is one group's queue: all others are a part of what its users do between two
	// requests to it.
	Closed
	groups int
}

// NewSplit returns the queue of so many groups of servers. With one group it is Closed.
func NewSplit(groups, servers, users int, think, service float64) (Split, error) {
	if err := errors.Join(atLeastOne("groups", groups), noQueue(servers, users, think, service)); err != nil {
		return Split{}, err
	}
	if groups == 1 {
		one, err := NewClosed(servers, users, think, service)
		return Split{one, 1}, err
	}
	// A user comes back to a group after `groups` thinks and a response from each other one.
	between := func(response float64) float64 { return float64(groups)*think + float64(groups-1)*response }
	// The slower the others are thought to be, the less a group has to do: there is one
	// response time that is all groups' alike.
	excess := func(response float64) float64 {
		return math.Log(meansOf(servers, users, between(response), service).Response() / response)
	}
	low := service / 2
	high := max(low*math.Exp(excess(low)), service)
	response := root(excess, low, high, excess(low), excess(high))
	one, err := NewClosed(servers, users, between(response), service)
	return Split{one, groups}, err
}

// Throughput is how many requests end per second, of all groups.
func (q Split) Throughput() float64 { return float64(q.groups) * q.Closed.Throughput() }
