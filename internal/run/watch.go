package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// The rules of validity (measuring.md 9).
const (
	// silence is how long a window may go without a completed request, or without an
	// observation.
	silence = 5 * time.Second
	// cpuLimit is the mean generator CPU, in percent of what a worker may use, above
	// which latencies are partly the generator's own.
	cpuLimit = 90
)

// watch judges the observations of one window against the state in which it opened. It
// reads no clock: time comes in with the observations.
type watch struct {
	key      matrix.Key
	workers  map[string]locust.Worker
	ours     map[string]bool // those of them that are not Python's
	replicas map[string]int  // id → restarts; nil when the target is not observed
	// before is the target as the window opened, with which later observations are compared.
	before platform.Status
	// processes are the load's own at the first observation, by role.
	processes map[platform.Role]platform.Status
	// front is what stood before the replicas as the window opened; nil when not known.
	front *platform.Front
	// seq is the master's last event before the window.
	seq int64

	seen      result.Observed
	cpuSum    float64
	cpuCount  int
	lastSeen  time.Time // of any good observation of the load
	lastMoved time.Time // when a master's total of requests was last seen to change
	requests  int64
	// still says that a worker did not run for too much of the window; empty otherwise.
	still   string
	reasons []string
}

func newWatch(key matrix.Key, now time.Time, o locust.Observation, target *platform.Status) *watch {
	w := &watch{key: key, workers: o.Live(), lastSeen: now, lastMoved: now, processes: map[platform.Role]platform.Status{}}
	if o.Status != nil {
		for _, e := range o.Status.Events {
			w.seq = max(w.seq, e.Seq)
		}
	}
	if target != nil {
		w.replicas, w.before = restartsOf(*target), *target
		w.seen.Replicas = target.Ready
	}
	w.seen.Workers, w.seen.Users = len(w.workers), o.Users
	w.ours = ourWorkers(o)
	return w
}

// ourWorkers are the workers that send slices: Go's, not Python's.
func ourWorkers(o locust.Observation) map[string]bool {
	ours := map[string]bool{}
	if o.Status != nil {
		for _, w := range o.Status.Workers {
			ours[w.ID] = w.Slices
		}
	}
	return ours
}

// note adds a reason once.
func (w *watch) note(format string, args ...any) {
	if reason := fmt.Sprintf(format, args...); !slices.Contains(w.reasons, reason) {
		w.reasons = append(w.reasons, reason)
	}
}

// load judges one observation of the load.
func (w *watch) load(now time.Time, o locust.Observation) {
	w.lastSeen = now
	w.seen.Samples++
	live := o.Live()
	w.seen.Workers, w.seen.Users = len(live), o.Users
	w.compareWorkers(live, o)
	if o.Users != w.key.Users {
		w.note("%d users instead of %d", o.Users, w.key.Users)
	}
	if o.State != locust.StateRunning {
		w.note("the load is %s", o.State)
	}
	w.cpu(live)
}

// compareWorkers finds losses and joins, also those between two observations.
func (w *watch) compareWorkers(live map[string]locust.Worker, o locust.Observation) {
	lost, joined := missing(w.workers, live), missing(live, w.workers)
	if o.Status != nil {
		w.missedEvents(o.Status.Events)
		for _, e := range o.Status.Events {
			switch {
			case e.Seq <= w.seq:
			case e.Type == locust.EventWorkerLost || e.Type == locust.EventWorkerQuit:
				lost = append(lost, e.Worker)
			case e.Type == locust.EventWorkerJoined:
				joined = append(joined, e.Worker)
			case e.Type == locust.EventRedispatched && e.Worker != "":
				w.note("worker lost its connection for a moment: %s", e.Worker)
			case e.Type == locust.EventLeaseExpired:
				w.note("the lease on the load ran out")
			case e.Type == locust.EventReportDropped:
				w.note("the master lost measurements of worker %s: %s", e.Worker, words.OneLine(e.Detail))
			}
		}
	}
	if len(lost) > 0 {
		w.note("worker lost: %s", list(lost))
	}
	if len(joined) > 0 {
		w.note("worker joined: %s", list(joined))
	}
}

// missedEvents checks that the master still has every event since the window opened.
func (w *watch) missedEvents(kept []locust.Event) {
	if len(kept) > 0 && kept[0].Seq > w.seq+1 {
		w.note("so much happened to the load that the master forgot some of it")
	}
}

// missing returns the ids of want that got lacks.
func missing(want, got map[string]locust.Worker) []string {
	var out []string
	for id := range want {
		if _, ok := got[id]; !ok {
			out = append(out, id)
		}
	}
	return out
}

func list(ids []string) string {
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), ", ")
}

func (w *watch) cpu(live map[string]locust.Worker) {
	for _, worker := range live {
		if worker.CPUPercent == 0 && !w.ours[worker.ID] {
			continue // Locust's first figure comes after some seconds; until then it says 0
		}
		w.cpuSum += worker.CPUPercent
		w.cpuCount++
		w.seen.CPUMax = max(w.seen.CPUMax, worker.CPUPercent)
	}
	if w.cpuCount > 0 {
		w.seen.CPUMean = w.cpuSum / float64(w.cpuCount)
	}
}

// totals judges a total of requests, to which workers report every experiment.ReportInterval: one
// that stands still only says that nothing had completed by the report before.
func (w *watch) totals(now time.Time, requests int64) {
	if requests != w.requests {
		w.requests, w.lastMoved = requests, now
	}
	w.quiet(now.Sub(w.lastMoved) - experiment.ReportInterval)
}

// quiet judges how long no request has completed.
func (w *watch) quiet(d time.Duration) {
	if d >= silence {
		w.note("no request completed for %v", silence)
	}
}

// clock judges what time alone can tell. It must be called at least once a second.
func (w *watch) clock(now time.Time) {
	if now.Sub(w.lastSeen) > silence {
		w.note("no observation of the load for %v", silence)
	}
}

// settle turns the longest pause so far into a reason, if it is too long.
func (w *watch) settle() {
	if w.still != "" {
		w.note("%s", w.still)
	}
}

// verdict closes the window and returns every reason against it.
func (w *watch) verdict() []string {
	w.settle()
	if w.seen.CPUMean > cpuLimit {
		w.note("mean generator CPU %.0f %%, above %d %%: use more workers", w.seen.CPUMean, cpuLimit)
	}
	return w.reasons
}
