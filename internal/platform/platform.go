// Package platform is the only way to the workloads of a run: the target, the load's master
// and its workers. An implementation scales and observes them, keeps a second run away from
// the same target, and leaves the target as it was found.
//
// platform/local runs child processes, platform/kube works on a cluster; platformtest holds
// the conformance suite that every implementation passes, and an in-memory fake.
package platform

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Role is what a workload is for.
type Role string

// The roles.
const (
	Target Role = "target"
	Master Role = "master"
	Worker Role = "worker"
)

// Platform scales and watches the workloads of one run.
//
// Order of calls: Acquire before anything else but Properties; then Scale, Status
// and the rest in any order and from any goroutine; Release last, after which
// Acquire may start over. Before Acquire and after Release, Scale, Status and Address are
// ErrNotAcquired. Every method may be called again after an error; a
// *PermanentError will not go away by that.
type Platform interface {
	// Properties tells what this implementation can do. It is constant.
	Properties() Properties

	// Acquire takes the lock on the target for holder and, before anything is changed, records
	// durably whatever Release needs to restore. Acquiring again as the same holder is a no-op,
	// or a takeover from that holder's dead process. A lock that another live run holds is a
	// *HeldError, even if it is this very Platform that holds it for another run.
	Acquire(ctx context.Context, holder Holder) error

	// Scale asks for n replicas of a role and returns without waiting for them;
	// Status tells when they are there. It is idempotent: asking for the present
	// number changes nothing. Surplus replicas are drained: no new connections, then
	// at most DrainTimeout for open ones. n must be at least 0; a role that is not
	// managed (see Properties) is a *PermanentError.
	Scale(ctx context.Context, role Role, n int) error

	// Status observes a role now. It is cheap enough for ten calls a second, and
	// its error means that the observation failed, not that the workload is bad. A
	// role that is not managed is a *PermanentError: there is nothing to observe.
	Status(ctx context.Context, role Role) (Status, error)

	// Address is where a role is reached from the driver and, for Target, from
	// the load: a base URL. It is stable from Acquire on, whatever is scaled. A role
	// without an address is a *PermanentError.
	Address(role Role) (string, error)

	// Release restores the target, stops what the platform started and gives the lock back. It
	// is safe to call twice, or with nothing acquired. It must be called with a live context
	// even after the run's own was cancelled; errors that may pass are retried until that
	// context ends. A count that somebody else has changed since our last Scale is left as it
	// is, and a *LeftError says so: the lock is given back all the same.
	Release(ctx context.Context) error
}

// Takeover is a Platform whose Acquire may take over from a dead run and restore what that has left.
type Takeover interface {
	// TakenOver says what the last Acquire restored, and what it left because somebody else had
	// changed it: a line each, for a person. It is empty if there was no takeover.
	TakenOver() []string
}

// DrainTimeout is how long open connections of a surplus replica may go on.
const DrainTimeout = 5 * time.Second

// Properties are capability differences, instead of type switches.
type Properties struct {
	// Name is shown to people: "local", "kubernetes".
	Name string
	// Scalable are the roles that Scale accepts. A role outside it is someone else's.
	Scalable map[Role]bool
	// DiesWithDriver means that nothing survives the driver, so that there is nothing to restore.
	DiesWithDriver bool
	// StartLimit is how long a replica of the load that is not Stuck may reasonably take to
	// become ready; zero if a minute is enough.
	StartLimit time.Duration
}

// Holder identifies a run to others that want the same target.
type Holder struct {
	// Run is the run's id.
	Run string
	// Detail helps a person find it: a process id and host, a Job's name.
	Detail string
}

// Status is one observation of a role.
type Status struct {
	// Wanted is the number last asked for by anyone.
	Wanted int
	// Ready is how many replicas pass their readiness probe and receive traffic.
	Ready int
	// Draining is how many surplus replicas are not gone yet.
	Draining int
	// Replicas are the live ones, in the order of their ids, draining ones excluded.
	Replicas []Replica
	// Stuck, when not empty, says why the wanted state cannot be reached without
	// help (a crash loop, a missing image), in the platform's own words with the
	// last lines of output. Waiting longer is pointless.
	Stuck string
	// Waiting says what the role still waits for, for a person to read; empty when settled.
	Waiting string
	// At is the moment up to which the observation is known to be true, which may be seconds
	// ago if news takes time to arrive; zero means now. If At lies after the end of a window,
	// and Revision, Generation and every replica's ID, Restarts, ReadySince and Traits are as in
	// an observation at its beginning, then nothing happened in between, even if nothing was
	// observed in between.
	At time.Time
	// Revision names what the replicas are made from; empty when that cannot change.
	Revision string
	// Generation changes whenever anybody changes what is asked for, Wanted included.
	Generation int64
	// Changed are the changes to what is asked for by anybody but this platform.
	Changed Changes
}

// Settled tells whether exactly n replicas are ready, no surplus is left and
// nothing is waited for.
func (s Status) Settled(n int) bool {
	return s.Wanted == n && s.Ready == n && s.Draining == 0 && len(s.Replicas) == n && s.Waiting == ""
}

// Replica is one process or pod.
type Replica struct {
	// ID is unique in the run and never reused, not even by a restart under the
	// same name, so that comparing ids finds replacements.
	ID    string
	Ready bool
	// Scheduled is when a place was found for the replica, by the platform's clock: a pod's
	// node, or the start of a process; zero if it has none yet or the platform does not know.
	Scheduled time.Time
	// ReadySince is when the replica last became ready, by the platform's clock; zero if it is
	// not ready or the platform does not know.
	ReadySince time.Time
	// Restarts counts how often this replica was started again after an unexpected
	// end; the successor, which has an id of its own, goes on counting.
	Restarts int
	// LastExit describes the last unexpected end: exit code or signal and last lines of output.
	LastExit string
	// Traits is what the replica is made of; nil if the platform does not know, or if nobody can
	// change it while the replica lives. Changed are its changes.
	Traits  Traits
	Changed Changes
}

// ErrNotAcquired answers calls that need Acquire first.
var ErrNotAcquired = errors.New("platform is not acquired")

// HeldError says that another run holds the target.
type HeldError struct {
	Target string
	Holder Holder
}

// Error names the target and the holder.
func (e *HeldError) Error() string {
	return fmt.Sprintf("target %s is held by run %s (%s); wait for it to end, or stop it", e.Target, e.Holder.Run, e.Holder.Detail)
}

// LeftError says what Release did not restore, because somebody else had changed it
// meanwhile. It is information for a person, not a failure of the run.
type LeftError struct{ What []string }

// Error lists what was left.
func (e *LeftError) Error() string {
	return "left as somebody else set it: " + strings.Join(e.What, "; ")
}

// PermanentError marks an error that retrying cannot cure.
type PermanentError struct{ Err error }

// Error is the wrapped error's text.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *PermanentError) Unwrap() error { return e.Err }
