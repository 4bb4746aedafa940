package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Address is the url of a target that nobody gave one, as a setting that names the Service
// which it was taken from; nil where there is nothing to ask. It is asked for once, by
// whoever brings an experiment into the cluster: what is stored there has it.
func (c *Cluster) Address(ctx context.Context, exp *experiment.Experiment) (*experiment.Setting, error) {
	if !exp.Unaddressed {
		return nil, nil
	}
	addresses, err := c.addresses(ctx, exp)
	return addressOf(exp, addresses, err)
}

func addressOf(exp *experiment.Experiment, addresses []kubeapi.Address, err error) (*experiment.Setting, error) {
	usual := exp.LoadMatrix.Spec.Target.URL // the original's, for its target
	at := slices.IndexFunc(addresses, func(e kubeapi.Address) bool { return e.URL == usual })
	switch {
	case at >= 0: // whatever else leads there
	case len(addresses) == 1:
		at = 0
	case len(addresses) > 1:
		return nil, severalAddresses(exp, addresses)
	default:
		if usual != "" {
			err = nil // the look at the cluster says what is wrong with it, and what else
		}
		return nil, err
	}
	e := addresses[at]
	return &experiment.Setting{Field: experiment.FieldURL, Origin: "Service " + e.Service, Value: e.URL}, nil
}

// addresses are the addresses that lead to the target, of spec.target.service if that is given.
func (c *Cluster) addresses(ctx context.Context, exp *experiment.Experiment) ([]kubeapi.Address, error) {
	template, err := c.targetTemplate(ctx, exp)
	if err != nil {
		return nil, err
	}
	list, err := c.Client.CoreV1().Services(c.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("looking for the Service in front of %s: %w; spec.target.url can give its address instead", exp.TargetText(), kubeapi.Explain(err))
	}
	services := list.Items
	if t := exp.LoadMatrix.Spec.Target; t.Service != "" && t.URL == "" {
		services = slices.DeleteFunc(services, func(s corev1.Service) bool { return s.Name != t.Service })
	}
	addresses, shut := kubeapi.Addresses(services, template)
	if len(addresses) == 0 {
		return nil, noAddress(exp, template, shut)
	}
	return addresses, nil
}

// targetTemplate is what the target's pods are made of, or at least what selects them.
func (c *Cluster) targetTemplate(ctx context.Context, exp *experiment.Experiment) (corev1.PodTemplateSpec, error) {
	facts, err := kubeapi.NewFacts(c.config(exp))
	if err != nil {
		return corev1.PodTemplateSpec{}, err
	}
	target, err := facts.Workload(ctx, facts.Refs()[platform.Target])
	if err != nil {
		return corev1.PodTemplateSpec{}, c.noTarget(ctx, exp, err)
	}
	template, ok := target.Template()
	if !ok {
		template.Labels = podLabels(target.Selector)
	}
	return template, nil
}

func severalAddresses(exp *experiment.Experiment, addresses []kubeapi.Address) error {
	text := fmt.Sprintf("spec.target.url is not given, and %d addresses lead to the pods of %s; give the one that the users go through, as one of these lines below target:",
		len(addresses), exp.TargetText())
	for _, e := range addresses {
		text += "\n    url: " + e.URL
	}
	return errors.New(text)
}

// noAddress says how to make a Service, as far as the pods tell what they listen on.
func noAddress(exp *experiment.Experiment, template corev1.PodTemplateSpec, shut []string) error {
	ref, namespace := exp.LoadMatrix.Spec.Target.ScaleTargetRef, exp.LoadMatrix.Namespace
	text := fmt.Sprintf("spec.target.url is not given, and no Service leads to the pods of %s by HTTP", exp.TargetText())
	if len(shut) > 0 {
		text += " (" + strings.Join(shut, "; ") + ")"
	}
	if ref.Kind != "Deployment" { // the others cannot be exposed
		return fmt.Errorf("%s; create one in front of them, or give spec.target.url", text)
	}
	return fmt.Errorf("%s; create one, as in `%s`, or give spec.target.url", text, experiment.Expose(ref.Name, namespace, kubeapi.FirstPort(template.Spec)))
}
