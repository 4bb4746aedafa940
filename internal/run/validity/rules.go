// Package validity says whether a window counts: whether its numbers are those of the
// target under the planned load, or the instrument's own. Whoever measures hands a Watch
// what it observes and learns the reasons against the window. It is pure: the time comes
// in with the observations.
package validity

import (
	"fmt"
	"time"
)

// Rule is what a window must keep, written as the reason against one that did not. Every
// reason that can make an attempt INVALID is one of those below (measuring.md 9).
type Rule string

// Before the window: the attempt never came to be what was planned.
const (
	WorkersLostEarly Rule = "%s of %d lost %s"
	LoadNotAsPlanned Rule = "before measuring, the load was %s with %d workers of %d and %d users of %d"
	TargetNotReady   Rule = "before measuring, %d of %d replicas of the target were ready"
	MasterGone       Rule = "the master was gone when the window opened: %s"
)

// The load was another one than planned, or was not seen.
const (
	UsersDiffer       Rule = "%d users instead of %d"
	LoadNotRunning    Rule = "the load is %s"
	WorkersLost       Rule = "worker lost: %s"
	WorkersJoined     Rule = "worker joined: %s"
	WorkerReconnected Rule = "worker lost its connection for a moment: %s"
	LeaseExpired      Rule = "the lease on the load ran out"
	ProcessRestarted  Rule = "load %s %s restarted%s"
	ProcessChanged    Rule = "load %s %s: %s%s"
	NothingCompleted  Rule = "no request completed for %v"
	NothingObserved   Rule = "no observation of the load for %v"
)

// Some of what was measured is missing.
const (
	ReportsDropped  Rule = "the master lost measurements of worker %s: %s"
	EventsForgotten Rule = "so much happened to the load that the master forgot some of it"
	SecondsLate     Rule = "only %d of %d seconds arrived from the workers in time%s"
	ValuesTooLong   Rule = "%s longer than an hour"
)

// The load generator, or the platform's part in front of the target, could not keep up.
const (
	CPUTooHigh         Rule = "mean generator CPU %.0f %%, above %d %%: use more workers"
	WorkerStoodStill   Rule = "%s; %s"
	RequestsUnsent     Rule = "%s not sent, by the load generator's own trouble: %s"
	BalancerTrouble    Rule = "%s"
	BalancerStoodStill Rule = "%s; give it more processor time, or its machine less to do"
)

// The target was another one than planned, or was not seen.
const (
	ReplicaRestarted Rule = "target replica %s restarted%s"
	ReplicaAppeared  Rule = "target replica %s appeared"
	ReplicaGone      Rule = "target replica %s is gone"
	ReplicaNotReady  Rule = "target replica %s was not ready for a moment"
	ReplicaChanged   Rule = "target replica %s: %s%s"
	ReplicasNotReady Rule = "%d of %s of the target ready"
	TemplateChanged  Rule = "the target's template changed%s"
	TargetChanged    Rule = "somebody changed the target%s"
	TargetUnknown    Rule = "what the target did in the window is not known: %v"
	FrontChanged     Rule = "%s%s"
	ReplicaLeftOut   Rule = "replica %s had %s of %s requests, an even share is %s%s"
)

// Reason is what a window that broke the rule is told.
func (r Rule) Reason(args ...any) string { return fmt.Sprintf(string(r), args...) }

// The bounds of the rules, with those above which the numbers are only in doubt.
const (
	// silence is how long a window may go without a completed request, or without an
	// observation.
	silence = 5 * time.Second
	// cpuLimit is the mean generator CPU, in percent of what a worker may use, above
	// which latencies are partly the generator's own.
	cpuLimit = 90
	// stoodInvalid and stoodDoubt are shares of the window in which a worker did not run:
	// its requests are missing from the rate, and its latencies include the pause. One
	// percent is what p99 can bear.
	stoodInvalid = .05
	stoodDoubt   = .01
	// unsentInvalid is a share of all requests: a generator is allowed one fault in ten
	// thousand. Any at all is a doubt.
	unsentInvalid = .0001
	// nextToNothing is the part of an even share below which a replica counts as left out:
	// the numbers are then those of fewer replicas than the scenario has.
	nextToNothing = .1
	// uneven is the ratio of largest share to mean above which the numbers are in doubt.
	uneven = 1.5
	// chance is the probability, if every request or connection went to a random replica,
	// below which an outcome is not put down to chance.
	chance = .001
)
