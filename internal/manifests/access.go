package manifests

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// access is who the driver is and what it may do: change the scale of the
// workloads it was given and the objects it writes to, see what readiness needs,
// and nothing else. It may create events, and no other object.
func (b *builder) access() []Object {
	labels := []string{LabelComponent, ComponentDriver}
	account := &corev1.ServiceAccount{
		TypeMeta:                     typeMeta("v1", "ServiceAccount"),
		ObjectMeta:                   b.meta(b.names.ServiceAccount, labels...),
		AutomountServiceAccountToken: new(false), // the driver's pod asks for it itself
	}
	role := &rbacv1.Role{
		TypeMeta:   typeMeta("rbac.authorization.k8s.io/v1", "Role"),
		ObjectMeta: b.meta(b.names.Role, labels...),
		Rules:      b.rules(),
	}
	binding := &rbacv1.RoleBinding{
		TypeMeta:   typeMeta("rbac.authorization.k8s.io/v1", "RoleBinding"),
		ObjectMeta: b.meta(b.names.RoleBinding, labels...),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: b.names.Role},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: b.names.ServiceAccount, Namespace: b.lm.Namespace}},
	}
	return []Object{account, role, binding}
}

func (b *builder) rules() []rbacv1.PolicyRule {
	rules := b.scaleRules()
	rules = append(rules,
		rule([]string{""}, []string{"configmaps"}, b.writtenConfigMaps(), "get", "update"),
		rule([]string{""}, []string{"pods", "services", "events"}, nil, "get", "list", "watch"),
		rule([]string{"apps"}, []string{"deployments", "replicasets", "statefulsets"}, nil, "get", "list", "watch"),
		rule([]string{"discovery.k8s.io"}, []string{"endpointslices"}, nil, "get", "list", "watch"),
		rule([]string{"autoscaling"}, []string{"horizontalpodautoscalers"}, nil, "get", "list", "watch"),
		rule([]string{"", "events.k8s.io"}, []string{"events"}, nil, "create"),
	)
	return append(rules, b.targetRules()...)
}

// scaleRules are for the workloads that the load is made of.
func (b *builder) scaleRules() []rbacv1.PolicyRule {
	names := []string{}
	if b.lm.Spec.Load.MasterURL == "" {
		names = append(names, b.names.Master, b.names.Worker)
	}
	target := b.lm.Spec.Target.ScaleTargetRef
	var rules []rbacv1.PolicyRule
	if target != nil {
		if r := resourceOf(*target); r.Group == "apps" && r.Resource == "deployments" {
			names = append([]string{target.Name}, names...)
		} else {
			rules = append(rules, rule([]string{r.Group}, []string{r.Resource + "/scale"}, []string{target.Name}, scaleVerbs()...))
		}
	}
	if len(names) > 0 {
		rules = append(rules, rule([]string{"apps"}, []string{"deployments/scale"}, names, scaleVerbs()...))
	}
	return rules
}

func scaleVerbs() []string { return []string{"get", "update", "patch"} }

// targetRules are for the lock on the target, for a kind that apps does not have,
// and for the autoscaler that is to be held.
func (b *builder) targetRules() []rbacv1.PolicyRule {
	lock := rule([]string{"coordination.k8s.io"}, []string{"leases"}, []string{LeaseName(b.lm.Spec.Target)}, "get", "update", "patch")
	rules := []rbacv1.PolicyRule{lock}
	target := b.lm.Spec.Target.ScaleTargetRef
	if target == nil {
		return rules
	}
	if r := resourceOf(*target); r.Group != "apps" {
		rules = append(rules, rule([]string{r.Group}, []string{r.Resource}, nil, "get", "list", "watch"))
	}
	if b.lm.Spec.Target.Autoscaler != v1alpha1.AutoscalerPause {
		return rules
	}
	names := b.opts.Autoscalers
	if names == nil {
		names = []string{target.Name}
	}
	return append(rules,
		rule([]string{"autoscaling"}, []string{"horizontalpodautoscalers"}, names, "update", "patch"),
		rule([]string{"keda.sh"}, []string{"scaledobjects"}, nil, "get", "list", "watch"),
		rule([]string{"keda.sh"}, []string{"scaledobjects"}, names, "update", "patch"),
	)
}

// writtenConfigMaps are those of state.
func (b *builder) writtenConfigMaps() []string {
	var names []string
	for _, o := range b.state() {
		if _, ok := o.(*corev1.ConfigMap); ok {
			names = append(names, o.GetName())
		}
	}
	return names
}

// resourceOf guesses the plural as API servers spell it for nearly every kind.
func resourceOf(ref v1alpha1.ScaleTargetRef) schema.GroupVersionResource {
	gv, _ := schema.ParseGroupVersion(ref.APIVersion) // a malformed one has no rules and fails preflight
	plural, _ := meta.UnsafeGuessKindToResource(gv.WithKind(ref.Kind))
	return plural
}

func rule(groups, resources, names []string, verbs ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: groups, Resources: resources, ResourceNames: names, Verbs: verbs}
}
