package runs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// latest is the newest known run, whether or not it has measured anything.
type latest struct {
	run string
	// why is the reason of its failure, if it failed.
	why    string
	active bool
}

// latest is the newest known run, and why it has no more than it has.
func (r *Runs) latest(ctx context.Context, kept []driver.Slot) (latest, error) {
	l, err := r.known(ctx, kept)
	if why := endedEarly(kept, l.run); why != "" {
		l.why = why
	}
	return l, err
}

// endedEarly is why a run ended before everything was measured, as its journal says. Its Job
// knows only the exit code.
func endedEarly(kept []driver.Slot, run string) string {
	i := slices.IndexFunc(kept, func(s driver.Slot) bool { return s.Run == run && s.Damage == nil })
	if i < 0 {
		return ""
	}
	_, journal, err := journalOf(kept[i])
	if err != nil || journal.Ended() == nil {
		return "" // whoever needs the journal says what is wrong with it
	}
	return journal.Ended().Why
}

// known looks at Jobs, status and journals: each may be gone, and a run that failed early
// is only in the first two.
func (r *Runs) known(ctx context.Context, kept []driver.Slot) (latest, error) {
	status, err := r.lastStatus(ctx)
	others := isOthers(err) && len(kept) > 0 // what is the experiment's own is not withheld for it
	if err != nil && !apierrors.IsNotFound(err) && !others {
		return latest{}, kubeapi.Explain(err)
	}
	jobs, err := r.jobs(ctx)
	if err != nil && !kubeapi.Denied(err) { // whoever reads results needs not see Jobs
		return latest{}, err
	}
	if job := newestJob(jobs, status); job != nil {
		return r.latestJob(ctx, job, status), nil
	}
	l := latest{run: status.Run, why: status.Error}
	if l.run == "" && len(kept) > 0 {
		l.run = kept[0].Run
	}
	return l, nil
}

// newestJob is the newest run's Job; nil when that run's Job is gone.
func newestJob(jobs []batchv1.Job, status driver.Status) *batchv1.Job {
	if len(jobs) == 0 {
		return nil
	}
	told := slices.ContainsFunc(jobs, func(j batchv1.Job) bool { return runOf(&j) == status.Run })
	if !told && status.Updated.After(jobs[0].CreationTimestamp.Time) {
		return nil
	}
	return &jobs[0]
}

func (r *Runs) latestJob(ctx context.Context, job *batchv1.Job, status driver.Status) latest {
	l := latest{run: runOf(job)}
	s, err := r.standing(ctx, job)
	l.active = err != nil || !s.over // not knowing it is no reason to withhold results
	_, l.why = ended(job)
	if status.Run == l.run && status.Error != "" {
		l.why = status.Error
	}
	return l
}

// NoRecordsError says that a run has measured nothing.
type NoRecordsError struct {
	Run string
	// Why is what is known of the reason.
	Why string
	// Active tells that the run may still measure something.
	Active bool
	// Kept are the runs that left records, the newest first.
	Kept []string
}

// Error names the run and what to do.
func (e *NoRecordsError) Error() string {
	text := fmt.Sprintf("run %s, the newest, left no records", e.Run)
	if e.Active {
		text = fmt.Sprintf("run %s, the newest, has no records yet; `swarmgrid monitor FILE` shows its progress", e.Run)
	}
	if e.Why != "" {
		text += ": " + strings.TrimSpace(e.Why)
	}
	if len(e.Kept) > 0 {
		text += fmt.Sprintf("; fetch an earlier run's results with `swarmgrid results FILE --run %s`", e.Kept[0])
	}
	if len(e.Kept) > 1 {
		text += "; kept runs: " + strings.Join(e.Kept, ", ")
	}
	return text
}

// NewestWithout says why there is nothing of the newest run that is known, which need not
// be among those that are kept; nil if there is something, or no run.
func (r *Runs) NewestWithout(ctx context.Context, kept []driver.Slot) (*NoRecordsError, error) {
	l, err := r.latest(ctx, kept)
	if err != nil {
		return nil, err
	}
	return l.without(kept), nil
}

// without says why nothing of the run is kept; nil if there is something, or no run.
func (l latest) without(kept []driver.Slot) *NoRecordsError {
	if l.run == "" {
		return nil
	}
	var others []string
	for _, s := range kept {
		switch {
		case s.Records == 0:
		case s.Run == l.run:
			return nil
		default:
			others = append(others, s.Run)
		}
	}
	return &NoRecordsError{Run: l.run, Why: l.why, Active: l.active, Kept: others}
}
