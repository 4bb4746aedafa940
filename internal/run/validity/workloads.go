package validity

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

// JudgeProcesses judges one observation of the load's master or workers against the first of
// that role. The load also shows that one of them ended, but not why.
func (w *Watch) JudgeProcesses(role platform.Role, s platform.Status) {
	before, ok := w.processes[role]
	if !ok {
		w.processes[role] = s
		return
	}
	restarts := restartsOf(before)
	for _, r := range s.Replicas {
		if r.Restarts > restarts[r.ID] {
			w.Break(ProcessRestarted, role, r.ID, words.Colon(words.Gist(r.LastExit)))
		}
	}
	for _, c := range remade(before, s) {
		w.Break(ProcessChanged, role, c.id, c.what, c.by)
	}
}

// JudgeTarget judges one observation of the target's replicas.
func (w *Watch) JudgeTarget(s platform.Status) {
	w.Seen.Replicas = s.Ready
	for _, r := range s.Replicas {
		switch before, known := w.replicas[r.ID]; {
		case r.Restarts > before:
			// A restarted replica has the same id or, where ids are per process, a new one.
			w.Break(ReplicaRestarted, r.ID, words.Colon(words.Gist(r.LastExit)))
		case !known:
			w.Break(ReplicaAppeared, r.ID)
		}
	}
	w.compareTarget(s)
	now := restartsOf(s)
	for _, id := range slices.Sorted(maps.Keys(w.replicas)) {
		if _, ok := now[id]; !ok {
			w.Break(ReplicaGone, id)
		}
	}
	if s.Ready != len(w.replicas) {
		w.Break(ReplicasNotReady, s.Ready, matrix.Count(len(w.replicas), "replica"))
	}
}

// compareTarget finds what has happened to the target since the window opened.
func (w *Watch) compareTarget(s platform.Status) {
	by := s.Changed.Since(w.before.Changed)
	if s.Revision != w.before.Revision {
		w.Break(TemplateChanged, by)
	} else if s.Generation != w.before.Generation {
		w.Break(TargetChanged, by)
	}
	since := map[string]time.Time{}
	for _, r := range w.before.Replicas {
		since[r.ID] = r.ReadySince
	}
	for _, r := range s.Replicas {
		if was, known := since[r.ID]; known && r.Ready && !r.ReadySince.Equal(was) {
			w.Break(ReplicaNotReady, r.ID)
		}
	}
	for _, c := range remade(w.before, s) {
		w.Break(ReplicaChanged, c.id, c.what, c.by)
	}
}

// remake is how a replica changed without being replaced.
type remake struct {
	id, what string
	by       platform.Changes
}

// remade finds the replicas that changed without being replaced.
func remade(before, now platform.Status) (out []remake) {
	known := map[string]platform.Replica{}
	for _, r := range before.Replicas {
		known[r.ID] = r
	}
	for _, r := range now.Replicas {
		if changes := r.Traits.Since(known[r.ID].Traits); len(changes) > 0 {
			out = append(out, remake{r.ID, strings.Join(changes, "; "), r.Changed.Since(known[r.ID].Changed)})
		}
	}
	return out
}

// JudgeFront compares what stands in front of the replicas with the first observation of it.
func (w *Watch) JudgeFront(f platform.Front) {
	if w.front == nil {
		w.front = &f
		return
	}
	for _, change := range f.Traits.Since(w.front.Traits) {
		w.Break(FrontChanged, change, f.Changed.Since(w.front.Changed))
	}
}
