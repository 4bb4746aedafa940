package httpuser

import (
	"sync"
	"time"
)

// voice is a user's way to the recorder. Once it is silenced, nothing gets
// through, not even what had already begun to.
type voice struct {
	to   Recorder
	user int

	mu     sync.Mutex
	silent bool
}

func (v *voice) begin(endpoint int, since time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.silent {
		v.to.Begin(v.user, endpoint, since)
	}
}

func (v *voice) record(s Sample) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.silent {
		v.to.Record(v.user, s)
	}
}

func (v *voice) abandon() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.silent {
		v.to.Abandon(v.user)
	}
}

func (v *voice) silence() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.silent = true
}
