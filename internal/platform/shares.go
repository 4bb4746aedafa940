package platform

import (
	"context"
	"fmt"
)

// Sharer tells how the load is shared out among the target's replicas. A platform that can
// tell implements it; whether this caller may know is found out by asking.
type Sharer interface {
	// Shares observes now. Its error says why it is not known, for a person to read; it
	// is never a reason to give up a run.
	Shares(ctx context.Context) (Shares, error)
}

// Shares are what each replica was given so far, so that two observations tell what it
// was given in between.
type Shares struct {
	// Source says what counts: "the balancer".
	Source string
	// Replicas are the live ones by their ids.
	Replicas map[string]Share
}

// Share is what one replica was given so far.
type Share struct {
	// Requests only grow while the replica lives.
	Requests float64
	// Connections are nil where nobody counts them.
	Connections *Connections
}

// Connections counts those of one replica: Opened only grows, Open are open now.
type Connections struct{ Opened, Open int64 }

// Given is what a replica was given between two observations.
type Given struct {
	Requests float64
	// Connections counts those open at the beginning or opened since; nil if nobody counts them.
	Connections *int64
}

// Since returns what each replica was given since an earlier observation. Its error says why
// the two observations do not show that.
func (s Shares) Since(earlier Shares) (map[string]Given, error) {
	if len(s.Replicas) != len(earlier.Replicas) {
		return nil, fmt.Errorf("%s reported %d replicas at first and %d at the end", s.Source, len(earlier.Replicas), len(s.Replicas))
	}
	given := map[string]Given{}
	for id, now := range s.Replicas {
		before, known := earlier.Replicas[id]
		if !known {
			return nil, fmt.Errorf("%s did not report %s at first", s.Source, id)
		}
		g := Given{Requests: now.Requests - before.Requests}
		if g.Requests < 0 {
			return nil, fmt.Errorf("%s counted less of %s at the end than at first", s.Source, id)
		}
		if now.Connections != nil && before.Connections != nil {
			n := before.Connections.Open + now.Connections.Opened - before.Connections.Opened
			g.Connections = &n
		}
		given[id] = g
	}
	return given, nil
}
