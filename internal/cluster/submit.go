package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// Submitted is a run that was started, or a schedule that was set.
type Submitted struct {
	// Kind is Job or CronJob.
	Kind, Name string
	// Run is the run's id; empty for a CronJob, whose runs have ids of their own.
	Run string
}

// SubmitOptions are the options of Submit.
type SubmitOptions struct {
	// DiscardResults gives up results that were never downloaded.
	DiscardResults bool
	// Check, if not nil, is the preflight. It is the last check, and is not made for a
	// schedule, whose runs come later.
	Check func(context.Context) error
	// NoLook keeps the driver, too, from looking whether the target answers.
	NoLook bool
	// Changed, if not nil, is called for deleted objects: schedules that are no longer in the
	// experiment and unfinished Jobs of finished runs.
	Changed func(Change)
}

// Submit starts the driver. It is refused while a run is active, if what is deployed differs
// from the experiment, and, unless they may be discarded, while there are results that were
// never downloaded.
func (c *Cluster) Submit(ctx context.Context, exp *experiment.Experiment, opts SubmitOptions) (*Submitted, error) {
	set, err := c.Objects(ctx, exp)
	if err != nil {
		return nil, err
	}
	if opts.NoLook {
		set.LeaveLookOut()
	}
	if err := c.Runs(exp).RefuseOthers(ctx); err != nil {
		return nil, err
	}
	if err := c.Runs(exp).RefuseActive(ctx); err != nil {
		return nil, err
	}
	if err := c.checkDeployed(ctx, set, byHand(exp)...); err != nil {
		return nil, err
	}
	if opts.Changed == nil {
		opts.Changed = func(Change) {}
	}
	if err := c.makeWay(ctx, exp, set, opts); err != nil {
		return nil, err
	}
	if err := c.makeLease(ctx, exp, set); err != nil {
		return nil, err
	}
	if _, err := c.apply(ctx, set.Experiment, exp.LoadMatrix.Name); err != nil {
		return nil, err
	}
	if set.CronJob != nil {
		_, err := c.apply(ctx, set.CronJob, exp.LoadMatrix.Name)
		return &Submitted{Kind: "CronJob", Name: set.CronJob.Name}, err
	}
	return c.createJob(ctx, exp, set)
}

// makeWay deletes what finished runs and earlier schedules have left.
func (c *Cluster) makeWay(ctx context.Context, exp *experiment.Experiment, set *manifests.Set, opts SubmitOptions) error {
	once := set.CronJob == nil
	if once {
		if err := c.prepareRun(ctx, exp, opts); err != nil {
			return err
		}
	}
	if err := c.Runs(exp).EndLingering(ctx, func(job string) {
		opts.Changed(Change{Kind: "Job", Name: job, What: "deleted"})
	}); err != nil {
		return err
	}
	if once {
		// Before the experiment is applied: if somebody else submits first, their run would
		// read ours.
		if err := c.removeEnded(ctx, exp, exp.LoadMatrix.Spec.Cluster.Names.Job); err != nil {
			return err
		}
	}
	return c.dropSchedules(ctx, exp, set, opts.Changed)
}

func (c *Cluster) prepareRun(ctx context.Context, exp *experiment.Experiment, opts SubmitOptions) error {
	if opts.Check != nil {
		if err := opts.Check(ctx); err != nil {
			return err
		}
	}
	if opts.DiscardResults {
		return c.Runs(exp).Discard(ctx)
	}
	return c.Runs(exp).RefuseNotDownloaded(ctx)
}

// checkDeployed compares the objects that a run depends on and submit does not apply. An
// object may match the set or any of the others.
func (c *Cluster) checkDeployed(ctx context.Context, set *manifests.Set, others ...[]manifests.Object) error {
	if err := c.checkAccess(ctx, set); err != nil {
		return err
	}
	needed := slices.DeleteFunc(slices.Clone(set.Access), func(o manifests.Object) bool { return grantsRights(changeOf(o).Kind) })
	needed = append(needed, slices.DeleteFunc(slices.Clone(set.State), isLease)...)
	needed = append(needed, loadOf(set)...)
	for _, o := range needed {
		if err := c.compare(ctx, o, others); err != nil {
			return err
		}
	}
	return nil
}

// includes tells whether found has everything that wanted has; the API server adds defaults.
func includes(found, wanted any) bool {
	switch w := wanted.(type) {
	case map[string]any:
		f, ok := found.(map[string]any)
		for name, value := range w {
			if value == nil || name == "creationTimestamp" {
				continue
			}
			if !ok || !includes(f[name], value) {
				return false
			}
		}
		return true
	case []any:
		f, ok := found.([]any)
		if !ok || len(f) != len(w) {
			return false
		}
		for i := range w {
			if !includes(f[i], w[i]) {
				return false
			}
		}
		return true
	}
	return found == wanted
}

// createJob starts a run. Of concurrent submits the first wins.
func (c *Cluster) createJob(ctx context.Context, exp *experiment.Experiment, set *manifests.Set) (*Submitted, error) {
	name := set.Job.Name
	job, err := c.Client.BatchV1().Jobs(c.Namespace).Create(ctx, set.Job, metav1.CreateOptions{FieldManager: kubeapi.FieldManager})
	if apierrors.IsAlreadyExists(err) {
		_, inTheWay := c.Runs(exp).Finished(ctx, name)
		return nil, cmp.Or(inTheWay, err)
	}
	if err != nil {
		return nil, fmt.Errorf("creating Job %s: %w", name, err)
	}
	return &Submitted{Kind: "Job", Name: job.Name, Run: driver.RunID(job.Name, string(job.UID))}, nil
}

// jobEnd bounds the wait for a Job's pods to be gone: a driver may take
// two minutes to restore the target.
const jobEnd = 3 * time.Minute

// removeEnded deletes a Job that has ended, if there is one, and waits until it and
// its pods are gone.
func (c *Cluster) removeEnded(ctx context.Context, exp *experiment.Experiment, name string) error {
	ctx, cancel := context.WithTimeout(ctx, jobEnd)
	defer cancel()
	job, err := c.Runs(exp).Finished(ctx, name)
	if err != nil || job == nil {
		return err
	}
	err = c.Runs(exp).Delete(ctx, job)
	if apierrors.IsConflict(err) { // it is another one by now
		_, inTheWay := c.Runs(exp).Finished(ctx, name)
		return cmp.Or(inTheWay, err)
	}
	if err != nil {
		return err
	}
	return c.waitGone(ctx, kindOf("Job", c.Client.BatchV1().Jobs(c.Namespace)), name, job.UID)
}

// waitGone waits until an object is deleted; another of the same name does not matter.
func (c *Cluster) waitGone(ctx context.Context, k kind, name string, uid types.UID) error {
	for {
		o, err := k.get(ctx, name)
		if apierrors.IsNotFound(err) || err == nil && o.GetUID() != uid {
			return nil
		}
		if kubeapi.Pause(ctx, deployPause) != nil {
			return fmt.Errorf("waiting for %s %s to be gone: %w%s", k.name, name, ctx.Err(), ifStranded(k.name, name))
		}
	}
}

// ifStranded is the way on where the Job's pod cannot end: a node that is away does not
// say that the pod has.
func ifStranded(kind, name string) string {
	if kind != "Job" {
		return ""
	}
	return fmt.Sprintf("; if its pod's node is down, `kubectl delete pod -l job-name=%s --force` removes the pod; then try again", name)
}
