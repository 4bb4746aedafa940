package platform

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Instrumented is a Platform with a part of its own between the load and the target,
// whose failures a client cannot tell from the target's. Only the platform can.
type Instrumented interface {
	// Instrument observes that part now. It is cheap enough for ten calls a second. A
	// *GoneError says that the part has ended for good: whatever is measured until the next
	// Acquire is worth nothing. ErrNotAcquired and the context's error mean what they mean
	// elsewhere; any other error says that the part does not answer, which is a trouble of its
	// own, and comes within AnswerLimit.
	Instrument(ctx context.Context) (Instrument, error)
}

// AnswerLimit is how long an instrument may take to answer.
const AnswerLimit = 2 * time.Second

// Instrument is the state of a platform's own part. Its counts only grow from Acquire on, so
// that two observations show what happened between them, even if it is over.
type Instrument struct {
	// Name is for a person, as in "the balancer".
	Name string
	// Troubles counts its own failures by kind. What the target does, such as refusing a
	// connection, is not one.
	Troubles map[string]int64
	// Stalled is how long it stood still in all.
	Stalled time.Duration
}

// Since returns the troubles since an earlier observation, a line each, and how long the
// instrument has stood still since then.
func (i Instrument) Since(earlier Instrument) (troubles []string, stalled time.Duration) {
	for _, what := range slices.Sorted(maps.Keys(i.Troubles)) {
		switch n := i.Troubles[what] - earlier.Troubles[what]; {
		case n == 1:
			troubles = append(troubles, fmt.Sprintf("%s: %s", i.Name, what))
		case n > 1:
			troubles = append(troubles, fmt.Sprintf("%s: %s (%d times)", i.Name, what, n))
		}
	}
	return troubles, i.Stalled - earlier.Stalled
}

// GoneError says that a part which the platform cannot replace has ended.
type GoneError struct{ What string }

// Error says what ended, and how.
func (e *GoneError) Error() string { return e.What }
