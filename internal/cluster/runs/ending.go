package runs

import (
	"context"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// Ending is how a run ended.
type Ending struct {
	Run string
	// Code is the driver's exit code; 1 if it is not known.
	Code int
	// Error is why, if the reports do not say it.
	Error string
}

func ending(run string, status driver.Status, failure string) *Ending {
	e := &Ending{Run: run, Code: status.ExitCode, Error: status.Error}
	if !status.Ends(run) {
		e.Code = 1
		if failure == "" {
			failure = "its driver did not report how it ended"
		}
		if e.Error != "" {
			failure += "; the driver's last message: " + e.Error
		}
		e.Error = failure
	}
	return e
}

// concludedBy is the ending by the published status or, failing that, by the driver's
// container; nil if the run goes on.
func (m *monitor) concludedBy(ctx context.Context, status driver.Status, pods []corev1.Pod) *Ending {
	if status.Ends(m.run) {
		return ending(m.run, status, "")
	}
	pod, end := concluded(pods)
	if pod == nil {
		return nil
	}
	e := &Ending{Run: m.run, Code: int(end.ExitCode)}
	if e.Code != 0 {
		e.Error = withLines("its driver ended without publishing why", m.runs.driverLines(ctx, pod))
	}
	return e
}

// outlived handles a run that is over while its Job is not. After endGrace it deletes the
// Job, which would block the next run until its deadline.
func (m *monitor) outlived(ctx context.Context, job *batchv1.Job, pods []corev1.Pod, e *Ending) *Ending {
	if job.DeletionTimestamp != nil {
		return e
	}
	if m.concluded.IsZero() {
		m.concluded = time.Now()
	}
	if time.Since(m.concluded) < endGrace {
		return nil
	}
	why := "it has no pod"
	if pod := newest(pods); pod != nil {
		why = notEnded(pod)
	}
	text := fmt.Sprintf("the run has ended, but its Job has not: %s; Job %s was deleted, the results are kept", why, job.Name)
	if err := m.runs.Delete(ctx, job); err != nil {
		text = fmt.Sprintf("the run has ended, but its Job has not: %s; %v; `swarmgrid submit FILE` and `swarmgrid cleanup FILE` try it again", why, err)
	}
	m.note(text)
	return e
}

// over is the ending by a finished Job.
func (m *monitor) over(ctx context.Context, status driver.Status, failure string) *Ending {
	e := ending(m.run, status, failure)
	switch {
	case status.Ends(m.run):
	case failure == "":
		return &Ending{Run: m.run} // the Job is complete, whatever was not published
	default:
		m.runs.fromContainer(ctx, m.job, e)
	}
	return e
}

// fromContainer completes the ending of a failed Job whose driver published no end, by the
// driver's container.
func (r *Runs) fromContainer(ctx context.Context, job string, e *Ending) {
	pods, err := r.jobPods(ctx, job)
	if err != nil {
		return
	}
	pod, end := lastDriver(pods)
	if pod == nil {
		return
	}
	if slices.Contains(manifests.FinalExitCodes(), end.ExitCode) {
		e.Code = int(end.ExitCode)
	}
	e.Error = withLines(e.Error, r.driverLines(ctx, pod))
}
