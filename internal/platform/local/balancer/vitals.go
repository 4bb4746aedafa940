package balancer

import (
	"errors"
	"maps"
	"sync"
	"syscall"
	"time"
)

const (
	// heartbeat is the period of the ticker by which a balancer notices that it stood still.
	heartbeat = 20 * time.Millisecond
	// hiccup is how late a beat may be on any busy machine; the whole delay of a later one counts.
	hiccup = 50 * time.Millisecond
)

// vitals are what a balancer knows about its own health since it began. To a client its
// failures look like the target's, so whoever uses the client's numbers must ask here.
type vitals struct {
	mu       sync.Mutex
	troubles map[string]int64
	beat     time.Time // the last one
	stalled  time.Duration
}

func newVitals(now time.Time) *vitals {
	return &vitals{troubles: map[string]int64{}, beat: now}
}

// run beats until stop is closed.
func (v *vitals) run(stop <-chan struct{}) {
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			v.tick(time.Now())
		case <-stop:
			return
		}
	}
}

// tick counts the time since the last beat as stalled if it was too long.
func (v *vitals) tick(now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if late := now.Sub(v.beat) - heartbeat; late > hiccup {
		v.stalled += late
	}
	v.beat = now
}

// note counts a trouble. Its text must come from a small set.
func (v *vitals) note(what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.troubles[what]++
}

// blame counts an error if it is our own, and not one side's.
func (v *vitals) blame(doing string, err error) {
	if own := OwnFault(err); own != nil {
		v.note(doing + ": " + own.Error())
	}
}

// tell fills in a reply. A request right after a standstill must learn of it, although the
// ticker may not have fired yet.
func (v *vitals) tell(now time.Time, r *Reply) {
	v.tick(now)
	v.mu.Lock()
	defer v.mu.Unlock()
	r.Troubles, r.Stalled = maps.Clone(v.troubles), v.stalled
}

// OwnFault finds in a network error what this process or this machine lacks; nil if the
// other side refused, broke off or did not answer.
func OwnFault(err error) error {
	for _, errno := range []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.EAGAIN, syscall.EACCES, syscall.EPERM,
	} {
		if errors.Is(err, errno) {
			return errno
		}
	}
	return nil
}
