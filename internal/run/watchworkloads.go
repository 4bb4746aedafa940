package run

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

func restartsOf(s platform.Status) map[string]int {
	out := map[string]int{}
	for _, r := range s.Replicas {
		out[r.ID] = r.Restarts
	}
	return out
}

// process judges one observation of the load's master or workers against the first of
// that role. That one ended the load shows, too, but not why.
func (w *watch) process(role platform.Role, s platform.Status) {
	before, ok := w.processes[role]
	if !ok {
		w.processes[role] = s
		return
	}
	restarts := restartsOf(before)
	for _, r := range s.Replicas {
		if r.Restarts > restarts[r.ID] {
			w.note("load %s %s restarted%s", role, r.ID, words.Colon(words.Gist(r.LastExit)))
		}
	}
	w.remade("load "+string(role), before, s)
}

// target judges one observation of the target's replicas.
func (w *watch) target(s platform.Status) {
	w.seen.Replicas = s.Ready
	for _, r := range s.Replicas {
		switch before, known := w.replicas[r.ID]; {
		case r.Restarts > before:
			// A restarted replica has the same id or, where ids are per process, a new one.
			w.note("target replica %s restarted%s", r.ID, words.Colon(words.Gist(r.LastExit)))
		case !known:
			w.note("target replica %s appeared", r.ID)
		}
	}
	w.compareTarget(s)
	now := restartsOf(s)
	for _, id := range slices.Sorted(maps.Keys(w.replicas)) {
		if _, ok := now[id]; !ok {
			w.note("target replica %s is gone", id)
		}
	}
	if s.Ready != len(w.replicas) {
		w.note("%d of %s of the target ready", s.Ready, matrix.Count(len(w.replicas), "replica"))
	}
}

// compareTarget finds what has happened to the target since the window opened.
func (w *watch) compareTarget(s platform.Status) {
	by := s.Changed.Since(w.before.Changed)
	if s.Revision != w.before.Revision {
		w.note("the target's template changed%s", by)
	} else if s.Generation != w.before.Generation {
		w.note("somebody changed the target%s", by)
	}
	since := map[string]time.Time{}
	for _, r := range w.before.Replicas {
		since[r.ID] = r.ReadySince
	}
	for _, r := range s.Replicas {
		if was, known := since[r.ID]; known && r.Ready && !r.ReadySince.Equal(was) {
			w.note("target replica %s was not ready for a moment", r.ID)
		}
	}
	w.remade("target replica", w.before, s)
}

// remade finds what was changed about replicas that were not replaced.
func (w *watch) remade(kind string, before, now platform.Status) {
	known := map[string]platform.Replica{}
	for _, r := range before.Replicas {
		known[r.ID] = r
	}
	for _, r := range now.Replicas {
		if changes := r.Make.Since(known[r.ID].Make); len(changes) > 0 {
			w.note("%s %s: %s%s", kind, r.ID, strings.Join(changes, "; "), r.Changed.Since(known[r.ID].Changed))
		}
	}
}

// refronted compares what stands before the replicas with the first observation of it.
func (w *watch) refronted(f platform.Front) {
	if w.front == nil {
		w.front = &f
		return
	}
	for _, change := range f.Make.Since(w.front.Make) {
		w.note("%s%s", change, f.Changed.Since(w.front.Changed))
	}
}
