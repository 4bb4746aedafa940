package platformtest

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// SetReadyDelay changes how long replicas created from now on take to become ready.
func (f *Fake) SetReadyDelay(d time.Duration) {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	f.world.readyDelay = d
}

// SetDrainDelay changes how long replicas removed from now on take to go.
func (f *Fake) SetDrainDelay(d time.Duration) {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	f.world.drainDelay = d
}

// SetReady breaks (false) or restores (true) the readiness of all replicas of a role.
func (f *Fake) SetReady(role platform.Role, ready bool) {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	f.world.roles[role].broken = !ready
}

// SetStuck makes a role's state stuck for the reason given, or no longer so if that is empty.
func (f *Fake) SetStuck(role platform.Role, reason string) {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	f.world.roles[role].stuck = reason
}

// SetCount lets somebody else scale a role.
func (f *Fake) SetCount(role platform.Role, n int) {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	f.world.resize(role, n, f.world.readyDelay)
}

// Count is the number of replicas that a role has now.
func (f *Fake) Count(role platform.Role) int {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	return f.world.roles[role].wanted
}

// Kill ends one replica unexpectedly, the oldest when id is empty; a successor
// takes its place. It tells whether there was one.
func (f *Fake) Kill(role platform.Role, id string) bool {
	w := f.world
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.roles[role]
	for i, old := range r.replicas {
		if id == "" || old.id == id {
			next := w.replica(role, w.readyDelay)
			next.restarts = old.restarts + 1
			next.lastExit = fmt.Sprintf("%s: killed by the test", old.id)
			r.replicas[i] = next
			return true
		}
	}
	return false
}
