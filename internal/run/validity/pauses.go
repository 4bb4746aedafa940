package validity

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// Pauses are the times in which workers did not run, by worker.
type Pauses map[string]pause

type pause struct{ stood, steal, gc time.Duration }

// Add counts one more pause.
func (p Pauses) Add(in locust.Pause) {
	sum := p[in.Worker]
	sum.stood += time.Duration(in.StoodMicros) * time.Microsecond
	sum.steal += time.Duration(in.StealMicros) * time.Microsecond
	sum.gc += time.Duration(in.GCMicros) * time.Microsecond
	p[in.Worker] = sum
}

// longest is the worker that stood still the longest.
func (p Pauses) longest() (worker string, most pause) {
	for _, id := range slices.Sorted(maps.Keys(p)) {
		if p[id].stood > most.stood {
			worker, most = id, p[id]
		}
	}
	return worker, most
}

// text says how long a worker stood still, and why if that can be seen.
func (p pause) text(worker string, window time.Duration) string {
	why := "it was stopped, or starved of processor time"
	switch {
	case 2*p.gc > p.stood:
		why = fmt.Sprintf("collecting garbage stopped it for %.1f s", p.gc.Seconds())
	case 2*p.steal > p.stood:
		why = fmt.Sprintf("the hypervisor gave %.1f s of this machine's processor time to others", p.steal.Seconds())
	}
	return stood("worker "+worker, p.stood, window) + ": " + why
}

// remedy is what can be done about a pause that is too long.
func (p pause) remedy() string {
	switch {
	case 2*p.gc > p.stood:
		return "use more workers"
	case 2*p.steal > p.stood:
		return "measure on a machine that is less shared"
	}
	return "give it more processor time, or its machine less to do"
}

// stood says that a part of the instrument did not run.
func stood(who string, d, window time.Duration) string {
	return fmt.Sprintf("%s stood still for %.1f s of %.0f s", who, d.Seconds(), window.Seconds())
}

// JudgePauses judges, while the window is open, how long workers have stood still.
func (w *Watch) JudgePauses(p Pauses, window time.Duration) {
	worker, most := p.longest()
	w.Seen.StoodStill = most.stood.Seconds()
	if most.stood.Seconds() > stoodInvalid*window.Seconds() {
		w.still = new(WorkerStoodStill.Breaks(most.text(worker, window), most.remedy()))
	}
}
