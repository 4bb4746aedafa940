// Package platformtest tests implementations of platform.Platform, and has one for tests.
//
// Suite is the conformance suite that every implementation must pass. Fake is a platform in
// memory for testing code that uses one: it has knobs for slow, dying and stubborn
// workloads, and for other people's interference.
package platformtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// FakeOptions shape a Fake. The zero value is three managed roles that are ready
// at once and were found with no replicas.
type FakeOptions struct {
	// Original are the counts found by the first Acquire and restored by Release.
	Original map[platform.Role]int
	// Unmanaged roles are refused by Scale and Status.
	Unmanaged []platform.Role
	// Addresses are the base URLs; default http://<role>.invalid for target and master.
	Addresses map[platform.Role]string
	// ReadyDelay is how long a new replica takes to become ready.
	ReadyDelay time.Duration
	// DrainDelay is how long a surplus replica takes to go.
	DrainDelay time.Duration
	// StartLimit is returned in the properties.
	StartLimit time.Duration
}

// Fake is a platform in memory. All its methods may be called from any goroutine.
// It reads the clock but starts neither goroutines nor timers, so it works inside
// a testing/synctest bubble.
type Fake struct {
	world *world
	mu    sync.Mutex
	// dead is set by Die: this driver's process has ended.
	dead     bool
	acquired *platform.Holder
	// instrument is the state of the part between the load and the target, frozenSince when it
	// was stopped, and gone what ended it.
	instrument  platform.Instrument
	frozenSince time.Time
	gone        string
	front       platform.Front
	given       func(replica int) platform.Share
	failing     map[string][]error
	calls       []string
	onCall      func(call string)
}

// NewFake returns a platform on a target of its own.
func NewFake(o FakeOptions) *Fake {
	return newFake(newWorld(o))
}

// Peer returns the platform of another driver on the same target.
func (f *Fake) Peer() *Fake {
	return newFake(f.world)
}

func newFake(w *world) *Fake {
	return &Fake{world: w, failing: map[string][]error{}, instrument: newInstrument(), front: newFront()}
}

// Properties implements platform.Platform.
func (f *Fake) Properties() platform.Properties {
	return platform.Properties{Name: "fake", Scalable: maps.Clone(f.world.managed), StartLimit: f.world.startLimit}
}

// Acquire implements platform.Platform.
func (f *Fake) Acquire(ctx context.Context, holder platform.Holder) error {
	if err := f.begin(ctx, "Acquire"); err != nil {
		return err
	}
	if err := f.world.acquire(f, holder); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.acquired == nil {
		f.instrument, f.frozenSince, f.gone = newInstrument(), time.Time{}, ""
	}
	f.acquired = &holder
	return nil
}

// Scale implements platform.Platform.
func (f *Fake) Scale(ctx context.Context, role platform.Role, n int) error {
	if err := f.begin(ctx, fmt.Sprintf("Scale %s %d", role, n)); err != nil {
		return err
	}
	if !f.isAcquired() {
		return platform.ErrNotAcquired
	}
	return f.world.scale(role, n)
}

// Status implements platform.Platform.
func (f *Fake) Status(ctx context.Context, role platform.Role) (platform.Status, error) {
	if err := f.begin(ctx, "Status "+string(role)); err != nil {
		return platform.Status{}, err
	}
	if !f.isAcquired() {
		return platform.Status{}, platform.ErrNotAcquired
	}
	return f.world.status(role)
}

// Address implements platform.Platform.
func (f *Fake) Address(role platform.Role) (string, error) {
	if err := f.begin(context.Background(), "Address "+string(role)); err != nil {
		return "", err
	}
	if !f.isAcquired() {
		return "", platform.ErrNotAcquired
	}
	if url, ok := f.world.addresses[role]; ok {
		return url, nil
	}
	return "", &platform.PermanentError{Err: fmt.Errorf("role %s has no address", role)}
}

// Release implements platform.Platform.
func (f *Fake) Release(ctx context.Context) error {
	if err := f.begin(ctx, "Release"); err != nil {
		return err
	}
	f.mu.Lock()
	held := f.acquired != nil
	f.acquired = nil
	f.mu.Unlock()
	if held {
		f.world.release(f)
	}
	return nil
}

// FailNext makes the next calls of a method ("Acquire", "Scale", "Status", "Address",
// "Release", "Instrument", "Front", "Shares", or with its arguments as Calls shows them:
// "Scale target 2") return errs, one each, and do nothing.
func (f *Fake) FailNext(call string, errs ...error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failing[call] = append(f.failing[call], errs...)
}

// OnCall makes every call begin with a call of fn, with the text of Calls, in the caller's
// goroutine and with no lock held.
func (f *Fake) OnCall(fn func(call string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onCall = fn
}

// Calls lists the calls so far except observations (Status, Instrument, Front and Shares),
// in order: "Scale target 2".
func (f *Fake) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Die makes this driver's process die without a Release: every call fails from now
// on, and its lock may be taken over.
func (f *Fake) Die() {
	f.mu.Lock()
	f.dead = true
	f.mu.Unlock()
	f.world.died(f)
}

// begin records a call and says whether it has to fail.
func (f *Fake) begin(ctx context.Context, call string) error {
	f.mu.Lock()
	onCall := f.onCall
	f.mu.Unlock()
	if onCall != nil {
		onCall(call)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	method, _, _ := strings.Cut(call, " ")
	if !slices.Contains([]string{"Status", "Instrument", "Front", "Shares"}, method) {
		f.calls = append(f.calls, call)
	}
	if f.dead {
		return fmt.Errorf("calling %s: the fake's driver is dead", call)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("calling %s: %w", call, err)
	}
	for _, name := range []string{call, method} {
		if errs := f.failing[name]; len(errs) > 0 {
			f.failing[name] = errs[1:]
			return errs[0]
		}
	}
	return nil
}

func (f *Fake) isAcquired() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.acquired != nil
}
