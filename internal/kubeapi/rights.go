package kubeapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// Right is one verb on one resource of the namespace, as a Role grants it.
type Right struct {
	Verb, Group, Resource, Subresource string
	// Name restricts it to one object; a list or watch of it names the object in its
	// field selector, so a Role may name it too.
	Name string
	// Without says what is lost without it; empty means that a run is not possible.
	Without string
}

func (r Right) String() string {
	text := r.Verb + " " + r.WithSubresource()
	if r.Group != "" {
		text += " (" + r.Group + ")"
	}
	if r.Name != "" {
		text += " " + r.Name
	}
	return text
}

// WithSubresource reads "deployments/scale".
func (r Right) WithSubresource() string {
	if r.Subresource == "" {
		return r.Resource
	}
	return r.Resource + "/" + r.Subresource
}

// Rights lists what a run with cfg uses, from inside the cluster or, where MasterURL is
// empty, from outside. It asks the API server about kinds that are not built in and, with
// autoscaler: pause, for the autoscaler to pause. Creating the Lease is not listed: deploy
// creates it.
func Rights(ctx context.Context, cfg Config) ([]Right, error) {
	cfg, c, err := cfg.connect()
	if err != nil {
		return nil, err
	}
	rights, err := c.rights(cfg)
	if err != nil || cfg.Target == nil || cfg.Autoscaler != v1alpha1.AutoscalerPause {
		return rights, err
	}
	target, err := c.Resolve(withVersion(*cfg.Target))
	if err != nil {
		return nil, err
	}
	found, err := FindAutoscaler(ctx, c, target)
	if err != nil || found == nil {
		return rights, err
	}
	return append(rights, ofPausing(found)...), nil
}

func (c *Clients) rights(cfg Config) ([]Right, error) {
	rights := []Right{
		{Verb: "get", Group: "coordination.k8s.io", Resource: "leases", Name: cfg.LeaseName()},
		{Verb: "update", Group: "coordination.k8s.io", Resource: "leases", Name: cfg.LeaseName()},
	}
	for _, ref := range orderedRefs(cfg) {
		o, err := c.Resolve(ref)
		if err != nil {
			return nil, err
		}
		rights = append(rights, ofObject(o)...)
	}
	rights = append(rights, watching("", "pods", "")...)
	if cfg.Target != nil && cfg.Service != "" {
		rights = append(rights, watching("discovery.k8s.io", "endpointslices", "")...)
	}
	if cfg.Target != nil {
		rights = append(rights, c.ofAutoscaler(cfg)...)
	}
	if cfg.Master != "" && cfg.MasterURL == "" {
		rights = append(rights, Right{Verb: "create", Resource: "pods", Subresource: "portforward"})
	}
	if cfg.Target != nil && cfg.Metrics != nil && !cfg.Inside {
		rights = append(rights, Right{Verb: "get", Resource: "pods", Subresource: "proxy", Without: "what each replica was given is not known"})
	}
	return append(rights, aids()...), nil
}

func ofObject(o Object) []Right {
	group, resource, name := o.resource.Group, o.resource.Resource, o.Ref.Name
	return append(watching(group, resource, name),
		Right{Verb: "get", Group: group, Resource: resource, Subresource: "scale", Name: name},
		Right{Verb: "patch", Group: group, Resource: resource, Subresource: "scale", Name: name})
}

// ofAutoscaler needs lists, because only an autoscaler's spec names its target.
func (c *Clients) ofAutoscaler(cfg Config) []Right {
	rights := []Right{{Verb: "list", Group: "autoscaling", Resource: "horizontalpodautoscalers"}}
	if cfg.Autoscaler == v1alpha1.AutoscalerPause && c.hasKEDA() {
		rights = append(rights, Right{Verb: "list", Group: "keda.sh", Resource: "scaledobjects", Without: "a ScaledObject is known only by the HorizontalPodAutoscaler that KEDA makes for it"})
	}
	return rights
}

// ofPausing is needed to pause one autoscaler.
func ofPausing(found Autoscaler) []Right {
	group, resource := "autoscaling", "horizontalpodautoscalers"
	r := found.Record()
	if r.Kind == KindKEDA {
		group, resource = "keda.sh", "scaledobjects"
	}
	return []Right{
		{Verb: "get", Group: group, Resource: resource, Name: r.Name},
		{Verb: "patch", Group: group, Resource: resource, Name: r.Name},
	}
}

func watching(group, resource, name string) []Right {
	return []Right{
		{Verb: "list", Group: group, Resource: resource, Name: name},
		{Verb: "watch", Group: group, Resource: resource, Name: name},
	}
}

// aids are optional: they only improve messages.
func aids() []Right {
	const without = "why pods are not ready or not created is told in fewer words"
	rights := watching("", "events", "")
	for i := range rights {
		rights[i].Without = without
	}
	return append(rights, Right{Verb: "get", Resource: "pods", Subresource: "log", Without: "the last output of a crashing container is not shown"})
}

func orderedRefs(cfg Config) []v1alpha1.ScaleTargetRef {
	var refs []v1alpha1.ScaleTargetRef
	if cfg.Target != nil {
		refs = append(refs, withVersion(*cfg.Target))
	}
	for _, name := range []string{cfg.Master, cfg.Worker} {
		if name != "" {
			refs = append(refs, deployment(name))
		}
	}
	return refs
}

// May asks the API server whether a client has a right in a namespace, and why not.
func May(ctx context.Context, client kubernetes.Interface, namespace string, r Right) (ok bool, why string, err error) {
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: r.Verb, Group: r.Group, Resource: r.Resource, Subresource: r.Subresource, Name: r.Name,
		},
	}}
	answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return false, "", fmt.Errorf("asking for the right to %s: %w", r, err)
	}
	return answer.Status.Allowed, cmp.Or(answer.Status.Reason, answer.Status.EvaluationError), nil
}

// RightsOf are the rights that rules of a Role of ours grant: each rule of ours is about
// one resource of one group.
func RightsOf(rules []rbacv1.PolicyRule) (rights []Right) {
	for _, rule := range rules {
		names := rule.ResourceNames
		if len(names) == 0 {
			names = []string{""}
		}
		resource, sub, _ := strings.Cut(rule.Resources[0], "/")
		for _, name := range names {
			for _, verb := range rule.Verbs {
				rights = append(rights, Right{Verb: verb, Group: rule.APIGroups[0], Resource: resource, Subresource: sub, Name: name})
			}
		}
	}
	return rights
}

// GrantedBy tells whether a rule of anybody's Role gives the right.
func (r Right) GrantedBy(rule rbacv1.PolicyRule) bool {
	has := func(list []string, value string) bool {
		return slices.Contains(list, value) || slices.Contains(list, "*")
	}
	named := len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, r.Name)
	return named && has(rule.Verbs, r.Verb) && has(rule.APIGroups, r.Group) && has(rule.Resources, r.WithSubresource())
}
