package cluster

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// options are what only the cluster knows about an experiment's objects.
func (c *Cluster) options(ctx context.Context, exp *experiment.Experiment) (manifests.Options, error) {
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		return manifests.Options{}, err // no cluster is needed to see that
	}
	missing, err := c.missing()
	if err != nil {
		return manifests.Options{}, err
	}
	opts := manifests.Options{Missing: missing, IPv6: c.hasIPv6(ctx, set.Service)}
	ref := exp.LoadMatrix.Spec.Target.ScaleTargetRef
	if ref == nil {
		return opts, nil
	}
	if err := c.targetFacts(ctx, exp, &opts); err != nil {
		return opts, c.noTarget(ctx, exp, err)
	}
	return opts, nil
}

// noTarget says of a target that cannot be looked at what to do.
func (c *Cluster) noTarget(ctx context.Context, exp *experiment.Experiment, err error) error {
	ref := exp.LoadMatrix.Spec.Target.ScaleTargetRef
	if apierrors.IsNotFound(err) {
		if absent := c.noNamespace(ctx); absent != nil {
			return absent
		}
		return fmt.Errorf("the target, %s %s, is not in namespace %s; deploy it first, or give another namespace with -n", ref.Kind, ref.Name, c.Namespace)
	}
	return fmt.Errorf("looking at the target: %w", kubeapi.Explain(err))
}

// noNamespace is an error where the namespace is not there, as far as that may be asked: the
// API server says of its objects only that they are not.
func (c *Cluster) noNamespace(ctx context.Context) error {
	if _, err := c.Client.CoreV1().Namespaces().Get(ctx, c.Namespace, metav1.GetOptions{}); apierrors.IsNotFound(err) {
		return fmt.Errorf("there is no namespace %s; give another with -n, or create it: `kubectl create namespace %s`", c.Namespace, c.Namespace)
	}
	return nil
}

// targetFacts fills in what the cluster knows of the target, by the same discovery as a run.
func (c *Cluster) targetFacts(ctx context.Context, exp *experiment.Experiment, opts *manifests.Options) error {
	facts, err := kubeapi.NewFacts(c.config(exp))
	if err != nil {
		return err
	}
	target, err := facts.Workload(ctx, facts.Refs()[platform.Target])
	if err != nil {
		return err
	}
	opts.Resource, opts.TargetLabels = target.Resource(), podLabels(target.Selector)
	if exp.LoadMatrix.Spec.Target.Autoscaler != v1alpha1.AutoscalerPause {
		return nil
	}
	_, pausing, err := facts.Autoscaler(ctx, target)
	if len(pausing) > 0 {
		opts.Autoscaler = &manifests.AutoscalerRef{Group: pausing[0].Group, Resource: pausing[0].Resource, Name: pausing[0].Name}
	}
	return err
}

// missing are the API groups that an experiment can use and this cluster does not have.
func (c *Cluster) missing() ([]string, error) {
	list, err := c.Client.Discovery().ServerGroups()
	if err != nil {
		return nil, fmt.Errorf("asking for the cluster's APIs: %w", kubeapi.Explain(err))
	}
	missing := []string{"keda.sh", "metrics.k8s.io"}
	for _, g := range list.Groups {
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == g.Name })
	}
	return missing, nil
}

// hasIPv6 tells whether the master's Service has, or would get, an IPv6 address; false if
// that cannot be determined.
func (c *Cluster) hasIPv6(ctx context.Context, master *corev1.Service) bool {
	if master == nil {
		return false
	}
	services := c.Client.CoreV1().Services(c.Namespace)
	svc, err := services.Get(ctx, master.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		svc, err = services.Create(ctx, master, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: kubeapi.FieldManager})
	}
	return err == nil && slices.Contains(svc.Spec.IPFamilies, corev1.IPv6Protocol)
}

// podLabels are a scale's selector as labels; nil for a set-based selector, for which
// manifests has a default.
func podLabels(selector string) map[string]string {
	set, err := labels.ConvertSelectorToLabelsMap(selector)
	if err != nil || len(set) == 0 {
		return nil
	}
	return set
}
