package platformtest

import (
	"context"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// CrashOutput is the last line that a crashing target (Suite.NewCrashing) prints.
const CrashOutput = "no model, no service: giving up"

// Suite is the conformance suite of platform.Platform. Passing it is mandatory for
// an implementation.
type Suite struct {
	// New makes a platform, not acquired, on a target of its own. All three roles are managed.
	New func(t *testing.T) *Subject
	// NewUnmanaged makes a platform whose target is someone else's.
	NewUnmanaged func(t *testing.T) platform.Platform
	// NewCrashing makes a platform whose target prints CrashOutput and ends, again and again.
	NewCrashing func(t *testing.T) platform.Platform
	// Within surrounds every test, for example with synctest.Test; nil calls it directly.
	Within func(t *testing.T, test func(t *testing.T))
	// Patience is how long a state may take to be reached; default 20 s.
	Patience time.Duration
}

// Subject is a platform under test, with hooks for what only its implementation can do. A
// nil hook leaves out the tests that need it: a comment there must say why.
type Subject struct {
	Platform platform.Platform
	// Peer makes another driver's platform on the same target.
	Peer func(t *testing.T) platform.Platform
	// DieHolding lets another driver acquire the target as holder and die.
	DieHolding func(t *testing.T, holder platform.Holder)
	// Kill ends a replica behind the platform's back, as a crash would.
	Kill func(t *testing.T, role platform.Role, id string)
	// Hold keeps all replicas of the target busy, so that draining takes a while, until release.
	Hold func(t *testing.T) (release func())
	// BreakReadiness makes all replicas of the target fail their probe, until mend.
	BreakReadiness func(t *testing.T) (mend func())
	// FreezeInstrument makes the platform's own part stand still, until thaw, and EndInstrument
	// ends it. Both are for a platform.Instrumented.
	FreezeInstrument func(t *testing.T) (thaw func())
	EndInstrument    func(t *testing.T)
	// ScaleElsewhere lets somebody else scale the target.
	ScaleElsewhere func(t *testing.T, n int)
	// Count is the target's number of replicas, seen from outside; nil if the target does not
	// outlive the driver (Properties.DiesWithDriver).
	Count func(t *testing.T) int
	// Original is Count before the first Acquire.
	Original int
}

// suiteTest is one test with a fresh subject.
type suiteTest func(s *Suite, t *testing.T, sub *Subject)

// Run runs the whole suite as subtests.
func (s *Suite) Run(t *testing.T) {
	for name, test := range suiteTests() {
		t.Run(name, func(t *testing.T) {
			s.within(t, func(t *testing.T) {
				sub := s.New(t)
				t.Cleanup(func() { release(t, sub.Platform) })
				test(s, t, sub)
			})
		})
	}
	t.Run("unmanaged", func(t *testing.T) { s.within(t, s.testUnmanaged) })
	t.Run("crash loop", func(t *testing.T) { s.within(t, s.testCrashLoop) })
}

func suiteTests() map[string]suiteTest {
	return map[string]suiteTest{
		"before acquire":      (*Suite).testBeforeAcquire,
		"scale":               (*Suite).testScale,
		"scale idempotent":    (*Suite).testScaleIdempotent,
		"bad counts":          (*Suite).testBadCounts,
		"address stable":      (*Suite).testAddressStable,
		"unique ids":          (*Suite).testUniqueIDs,
		"draining":            (*Suite).testDraining,
		"restarts":            (*Suite).testRestarts,
		"readiness":           (*Suite).testReadiness,
		"cancelled":           (*Suite).testCancelled,
		"concurrent":          (*Suite).testConcurrent,
		"acquire twice":       (*Suite).testAcquireTwice,
		"held":                (*Suite).testHeld,
		"takeover":            (*Suite).testTakeover,
		"takeover by its run": (*Suite).testTakeoverSameRun,
		"release twice":       (*Suite).testReleaseTwice,
		"start over":          (*Suite).testStartOver,
		"restore":             (*Suite).testRestore,
		"restore after death": (*Suite).testRestoreAfterDeath,
		"interference":        (*Suite).testInterference,
		"make":                (*Suite).testTraits,
		"front":               (*Suite).testFront,
		"shares":              (*Suite).testShares,
		"instrument":          (*Suite).testInstrument,
		"instrument frozen":   (*Suite).testInstrumentFrozen,
		"instrument gone":     (*Suite).testInstrumentGone,
	}
}

func (s *Suite) within(t *testing.T, test func(*testing.T)) {
	if s.Within == nil {
		test(t)
		return
	}
	s.Within(t, test)
}

// settle scales a role and waits until it is settled.
func (s *Suite) settle(t *testing.T, p platform.Platform, role platform.Role, n int) platform.Status {
	t.Helper()
	if err := p.Scale(t.Context(), role, n); err != nil {
		t.Fatalf("Scale(%s, %d): %v", role, n, err)
	}
	return s.await(t, p, role, "settled", func(st platform.Status) bool { return st.Settled(n) })
}

// await polls Status until it is as wanted.
func (s *Suite) await(t *testing.T, p platform.Platform, role platform.Role, what string, ok func(platform.Status) bool) platform.Status {
	t.Helper()
	var st platform.Status
	s.poll(t, func() bool { st = status(t, p, role); return ok(st) }, func() {
		t.Fatalf("%s is not %s in time: %+v", role, what, st)
	})
	return st
}

// eventually polls until ok.
func (s *Suite) eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	s.poll(t, ok, func() { t.Fatalf("not %s in time", what) })
}

func (s *Suite) poll(t *testing.T, ok func() bool, timeout func()) {
	t.Helper()
	patience := s.Patience
	if patience == 0 {
		patience = 20 * time.Second
	}
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			timeout()
		}
	}
}

func status(t *testing.T, p platform.Platform, role platform.Role) platform.Status {
	t.Helper()
	st, err := p.Status(t.Context(), role)
	if err != nil {
		t.Fatalf("Status(%s): %v", role, err)
	}
	return st
}

func holder(run string) platform.Holder {
	return platform.Holder{Run: run, Detail: "driver of " + run}
}

func acquire(t *testing.T, p platform.Platform, run string) {
	t.Helper()
	if err := p.Acquire(t.Context(), holder(run)); err != nil {
		t.Fatalf("Acquire(%s): %v", run, err)
	}
}

// release works in cleanups too, when the test's own context is over.
func release(t *testing.T, p platform.Platform) {
	t.Helper()
	if err := p.Release(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("Release: %v", err)
	}
}
