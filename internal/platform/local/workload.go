package local

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// workload is a role's current state; the session's lock guards it.
type workload struct {
	*Workload
	role     platform.Role
	wanted   int
	lastID   int
	replicas []*replica // in the order of their creation
	draining int
}

func (w *workload) newID() string {
	w.lastID++
	return fmt.Sprintf("%s-%04d", w.role, w.lastID)
}

// scale sets the wanted number, starts missing replicas and retires surplus ones.
func (s *session) scale(role platform.Role, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return platform.ErrNotAcquired
	}
	w := s.workloads[role]
	w.wanted = n
	for len(w.replicas) < n {
		r := &replica{id: w.newID(), since: time.Now(), stop: make(chan struct{})}
		w.replicas = append(w.replicas, r)
		s.supervisors.Go(func() { s.supervise(w, r) })
	}
	s.retireSurplus(w)
	return nil
}

// retireSurplus chooses what goes: replicas that are not ready first, then the newest.
func (s *session) retireSurplus(w *workload) {
	for len(w.replicas) > w.wanted {
		last := len(w.replicas) - 1
		for i, r := range w.replicas {
			if !r.ready {
				last = i
			}
		}
		r := w.replicas[last]
		w.replicas = slices.Delete(w.replicas, last, last+1)
		w.draining++
		close(r.stop)
	}
}

// gone marks the end of a retired replica's draining.
func (s *session) gone(w *workload, r *replica) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.draining--
	s.freePorts(w, r)
}

// status observes a role.
func (s *session) status(role platform.Role) platform.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.workloads[role]
	st := platform.Status{Wanted: w.wanted, Draining: w.draining}
	var waits []string
	for _, r := range w.replicas {
		replica := platform.Replica{ID: r.id, Ready: r.ready, Restarts: r.restarts, LastExit: r.lastExit}
		if r.proc != nil {
			replica.Scheduled = r.since
		}
		st.Replicas = append(st.Replicas, replica)
		if r.ready {
			st.Ready++
		} else {
			waits = append(waits, r.id+": "+cmp.Or(r.waiting, "starting"))
		}
		st.Stuck = cmp.Or(st.Stuck, r.whyStuck(w.Workload))
	}
	slices.SortFunc(st.Replicas, func(a, b platform.Replica) int { return cmp.Compare(a.ID, b.ID) })
	if !st.Settled(w.wanted) {
		waits = append([]string{fmt.Sprintf("%d of %d ready, %d draining", st.Ready, st.Wanted, st.Draining)}, waits...)
		st.Waiting = strings.Join(waits, "; ")
	}
	return st
}
