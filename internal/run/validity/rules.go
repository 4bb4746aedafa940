// Package validity says whether a window counts: whether its numbers are those of the
// target under the planned load, or the instrument's own. Whoever measures hands a Watch
// what it observes and learns the reasons against the window. It is pure: the time comes
// in with the observations.
package validity

import (
	"fmt"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// Rule is what a window must keep: the id of its check (checks.go), and the sentence about a
// window that did not. Every reason that can make an attempt INVALID, and every doubt of the
// instrument, is one of those below (measuring.md 9, 10).
type Rule string

// Before the window: the attempt never came to be what was planned.
const (
	WorkersLostEarly Rule = "V7 %s of %d lost %s"
	LoadNotAsPlanned Rule = "V2 before measuring, the load was %s with %d workers of %d and %d users of %d"
	TargetNotReady   Rule = "V9 before measuring, %d of %d replicas of the target were ready"
	MasterGone       Rule = "V7 the master was gone when the window opened: %s"
)

// The load was another one than planned, or was not seen.
const (
	UsersDiffer       Rule = "V2 %d users instead of %d"
	LittleBroken      Rule = "V2 the workers counted %s requests under way on average, and by their rate and times it was %s: some were counted twice or not at all, or timed wrongly"
	MoreThanUsers     Rule = "V2 by their rate and times %s requests were under way on average, more than the %d users can have: some were counted twice, or timed wrongly"
	LoadNotRunning    Rule = "V2 the load is %s"
	WorkersLost       Rule = "V7 worker lost: %s"
	WorkersJoined     Rule = "V7 worker joined: %s"
	WorkerReconnected Rule = "V7 worker lost its connection for a moment: %s"
	LeaseExpired      Rule = "V7 the lease on the load ran out"
	ProcessRestarted  Rule = "V7 load %s %s restarted%s"
	ProcessChanged    Rule = "V7 load %s %s: %s%s"
	NothingCompleted  Rule = "V14 no request completed for %v"
	NothingObserved   Rule = "V7 no observation of the load for %v"
)

// Some of what was measured is missing, or kept less well than it was measured.
const (
	ReportsDropped    Rule = "V7 the master lost measurements of worker %s: %s"
	EventsForgotten   Rule = "V7 so much happened to the load that the master forgot some of it"
	SecondsLate       Rule = "V7 only %d of %d seconds arrived from the workers in time%s"
	ValuesTooLong     Rule = "V7 %s longer than an hour"
	EndpointsFolded   Rule = "W3 there were more tasks than the master keeps apart: some are counted together as %s"
	ErrorsFolded      Rule = "W3 there were more kinds of failure than are kept apart: some are counted together as %s"
	Bucketed          Rule = "W5 percentiles are bucketed, up to %s off"
	EdgesUnknown      Rule = "W6 requests and RPS are up to %s off at the window's edges"
	WindowTooShort    Rule = "W7 the window was %s s, not the planned %s s"
	AnswersRedirected Rule = "V13 redirects were followed, and whatever page they led to counts as a success: %s"
	RequestsRepeated  Rule = "W4 %s sent again, because a kept connection had been closed: the target may have seen them twice"
)

// The load generator, or the platform's part in front of the target, could not keep up.
const (
	CPUTooHigh         Rule = "V3 mean generator CPU %.0f %%, above %d %%: use more workers"
	CPUHigh            Rule = "V3 load generators were busy (CPU over %d %% on average or %d %% at times): they may be what was measured"
	CPUUnknown         Rule = "V3 the load generators' CPU is not known: Locust had no figure yet"
	WorkerStoodStill   Rule = "V4 %s; %s"
	WorkerPaused       Rule = "V4 %s"
	WorkerWaited       Rule = "V4 worker %s waited for a processor: of its waits %s were longer than 1 ms, and latencies hold them"
	WorkerCollected    Rule = "V4 collecting garbage stopped worker %s for %s of the time, for more than 5 ms each time"
	WorkerThrottled    Rule = "V3 worker %s was throttled by its CPU limit in %s of the time"
	LagTooLong         Rule = "V10 the load workers' own delay was more than a tenth of the bound in %s: as much of a latency may be theirs"
	WorkerUnlike       Rule = "V8 worker %s had %s %s requests per user than the median of %d workers"
	RequestsUnsent     Rule = "V6 %s not sent, by the load generator's own trouble: %s"
	BalancerTrouble    Rule = "V15 %s"
	BalancerStoodStill Rule = "V15 %s; give it more processor time, or its machine less to do"
	BalancerPaused     Rule = "V15 %s: the highest latencies may be its own"
)

// What was around the load and the target held them up.
const (
	NodeShared      Rule = "V12 %s ran on a node with replicas of the target (%s): each took processor time from the other"
	TargetThrottled Rule = "W2 the target was throttled by its CPU limit in %s of the time: its numbers are of that limit"
)

// The target was another one than planned, or was not seen.
const (
	ReplicaRestarted Rule = "V9 target replica %s restarted%s"
	ReplicaAppeared  Rule = "V9 target replica %s appeared"
	ReplicaGone      Rule = "V9 target replica %s is gone"
	ReplicaNotReady  Rule = "V9 target replica %s was not ready for a moment"
	ReplicaChanged   Rule = "V9 target replica %s: %s%s"
	ReplicasNotReady Rule = "V9 %d of %s of the target ready"
	TemplateChanged  Rule = "V9 the target's template changed%s"
	TargetChanged    Rule = "V9 somebody changed the target%s"
	TargetUnknown    Rule = "V9 what the target did in the window is not known: %v"
	FrontChanged     Rule = "V9 %s%s"
	ReplicaLeftOut   Rule = "V16 replica %s had %s of %s requests, an even share is %s%s"
	ReplicaIdle      Rule = "W1 replica %s used %s of the target's processor time, an even share is %s: it may have had next to no requests%s"
	SharesUneven     Rule = "W1 the load was shared out unevenly: replica %s had %s of it, an even share is %s%s"
	NotSteady        Rule = "V11 the window was not steady: from its beginning to its end %s"
	WarmUpMeasured   Rule = "V11 the first %d s of the window were still warm-up: p95 is %s with them and %s without; a settle of %vs leaves them out"
	ReplicaSlow      Rule = "W1 replica %s had %s of %s requests, an even share is %s, over %d of %d connections: it answers far more slowly than the others"
)

// ID is the id of the check that the rule belongs to.
func (r Rule) ID() string {
	id, _ := r.cut()
	return id
}

// Breaks is what is found against a window that broke the rule: it is INVALID.
func (r Rule) Breaks(args ...any) result.Finding { return r.finding(true, args) }

// Doubts is what is found in a window whose numbers the rule makes doubtful.
func (r Rule) Doubts(args ...any) result.Finding { return r.finding(false, args) }

func (r Rule) finding(invalid bool, args []any) result.Finding {
	id, sentence := r.cut()
	return result.Finding{ID: id, Invalid: invalid, Text: fmt.Sprintf(sentence, args...)}
}

func (r Rule) cut() (id, sentence string) {
	id, sentence, _ = strings.Cut(string(r), " ")
	return id, sentence
}

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
	// redirectedDoubt is a share of a task's requests: the content of less moves no percentile
	// that is judged as a rule.
	redirectedDoubt = .01
	// throttledDoubt is a share of the scheduling periods in which a CPU limit held a
	// process up: again what p99 can bear.
	throttledDoubt = .01
	// longWaits is the share of a worker's waits for a processor that may be longer than a
	// millisecond, of at least fewWaits: above it their p99 is.
	longWaits = .01
	fewWaits  = 1000
	// fewLooks is of how many looks at the clock a p99 is told: two or three are beyond it.
	fewLooks = 250
	// parity is how far a worker's rate may be off the median, and paritySigmas how many
	// standard deviations that must be; requests that depend on each other vary by borrowed
	// times the variance of others.
	parity       = .05
	paritySigmas = 4
	borrowed     = 1.5
	// littleOff is how far Little's law may be off, usersOver by how much the mean number of
	// requests under way may exceed the users.
	littleOff = .05
	usersOver = .03
	// littleSigmas is how many standard deviations of the difference chance may have, which are
	// only known from littleSeconds on; shortest is the mean latency, of two looks at what is
	// under way, below which it is not judged; instant is what may lie between the two ways
	// to see where a request begins and ends.
	littleSigmas  = 6
	littleSeconds = 5
	shortest      = 20 * time.Millisecond
	instant       = 100 * time.Microsecond
	// nextToNothing is the part of an even share below which a replica counts as left out:
	// the numbers are then those of fewer replicas than the scenario has.
	nextToNothing = .1
	// uneven is the ratio of largest share to mean above which the numbers are in doubt.
	uneven = 1.5
	// chance is the probability, if every request or connection went to a random replica,
	// below which an outcome is not put down to chance.
	chance = .001
)
