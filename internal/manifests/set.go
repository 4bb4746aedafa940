// Package manifests turns an experiment into the Kubernetes objects that run it.
// Its builders are pure: no cluster is asked, the same experiment gives the same
// objects. internal/cluster applies them; deploy/ holds them as YAML.
package manifests

import (
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// Object is any Kubernetes object.
type Object interface {
	metav1.Object
	runtime.Object
}

// Options are what an experiment does not say.
type Options struct {
	// TargetLabels select the target's pods; nil means app=<the target's name>,
	// as the sample's are.
	TargetLabels map[string]string
	// Resource is what the API server calls the target's kind; empty means a guess.
	Resource schema.GroupVersionResource
	// Autoscaler is what scales the target and autoscaler: pause may change; nil means
	// whatever has the target's name.
	Autoscaler *AutoscalerRef
	// Versions are those of what pods read once, as far as they are known.
	Versions map[Read]string
	// IPv6 says that Services of the namespace have IPv6 addresses.
	IPv6 bool
	// Missing are API groups that the cluster does not have, so that no rights on them are
	// needed.
	Missing []string
	// Ungranted are optional rules (Aids) to leave out of the driver's Role.
	Ungranted []rbacv1.PolicyRule
}

// AutoscalerRef names an autoscaler as the API server does.
type AutoscalerRef struct{ Group, Resource, Name string }

// Set are the objects of one experiment.
type Set struct {
	// Scripts hold the load's files, Experiment the experiment.
	Scripts    []*corev1.ConfigMap
	Experiment *corev1.ConfigMap
	// Master, Service and Worker are nil with load.masterURL.
	Master, Worker *appsv1.Deployment
	Service        *corev1.Service
	// Access is the driver's ServiceAccount, Role and RoleBinding.
	Access []Object
	// Aids are the optional rules of the Role: without them a run only reports less.
	Aids []rbacv1.PolicyRule
	// State are the Lease and the empty ConfigMaps that a run writes to.
	State []Object
	// Network are the NetworkPolicies, possibly none.
	Network []Object
	// Job runs the matrix once. CronJob is nil without a schedule.
	Job     *batchv1.Job
	CronJob *batchv1.CronJob

	// cluster is what a person says of the pods, for messages.
	cluster v1alpha1.Cluster
}

// builder is an experiment on its way to a Set.
type builder struct {
	exp     *experiment.Experiment
	lm      *v1alpha1.LoadMatrix
	names   v1alpha1.ClusterNames
	cluster v1alpha1.Cluster
	opts    Options
	// file is the load's file name inside its ConfigMap.
	file string
}

// InvalidError says that an experiment cannot become objects, and names every invalid field.
type InvalidError struct{ Err error }

// Error is the wrapped error's text.
func (e *InvalidError) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *InvalidError) Unwrap() error { return e.Err }

// Build makes the objects of an experiment, as the driver will read it, or returns an
// *InvalidError.
func Build(exp *experiment.Experiment, opts Options) (*Set, error) {
	set, err := newSet(exp, opts)
	if err != nil {
		return nil, &InvalidError{err}
	}
	return set, nil
}

func newSet(exp *experiment.Experiment, opts Options) (*Set, error) {
	exp, err := Driven(exp)
	if err != nil {
		return nil, err
	}
	if t := exp.LoadMatrix.Spec.Target; t.ScaleTargetRef != nil && t.URL == "" {
		return nil, fmt.Errorf("spec.target.url is not given, and no cluster is asked here for the Service in front of %s; write its address, as in http://%s:8000", exp.TargetText(), t.ScaleTargetRef.Name)
	}
	b := newBuilder(exp, opts)
	s := &Set{cluster: b.cluster, Access: b.access(), Aids: b.aids(), State: b.state(), Network: b.networkPolicies()}
	errs := []error{b.check()}
	part := func(err error) { errs = append(errs, err) }
	s.Experiment, err = b.experiment()
	part(err)
	if b.lm.Spec.Load.MasterURL == "" {
		s.Scripts, _ = b.scriptMaps()
		s.Service = b.service()
		s.Master, err = b.master()
		part(err)
		s.Worker, err = b.worker()
		part(err)
	}
	s.Job, err = b.job()
	part(err)
	s.CronJob = b.cronJob(s.Job)
	return s, errors.Join(errs...)
}

func newBuilder(exp *experiment.Experiment, opts Options) *builder {
	lm := exp.LoadMatrix
	b := &builder{exp: exp, lm: lm, names: lm.Spec.Cluster.Names, cluster: lm.Spec.Cluster, opts: opts, file: loadFileName(lm.Spec.Load.Engine)}
	if ref := lm.Spec.Target.ScaleTargetRef; ref != nil && opts.TargetLabels == nil {
		b.opts.TargetLabels = map[string]string{"app": ref.Name}
	}
	return b
}

func (b *builder) check() error {
	var errs []error
	if b.lm.Spec.Target.Process != nil {
		errs = append(errs, errors.New("spec.target.process is a command on this machine; in a cluster give target.scaleTargetRef, or target.url alone"))
	}
	errs = append(errs, b.checkScripts())
	return errors.Join(append(errs, b.checkApart()...)...)
}

// checkApart keeps the load's pods from being taken for the target's, which its Service
// and its workload find by these labels.
func (b *builder) checkApart() (errs []error) {
	if len(b.opts.TargetLabels) == 0 {
		return nil
	}
	target := labels.SelectorFromSet(b.opts.TargetLabels)
	for _, p := range []struct {
		name     string
		settings v1alpha1.PodSettings
		own      map[string]string
	}{
		{RoleMaster, b.cluster.Master, b.podLabels(RoleMaster)},
		{RoleWorker, b.cluster.Worker, b.podLabels(RoleWorker)},
		{ComponentDriver, b.cluster.Driver, b.driverLabels()},
	} {
		if len(p.settings.Labels) > 0 && target.Matches(labels.Set(b.podMeta(p.settings, p.own, nil).Labels)) {
			errs = append(errs, fmt.Errorf("spec.cluster.%s.labels make the %s's pods look like the target's, which have %s; leave one of these out", p.name, p.name, target))
		}
	}
	return errs
}

// Deployed lists what deploy applies, in the order in which it can.
func (s *Set) Deployed() []Object {
	objects := append([]Object{}, s.Access...)
	objects = append(objects, s.State...)
	objects = append(objects, s.Experiment)
	objects = append(objects, s.Network...)
	if s.Master != nil {
		objects = append(objects, s.Load()...)
	}
	return objects
}

// Load are the load's files, and the master and the workers that read them.
func (s *Set) Load() []Object {
	return append(s.ScriptMaps(), s.Service, s.Master, s.Worker)
}

// ScriptMaps are Scripts as objects.
func (s *Set) ScriptMaps() (objects []Object) {
	for _, cm := range s.Scripts {
		objects = append(objects, cm)
	}
	return objects
}

// Submitted is what submit creates: the CronJob if there is a schedule, else the Job.
func (s *Set) Submitted() Object {
	if s.CronJob != nil {
		return s.CronJob
	}
	return s.Job
}
