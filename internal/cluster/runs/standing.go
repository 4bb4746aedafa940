package runs

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// runOf is the id of a Job's run.
func runOf(job *batchv1.Job) string { return driver.RunID(job.Name, string(job.UID)) }

// standing is the state of a Job's run, by the most reliable source: the Job's conditions,
// the published status, then the driver's container.
type standing struct {
	over bool
	// stuck says what keeps an unfinished run from continuing.
	stuck string
}

func (r *Runs) standing(ctx context.Context, job *batchv1.Job) (standing, error) {
	if over, _ := ended(job); over {
		return standing{over: true}, nil
	}
	status, err := r.lastStatus(ctx)
	if err != nil && !apierrors.IsNotFound(err) {
		return standing{}, kubeapi.Explain(err)
	}
	if status.Ends(runOf(job)) {
		return standing{over: true}, nil
	}
	pods, err := r.jobPods(ctx, job.Name)
	if err != nil {
		return standing{}, err
	}
	if pod, _ := concluded(pods); pod != nil {
		return standing{over: true}, nil
	}
	if pod := stranded(pods); pod != nil {
		return standing{stuck: notEnded(pod)}, nil
	}
	return standing{}, nil
}

// ActiveError says that a run is under way.
type ActiveError struct {
	Job, Run string
	// Stuck is what keeps the run from continuing; empty if nothing does.
	Stuck string
}

// Error names the Job and what to do.
func (e *ActiveError) Error() string {
	stuck := ""
	if e.Stuck != "" {
		stuck = ", and cannot continue: " + e.Stuck
	}
	return fmt.Sprintf("run %s is active (Job %s)%s; wait for it with `swarmgrid monitor FILE`, or stop it with `swarmgrid cleanup FILE`", e.Run, e.Job, stuck)
}

// RefuseActive is an *ActiveError while a run is under way.
func (r *Runs) RefuseActive(ctx context.Context) error {
	jobs, err := r.jobs(ctx)
	if err != nil {
		return err
	}
	for i := range jobs {
		s, err := r.standing(ctx, &jobs[i])
		if err != nil {
			return err
		}
		if !s.over {
			return &ActiveError{Job: jobs[i].Name, Run: runOf(&jobs[i]), Stuck: s.stuck}
		}
	}
	return nil
}

// EndLingering deletes unfinished Jobs whose runs are over. Results are in ConfigMaps and
// stay.
func (r *Runs) EndLingering(ctx context.Context, deleted func(job string)) error {
	jobs, err := r.jobs(ctx)
	if err != nil {
		return err
	}
	for i := range jobs {
		job := &jobs[i]
		if over, _ := ended(job); over || job.DeletionTimestamp != nil {
			continue
		}
		s, err := r.standing(ctx, job)
		if err != nil {
			return err
		}
		if !s.over {
			return &ActiveError{Job: job.Name, Run: runOf(job), Stuck: s.stuck}
		}
		if err := r.Delete(ctx, job); err != nil {
			return err
		}
		deleted(job.Name)
	}
	return nil
}

// Delete deletes a Job, by its UID, after its pods.
func (r *Runs) Delete(ctx context.Context, job *batchv1.Job) error {
	err := r.client.BatchV1().Jobs(r.namespace).Delete(ctx, job.Name, metav1.DeleteOptions{
		PropagationPolicy: new(metav1.DeletePropagationForeground), Preconditions: &metav1.Preconditions{UID: &job.UID},
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting Job %s: %w", job.Name, kubeapi.Explain(err))
	}
	return nil
}

// Finished is the Job of that name, or nil. A Job that is not ours or whose run is not over
// is an error.
func (r *Runs) Finished(ctx context.Context, name string) (*batchv1.Job, error) {
	job, err := r.client.BatchV1().Jobs(r.namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading Job %s: %w", name, kubeapi.Explain(err))
	}
	if err := preflight.Foreign(job, "Job", r.exp.LoadMatrix.Name); err != nil {
		return nil, err
	}
	s, err := r.standing(ctx, job)
	if err == nil && !s.over {
		err = &ActiveError{Job: name, Run: runOf(job), Stuck: s.stuck}
	}
	return job, err
}
