package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// DeployOptions are the options of Deploy.
type DeployOptions struct {
	// Timeout bounds the wait for registered workers; default 5 min.
	Timeout time.Duration
	// Changed is called for each object, Waiting when what is waited for changes.
	Changed func(Change)
	Waiting func(string)
	// Note, if not nil, is called with what deploy leaves out or unchanged, and why.
	Note func(string)
}

func (o DeployOptions) note(format string, args ...any) {
	if o.Note != nil {
		o.Note(fmt.Sprintf(format, args...))
	}
}

const defaultDeployTimeout = 5 * time.Minute

// Objects builds an experiment's objects with what the cluster knows of its target.
func (c *Cluster) Objects(ctx context.Context, exp *experiment.Experiment) (*manifests.Set, error) {
	opts, err := c.options(ctx, exp)
	if err != nil {
		return nil, err
	}
	return manifests.Build(exp, opts)
}

// Deploy applies everything that a run needs and waits until the workers are registered
// with the master. It is refused while a run is active, here or from elsewhere, whose workers
// it would change, and, before anything is changed, if the API server would reject a part of
// it (*RefusedError). It is idempotent.
func (c *Cluster) Deploy(ctx context.Context, exp *experiment.Experiment, opts DeployOptions) error {
	meta := c.metadata()
	set, notes, err := c.deployable(ctx, exp, meta)
	if err != nil {
		return err
	}
	if err := c.Runs(exp).RefuseActive(ctx); err != nil {
		return err
	}
	if err := c.refuseHeld(ctx, exp.LoadMatrix.Spec.Target); err != nil {
		return err
	}
	settled, more, err := c.rehearseDeploy(ctx, exp, set, meta)
	if err != nil {
		return err
	}
	for _, text := range append(notes, more...) {
		opts.note("%s", text)
	}
	before, _, _ := c.Recorded(ctx, exp.LoadMatrix) // whatever it was, it is replaced
	if err := c.applyAll(ctx, exp, set, settled, opts); err != nil {
		return err
	}
	if change := recordChange(before, exp.Record, manifests.DriverSettings(exp)); change != "" {
		opts.note("%s", change)
	}
	if err := c.prune(ctx, exp, set, opts.Changed); err != nil {
		return err
	}
	if set.Master == nil {
		return nil // somebody else's master
	}
	return c.waitRegistered(ctx, exp, set, opts)
}

func (c *Cluster) applyAll(ctx context.Context, exp *experiment.Experiment, set *manifests.Set, settled map[Change]bool, opts DeployOptions) error {
	var made []Change
	for _, o := range set.Deployed() {
		if change := changeOf(o); settled[change] {
			opts.note("%s %s is left as it is: you may not change it, and the driver has the rights that it needs", change.Kind, change.Name)
			continue
		}
		change, err := c.apply(ctx, o, exp.LoadMatrix.Name)
		if kubeapi.Denied(err) && len(made) > 0 {
			return c.withdraw(ctx, made, err, opts.Changed)
		}
		if err != nil {
			return err
		}
		if change.What == "created" {
			made = append(made, Change{Kind: change.Kind, Name: change.Name})
		}
		opts.Changed(change)
	}
	return nil
}

// prune deletes what an earlier deploy created and this one does not, except for journals,
// which may hold results, and Leases that say what to restore.
func (c *Cluster) prune(ctx context.Context, exp *experiment.Experiment, set *manifests.Set, changed func(Change)) error {
	wanted := map[Change]bool{}
	for _, o := range append(set.Deployed(), set.Job) {
		wanted[Change{Kind: o.GetObjectKind().GroupVersionKind().Kind, Name: o.GetName()}] = true
	}
	for _, k := range c.kinds() {
		if isDriver(k.name) || k.name == "Lease" {
			continue // they have rules of their own
		}
		found, err := k.list(ctx, manifests.Selector(exp.LoadMatrix))
		if grantsRights(k.name) && kubeapi.Denied(err) {
			continue // they are somebody else's to make and to delete
		}
		if err != nil {
			return fmt.Errorf("listing %ss: %w", k.name, kubeapi.Explain(err))
		}
		for _, o := range found {
			change := Change{Kind: k.name, Name: o.GetName()}
			if wanted[change] || o.GetLabels()[manifests.LabelPart] == manifests.PartJournal {
				continue
			}
			if err := k.delete(ctx, o.GetName()); err != nil {
				return fmt.Errorf("deleting %s %s: %w", k.name, o.GetName(), kubeapi.Explain(err))
			}
			change.What = "deleted"
			changed(change)
		}
	}
	return errors.Join(c.dropSchedules(ctx, exp, set, changed), c.dropLeases(ctx, changed))
}

// dropSchedules deletes CronJobs that are no longer in the experiment, which would go on
// starting runs. No run may be active, since their Jobs are deleted with them.
func (c *Cluster) dropSchedules(ctx context.Context, exp *experiment.Experiment, set *manifests.Set, changed func(Change)) error {
	k := kindOf("CronJob", c.Client.BatchV1().CronJobs(c.Namespace))
	found, err := k.list(ctx, manifests.Selector(exp.LoadMatrix))
	if err != nil {
		return fmt.Errorf("listing CronJobs: %w", kubeapi.Explain(err))
	}
	for _, o := range found {
		if set.CronJob != nil && set.CronJob.Name == o.GetName() {
			continue
		}
		if err := k.delete(ctx, o.GetName()); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting CronJob %s: %w", o.GetName(), kubeapi.Explain(err))
		}
		changed(Change{Kind: "CronJob", Name: o.GetName(), What: "deleted"})
	}
	return nil
}

// deployPause is the polling interval.
const deployPause = 500 * time.Millisecond

// waitRegistered asks the master, since ready pods are not enough: it may take minutes until
// a ready worker is registered (locust-protocol.md 14).
func (c *Cluster) waitRegistered(ctx context.Context, exp *experiment.Experiment, set *manifests.Set, opts DeployOptions) error {
	timeout := opts.Timeout
	if timeout == 0 {
		timeout = defaultDeployTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	w := registration{cluster: c, exp: exp, set: set}
	defer w.close()
	// Asked now, so that a missing right is not discovered after all the waiting.
	if ok, _, err := kubeapi.May(ctx, c.Client, c.Namespace, kubeapi.Right{Verb: "create", Resource: "pods", Subresource: "portforward"}); err == nil && !ok {
		opts.note("not checked: whether the workers are registered with the master, since you may not create pods/portforward in namespace %s", c.Namespace)
		w.unasked = true
	}
	last := ""
	for {
		waiting, err := w.look(ctx)
		if err != nil || waiting == "" {
			return err
		}
		if waiting != last && opts.Waiting != nil {
			opts.Waiting(waiting)
		}
		last = waiting
		if kubeapi.Pause(ctx, deployPause) != nil {
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("waiting for the load: gave up after %v: %s", timeout, last)
			}
			return ctx.Err()
		}
	}
}

// registration waits for workers.
type registration struct {
	cluster *Cluster
	exp     *experiment.Experiment
	set     *manifests.Set
	// past is what is remembered of the pods of each Deployment.
	past [2]kubeapi.Histories
	// unasked means that the master cannot be asked.
	unasked bool
	// pod is the master's pod that client is connected to.
	pod     string
	client  *locust.Client
	closeIt func()
}

// look returns what is still waited for, or an error for which waiting does not help.
func (r *registration) look(ctx context.Context) (waiting string, err error) {
	for i, d := range []*appsv1.Deployment{r.set.Master, r.set.Worker} {
		waiting, err := r.cluster.awaitDeployment(ctx, d, &r.past[i])
		if err != nil {
			return "", fmt.Errorf("%w%s", err, whatItLacks(r.exp, err.Error()))
		}
		if waiting != "" {
			return waiting, nil
		}
	}
	if r.unasked {
		return "", nil
	}
	if err := r.connect(ctx); kubeapi.Denied(err) {
		return "", fmt.Errorf("asking the master who has registered: %w", err)
	} else if err != nil {
		return fmt.Sprintf("the master cannot be reached yet: %v", err), nil
	}
	s, err := r.client.Stats(ctx)
	if err != nil {
		r.close() // the pod may be another by now
		return fmt.Sprintf("the master does not answer yet: %v", err), nil
	}
	want := int(*r.set.Worker.Spec.Replicas)
	if n := s.LiveWorkers(); n != want {
		return fmt.Sprintf("%d of %s registered with the master", n, matrix.Count(want, "worker")), nil
	}
	return "", nil
}

func (r *registration) connect(ctx context.Context) error {
	if r.client != nil {
		return nil
	}
	pod, err := r.cluster.readyPod(ctx, r.set.Master)
	if err != nil {
		return err
	}
	url, closeIt, err := r.cluster.Forward(ctx, pod, manifests.WebPort)
	if err != nil {
		return err
	}
	r.pod, r.closeIt = pod, closeIt
	r.client, err = locust.NewClient(url, "")
	return err
}

func (r *registration) close() {
	if r.client != nil {
		r.client.Close()
		r.client = nil
	}
	if r.closeIt != nil {
		r.closeIt()
		r.closeIt = nil
	}
}

// awaitDeployment tells what a Deployment waits for. If its pods are stuck that is an
// error.
func (c *Cluster) awaitDeployment(ctx context.Context, want *appsv1.Deployment, past *kubeapi.Histories) (waiting string, err error) {
	d, err := c.Client.AppsV1().Deployments(c.Namespace).Get(ctx, want.Name, metav1.GetOptions{})
	if err != nil {
		if kubeapi.Permanent(err) || kubeapi.Denied(err) {
			return "", fmt.Errorf("reading Deployment %s: %w", want.Name, kubeapi.Explain(err))
		}
		return fmt.Sprintf("Deployment %s cannot be read: %v", want.Name, err), nil
	}
	n := *want.Spec.Replicas
	s := d.Status
	if s.ObservedGeneration >= d.Generation && s.UpdatedReplicas == n && s.ReadyReplicas == n && s.Replicas == n {
		return "", nil
	}
	for _, cond := range s.Conditions {
		if cond.Type == appsv1.DeploymentReplicaFailure && cond.Status == "True" {
			return "", fmt.Errorf("creating the pods of Deployment %s: %s", want.Name, cond.Message)
		}
	}
	selector := metav1.FormatLabelSelector(want.Spec.Selector)
	trouble, stuck, err := c.podTrouble(ctx, selector, past)
	if err == nil && stuck {
		return "", fmt.Errorf("starting Deployment %s: %s", want.Name, trouble)
	}
	waiting = fmt.Sprintf("Deployment %s has %d of %d pods ready", want.Name, s.ReadyReplicas, n)
	if trouble != "" {
		waiting += ": " + trouble
	}
	return waiting, nil
}
