package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
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
	if err := c.others(ctx, exp); err != nil {
		return nil, err
	}
	if err := c.refuseActive(ctx, exp); err != nil {
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
	if err := c.endLingering(ctx, exp, opts.Changed); err != nil {
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
	return c.giveUpResults(ctx, exp, opts.DiscardResults)
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

// giveUpResults refuses to lose results or, with discard, marks them as given up.
func (c *Cluster) giveUpResults(ctx context.Context, exp *experiment.Experiment, discard bool) error {
	if !discard {
		return c.refuseWanted(ctx, exp)
	}
	slots, err := c.slots(ctx, exp)
	if err != nil {
		return err
	}
	for _, s := range slots {
		if !s.Wanted() {
			continue
		}
		if err := c.mark(ctx, exp, s.Number, s.Run, driver.Discarded); err != nil {
			return err
		}
	}
	return nil
}

// mark sets the downloaded annotation of a run's slot, unless another run has the slot by now.
func (c *Cluster) mark(ctx context.Context, exp *experiment.Experiment, slot int, run, value string) error {
	cms := c.Client.CoreV1().ConfigMaps(c.Namespace)
	name := manifests.JournalName(exp.LoadMatrix.Spec.Cluster.Names, slot, 0)
	return kubeapi.Patiently(ctx, func(ctx context.Context) error {
		cm, err := cms.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("reading journal: %w", kubeapi.Explain(err))
		}
		if cm.Annotations[driver.AnnotationRun] != run {
			return nil
		}
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
			"resourceVersion": cm.ResourceVersion, // the run that writes there may change it
			"annotations":     map[string]string{driver.AnnotationDownloaded: value},
		}})
		if err != nil {
			return fmt.Errorf("marking results as downloaded: %w", err)
		}
		if _, err := cms.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kubeapi.FieldManager}); err != nil {
			return fmt.Errorf("marking results as downloaded: %w", kubeapi.Explain(err))
		}
		return nil
	})
}

// createJob starts a run. Of concurrent submits the first wins.
func (c *Cluster) createJob(ctx context.Context, exp *experiment.Experiment, set *manifests.Set) (*Submitted, error) {
	name := set.Job.Name
	job, err := c.Client.BatchV1().Jobs(c.Namespace).Create(ctx, set.Job, metav1.CreateOptions{FieldManager: kubeapi.FieldManager})
	if apierrors.IsAlreadyExists(err) {
		_, inTheWay := c.endedJob(ctx, exp, name)
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
	job, err := c.endedJob(ctx, exp, name)
	if err != nil || job == nil {
		return err
	}
	err = c.deleteJob(ctx, job)
	if apierrors.IsConflict(err) { // it is another one by now
		_, inTheWay := c.endedJob(ctx, exp, name)
		return cmp.Or(inTheWay, err)
	}
	if err != nil {
		return err
	}
	return c.waitGone(ctx, kindOf("Job", c.Client.BatchV1().Jobs(c.Namespace)), name, job.UID)
}

// endedJob is the Job of that name, or nil. A Job that is not ours or whose run is not over
// is an error.
func (c *Cluster) endedJob(ctx context.Context, exp *experiment.Experiment, name string) (*batchv1.Job, error) {
	job, err := c.Client.BatchV1().Jobs(c.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading Job %s: %w", name, kubeapi.Explain(err))
	}
	if err := preflight.Foreign(job, "Job", exp.LoadMatrix.Name); err != nil {
		return nil, err
	}
	s, err := c.standing(ctx, exp, job)
	if err == nil && !s.over {
		err = &ActiveError{Job: name, Run: runOf(job), Stuck: s.stuck}
	}
	return job, err
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
	return fmt.Sprintf("; if the node of its pod is away, `kubectl delete pod -l job-name=%s --force` takes the pod away, and this can be done again", name)
}
