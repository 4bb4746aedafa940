package httpuser

import (
	"sync"
	"time"
)

// voice is a user's connection to the recorder. Once it is silenced nothing gets through,
// not even a request that had already begun.
type voice struct {
	to   Recorder
	user int

	mu     sync.Mutex
	silent bool
	// under says that a request of this endpoint is under way, since then.
	under    bool
	endpoint int
	since    time.Time
}

func (v *voice) begin(endpoint int, since time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.silent {
		v.under, v.endpoint, v.since = true, endpoint, since
		v.to.Begin(v.user, endpoint, since)
	}
}

// lookUp says that a name is being looked up, or has been found. In between nothing is under
// way at the target: a resolver that hangs must not make the target look slow.
func (v *voice) lookUp(found bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.silent || !v.under:
	case found:
		v.to.Begin(v.user, v.endpoint, v.since)
	default:
		v.to.Abandon(v.user)
	}
}

func (v *voice) record(s Sample) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.silent {
		v.under = false
		v.to.Record(v.user, s)
	}
}

func (v *voice) abandon() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.silent {
		v.under = false
		v.to.Abandon(v.user)
	}
}

func (v *voice) silence() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.silent = true
}
