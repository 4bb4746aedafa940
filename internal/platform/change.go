package platform

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// TraitNode is the trait that names a replica's node.
const TraitNode = "node"

// Change says who changed something, as far as that is recorded.
type Change struct {
	// By names a program or a person.
	By string
	// At is when it was; zero if that is not known.
	At time.Time
}

// Changes are the changes by others of which there is still a record.
type Changes []Change

// Since are those that an earlier observation did not have.
func (c Changes) Since(earlier Changes) Changes {
	var later Changes
	for _, change := range c {
		same := func(e Change) bool { return e.By == change.By && e.At.Equal(change.At) }
		if !slices.ContainsFunc(earlier, same) {
			later = append(later, change)
		}
	}
	return later
}

// String reads ", by kubectl-edit at 2026-01-02T03:04:05Z", to be appended to what was done;
// it is empty if nobody is known.
func (c Changes) String() string {
	var authors []string
	for _, change := range c {
		text := change.By
		if !change.At.IsZero() {
			text += " at " + change.At.UTC().Format(time.RFC3339)
		}
		authors = append(authors, text)
	}
	if len(authors) == 0 {
		return ""
	}
	return ", by " + strings.Join(authors, " and ")
}

// Traits is what something is made of and where it is, by aspect: "image of container app". It
// only changes if somebody changes it; what is not known, or not yet, is left out.
type Traits map[string]string

// Since says what was changed since an earlier observation, a line each. An aspect that only
// one of the two has does not count.
func (t Traits) Since(earlier Traits) []string {
	var changes []string
	for _, what := range slices.Sorted(maps.Keys(t)) {
		if was, known := earlier[what]; known && was != t[what] {
			changes = append(changes, fmt.Sprintf("%s changed from %s to %s", what, was, t[what]))
		}
	}
	return changes
}

// Fronted is a Platform with something between the load and the target's replicas that
// belongs neither to them nor to the platform, such as a cluster's Service.
type Fronted interface {
	// Front observes it now. Its error says why it is not known, for a person to read; it
	// is never a reason to give up a run.
	Front(ctx context.Context) (Front, error)
}

// Front is what stands in front of the target's replicas.
type Front struct {
	// Name is for a person, as in "Service shop".
	Name   string
	Traits Traits
	// Changed are the changes of it by anybody.
	Changed Changes
	// Sticky says what binds a client to one replica; empty if nothing is known to.
	Sticky string
}
