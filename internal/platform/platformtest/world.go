package platformtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// world is what several Fakes share: the workloads and the lock on the target.
type world struct {
	managed    map[platform.Role]bool
	addresses  map[platform.Role]string
	startLimit time.Duration

	mu         sync.Mutex
	readyDelay time.Duration
	drainDelay time.Duration
	roles      map[platform.Role]*fakeRole
	nextID     int
	lock       *fakeLock
}

// fakeLock is the lock with the record of what to restore, as in a Lease.
type fakeLock struct {
	owner    *Fake // nil when its process is dead
	holder   platform.Holder
	original map[platform.Role]int
}

// fakeRole is one workload. Its replicas' states follow from the clock alone.
type fakeRole struct {
	wanted   int
	ours     int // the count that a driver asked for last, to see interference
	replicas []*fakeReplica
	leaving  []time.Time // when each draining replica will be gone
	broken   bool
	stuck    string
	// generation counts the changes by others, which are changed.
	generation int64
	changed    platform.Changes
}

type fakeReplica struct {
	id       string
	madeAt   time.Time
	readyAt  time.Time
	restarts int
	lastExit string
	make     platform.Traits
	changed  platform.Changes
}

func newWorld(o FakeOptions) *world {
	w := &world{
		managed:    map[platform.Role]bool{},
		addresses:  map[platform.Role]string{},
		startLimit: o.StartLimit,
		readyDelay: o.ReadyDelay,
		drainDelay: o.DrainDelay,
		roles:      map[platform.Role]*fakeRole{},
	}
	for _, role := range []platform.Role{platform.Target, platform.Master, platform.Worker} {
		if !slices.Contains(o.Unmanaged, role) {
			w.managed[role] = true
		}
		if role != platform.Worker {
			w.addresses[role] = "http://" + string(role) + ".invalid"
		}
		w.roles[role] = &fakeRole{}
		w.resize(role, o.Original[role], 0)
		w.roles[role].ours = o.Original[role]
	}
	for role, url := range o.Addresses {
		w.addresses[role] = url
	}
	return w
}

func (w *world) acquire(f *Fake, holder platform.Holder) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lock != nil && w.lock.owner != nil {
		if w.lock.owner == f && w.lock.holder.Run == holder.Run {
			return nil
		}
		return &platform.HeldError{Target: "fake", Holder: w.lock.holder}
	}
	if w.lock != nil && w.lock.holder.Run != holder.Run {
		w.restore()
		w.lock = nil
	}
	if w.lock == nil {
		w.lock = &fakeLock{original: w.note()}
	}
	w.lock.owner, w.lock.holder = f, holder
	return nil
}

// note records the counts as they were found.
func (w *world) note() map[platform.Role]int {
	counts := map[platform.Role]int{}
	for role, r := range w.roles {
		counts[role], r.ours = r.wanted, r.wanted
	}
	return counts
}

// restore puts back every count that nobody else has changed.
func (w *world) restore() {
	for role, n := range w.lock.original {
		if r := w.roles[role]; r.wanted == r.ours {
			w.resize(role, n, w.readyDelay)
			r.ours = n
		}
	}
}

func (w *world) release(f *Fake) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lock == nil || w.lock.owner != f {
		return
	}
	w.restore()
	w.lock = nil
}

func (w *world) died(f *Fake) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lock != nil && w.lock.owner == f {
		w.lock.owner = nil
	}
}

// scale is what a driver's Scale does.
func (w *world) scale(role platform.Role, n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refuse(role); err != nil {
		return err
	}
	if n < 0 {
		return &platform.PermanentError{Err: fmt.Errorf("scaling %s: count %d is negative", role, n)}
	}
	w.resize(role, n, w.readyDelay)
	w.roles[role].ours = n
	return nil
}

func (w *world) refuse(role platform.Role) error {
	if w.managed[role] {
		return nil
	}
	return &platform.PermanentError{Err: fmt.Errorf("role %s is not managed by the fake", role)}
}

// resize changes a count at once; the newest replicas go first.
func (w *world) resize(role platform.Role, n int, delay time.Duration) {
	r := w.roles[role]
	r.wanted = n
	for len(r.replicas) < n {
		r.replicas = append(r.replicas, w.replica(role, delay))
	}
	for range r.replicas[n:] {
		r.leaving = append(r.leaving, time.Now().Add(w.drainDelay))
	}
	r.replicas = slices.Delete(r.replicas, n, len(r.replicas))
}

func (w *world) replica(role platform.Role, delay time.Duration) *fakeReplica {
	w.nextID++
	return &fakeReplica{
		id: fmt.Sprintf("%s-%04d", role, w.nextID), madeAt: time.Now(), readyAt: time.Now().Add(delay),
		make: platform.Traits{"image": "fake:1", "resources": "1 CPU"},
	}
}

func (w *world) status(role platform.Role) (platform.Status, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refuse(role); err != nil {
		return platform.Status{}, err
	}
	r, now := w.roles[role], time.Now()
	r.leaving = slices.DeleteFunc(r.leaving, func(at time.Time) bool { return !at.After(now) })
	s := platform.Status{Wanted: r.wanted, Draining: len(r.leaving), Stuck: r.stuck, Generation: r.generation, Changed: r.changed}
	for _, p := range r.replicas {
		ready := !r.broken && r.stuck == "" && !p.readyAt.After(now)
		if ready {
			s.Ready++
		}
		replica := platform.Replica{
			ID: p.id, Ready: ready, Scheduled: p.madeAt, Restarts: p.restarts, LastExit: p.lastExit, Traits: maps.Clone(p.make), Changed: p.changed,
		}
		if ready {
			replica.ReadySince = p.readyAt
		}
		s.Replicas = append(s.Replicas, replica)
	}
	slices.SortFunc(s.Replicas, func(a, b platform.Replica) int { return strings.Compare(a.ID, b.ID) })
	if !s.Settled(r.wanted) {
		s.Waiting = fmt.Sprintf("%s: %d of %d ready, %d draining", role, s.Ready, s.Wanted, s.Draining)
	}
	return s, nil
}
