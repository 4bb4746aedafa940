package validity

import (
	"slices"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/words"
)

// Watch judges the observations of one window against the state in which it opened.
type Watch struct {
	// Seen is what is recorded of the window. The caller adds what it does not judge.
	Seen result.Observed

	users    int
	workers  map[string]locust.Worker
	ours     map[string]bool // those of them that are not Python's
	replicas map[string]int  // id → restarts; nil when the target is not observed
	// before is the target as the window opened, with which later observations are compared.
	before platform.Status
	// spans are what our master says of each worker.
	spans map[string]span
	// processes are the load's own at the first observation, by role.
	processes map[platform.Role]platform.Status
	// front is what stood in front of the replicas as the window opened; nil when not known.
	front *platform.Front
	// seq is the master's last event before the window.
	seq int64

	cpuSum    float64
	cpuCount  int
	lastSeen  time.Time // of any good observation of the load
	lastMoved time.Time // when a master's total of requests was last seen to change
	requests  int64
	// still says that a worker did not run for too much of the window; nil otherwise.
	still   *result.Finding
	against []result.Finding
}

// New opens a window of so many users, with the load and the target as they are now. The
// target is nil where it is not observed.
func New(users int, now time.Time, o locust.Observation, target *platform.Status) *Watch {
	w := &Watch{users: users, workers: o.Live(), processes: map[platform.Role]platform.Status{}, spans: spansOf(o)}
	w.Opened(now)
	if o.Status != nil {
		for _, e := range o.Status.Events {
			w.seq = max(w.seq, e.Seq)
		}
	}
	if target != nil {
		w.replicas, w.before = restartsOf(*target), *target
		w.Seen.Replicas = target.Ready
	}
	w.Seen.Workers, w.Seen.Users = len(w.workers), o.Users
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

// Opened says when the window really began, if that was later.
func (w *Watch) Opened(now time.Time) { w.lastSeen, w.lastMoved = now, now }

// SeesTarget tells whether the target is observed.
func (w *Watch) SeesTarget() bool { return w.replicas != nil }

// KnowsCPU tells whether any worker has told its CPU.
func (w *Watch) KnowsCPU() bool { return w.cpuCount > 0 }

// Break notes that the window broke a rule.
func (w *Watch) Break(r Rule, args ...any) { w.add(r.Breaks(args...)) }

// add adds what was found against the window, once.
func (w *Watch) add(found ...result.Finding) {
	for _, f := range found {
		if !slices.Contains(w.against, f) {
			w.against = append(w.against, f)
		}
	}
}

// JudgeLoad judges one observation of the load.
func (w *Watch) JudgeLoad(now time.Time, o locust.Observation) {
	w.lastSeen = now
	w.Seen.Samples++
	live := o.Live()
	w.Seen.Workers, w.Seen.Users = len(live), o.Users
	w.compareWorkers(live, o)
	w.followWorkers(o)
	if o.Users != w.users {
		w.Break(UsersDiffer, o.Users, w.users)
	}
	if o.State != locust.StateRunning {
		w.Break(LoadNotRunning, o.State)
	}
	w.cpu(live)
}

// compareWorkers finds losses and joins, also those between two observations.
func (w *Watch) compareWorkers(live map[string]locust.Worker, o locust.Observation) {
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
				w.Break(WorkerReconnected, e.Worker)
			case e.Type == locust.EventLeaseExpired:
				w.Break(LeaseExpired)
			case e.Type == locust.EventReportDropped:
				w.Break(ReportsDropped, e.Worker, words.OneLine(e.Detail))
			}
		}
	}
	if len(lost) > 0 {
		w.Break(WorkersLost, list(lost))
	}
	if len(joined) > 0 {
		w.Break(WorkersJoined, list(joined))
	}
}

// missedEvents checks that the master still has every event since the window opened.
func (w *Watch) missedEvents(kept []locust.Event) {
	if len(kept) > 0 && kept[0].Seq > w.seq+1 {
		w.Break(EventsForgotten)
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

func (w *Watch) cpu(live map[string]locust.Worker) {
	for _, worker := range live {
		if worker.CPUPercent == 0 && !w.ours[worker.ID] {
			continue // Locust's first figure comes after some seconds; until then it says 0
		}
		w.cpuSum += worker.CPUPercent
		w.cpuCount++
		w.Seen.CPUMax = max(w.Seen.CPUMax, worker.CPUPercent)
	}
	if w.cpuCount > 0 {
		w.Seen.CPUMean = w.cpuSum / float64(w.cpuCount)
	}
}

// JudgeTotals judges a total of requests, which grows every experiment.ReportInterval, when
// workers report: one that stands still only says that nothing had completed by the report before.
func (w *Watch) JudgeTotals(now time.Time, requests int64) {
	if requests != w.requests {
		w.requests, w.lastMoved = requests, now
	}
	w.JudgeQuiet(now.Sub(w.lastMoved) - experiment.ReportInterval)
}

// JudgeQuiet judges how long no request has completed.
func (w *Watch) JudgeQuiet(d time.Duration) {
	if d >= silence {
		w.Break(NothingCompleted, silence)
	}
}

// Broken returns what was found against the window so far. It must be called at least once a
// second, since some of it time alone can tell.
func (w *Watch) Broken(now time.Time) []result.Finding {
	if now.Sub(w.lastSeen) > silence {
		w.Break(NothingObserved, silence)
	}
	w.settlePauses()
	return w.against
}

// settlePauses holds the longest pause so far against the window, if it is too long.
func (w *Watch) settlePauses() {
	if w.still != nil {
		w.add(*w.still)
	}
}

// Against closes the window and returns all that was found against it.
func (w *Watch) Against() []result.Finding {
	w.settlePauses()
	if w.Seen.CPUMean > cpuLimit {
		w.Break(CPUTooHigh, w.Seen.CPUMean, cpuLimit)
	}
	return w.against
}
