package platform

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Change is the last change of a thing by somebody else, as far as that is written down.
// Two observations with the same one have the same author.
type Change struct {
	// By names a program or a person; empty when nobody is known.
	By string
	At time.Time
}

// String reads ", by kubectl-edit at 2026-01-02T03:04:05Z", to be put after what was
// done; it is empty when nobody is known.
func (c Change) String() string {
	if c.By == "" {
		return ""
	}
	return fmt.Sprintf(", by %s at %s", c.By, c.At.UTC().Format(time.RFC3339))
}

// Since is c where it came after an earlier observation, and nobody where it did not.
func (c Change) Since(earlier Change) Change {
	if c.By == earlier.By && c.At.Equal(earlier.At) {
		return Change{}
	}
	return c
}

// Make is what a thing is made of and where it is, by what that is: "image of container
// app". It changes by nobody's doing; what is not known, or not yet, is left out.
type Make map[string]string

// Since says what was changed since an earlier observation, a line each. What is known
// to one of the two only says nothing.
func (m Make) Since(earlier Make) []string {
	var changes []string
	for _, what := range slices.Sorted(maps.Keys(m)) {
		if was, known := earlier[what]; known && was != m[what] {
			changes = append(changes, fmt.Sprintf("%s changed from %s to %s", what, was, m[what]))
		}
	}
	return changes
}

// Fronted is a Platform with something between the load and the target's replicas that
// is neither of them nor the platform's own, as a cluster's Service.
type Fronted interface {
	// Front observes it now. Its error says why it is not known, for a person to read; it
	// is never a reason to give up a run.
	Front(ctx context.Context) (Front, error)
}

// Front is what stands in front of the target's replicas.
type Front struct {
	// Name is for a person, as in "Service shop".
	Name string
	Make Make
	// Changed is the last change of Make by anybody.
	Changed Change
	// Sticky says what binds a client to one replica; empty when it is not known to be bound.
	Sticky string
}
