package manifests

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// access is the driver's account and rights: it may change the scale of its workloads and the
// objects that it writes to, and read what readiness depends on. It may create nothing.
func (b *builder) access() []Object {
	labels := []string{LabelComponent, ComponentDriver}
	role := &rbacv1.Role{
		TypeMeta:   typeMeta("rbac.authorization.k8s.io/v1", "Role"),
		ObjectMeta: b.meta(b.names.Role, labels...),
		Rules:      b.rules(),
	}
	binding := &rbacv1.RoleBinding{
		TypeMeta:   typeMeta("rbac.authorization.k8s.io/v1", "RoleBinding"),
		ObjectMeta: b.meta(b.names.RoleBinding, labels...),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: b.names.Role},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: b.driverAccount(), Namespace: b.lm.Namespace}},
	}
	if b.cluster.Driver.ServiceAccountName != "" {
		return []Object{role, binding} // the account is somebody else's to make
	}
	account := &corev1.ServiceAccount{
		TypeMeta:                     typeMeta("v1", "ServiceAccount"),
		ObjectMeta:                   b.meta(b.names.ServiceAccount, labels...),
		AutomountServiceAccountToken: new(false), // the driver's pod asks for it itself
	}
	return []Object{account, role, binding}
}

// driverAccount is the ServiceAccount of the driver's pod.
func (b *builder) driverAccount() string {
	return cmp.Or(b.cluster.Driver.ServiceAccountName, b.names.ServiceAccount)
}

// rules are what this experiment's driver uses and no more, since whoever applies a Role must
// hold all rights that it grants: kubeapi's Rights and the ConfigMaps (tests compare them). A
// list or watch with a field selector for a name can be restricted to that name.
func (b *builder) rules() []rbacv1.PolicyRule {
	rules := []rbacv1.PolicyRule{
		rule("", "configmaps", b.writtenConfigMaps(), "get", "update"),
		rule("coordination.k8s.io", "leases", []string{targetlock.Name(b.lm.Spec.Target)}, "get", "update"),
	}
	rules = append(rules, b.workloadRules()...)
	rules = append(rules, rule("", "pods", nil, "get", "list", "watch"))
	rules = append(rules, b.targetRules()...)
	for _, r := range b.aids() {
		if !slices.ContainsFunc(b.opts.Ungranted, func(out rbacv1.PolicyRule) bool { return equality.Semantic.DeepEqual(r, out) }) {
			rules = append(rules, r)
		}
	}
	return slices.DeleteFunc(rules, func(r rbacv1.PolicyRule) bool { return slices.Contains(b.opts.Missing, r.APIGroups[0]) })
}

// aids are the optional rules: without them a run only reports less.
func (b *builder) aids() []rbacv1.PolicyRule {
	rules := []rbacv1.PolicyRule{rule("", "events", nil, "list", "watch")}
	if b.lm.Spec.Target.ScaleTargetRef == nil {
		return rules
	}
	rules = append(rules,
		rule("", "resourcequotas", nil, "list"),
		rule("", "limitranges", nil, "list"),
		rule("metrics.k8s.io", "pods", nil, "list"),
	)
	if b.lm.Spec.Target.Autoscaler == v1alpha1.AutoscalerPause {
		rules = append(rules, rule(groupKEDA, "scaledobjects", nil, "list"))
		if b.opts.Autoscaler == nil { // it may come later
			rules = append(rules, rule(groupKEDA, "scaledobjects", []string{b.lm.Spec.Target.ScaleTargetRef.Name}, "get", "patch"))
		}
	}
	return rules
}

// workloadRules are for the workloads that the driver scales.
func (b *builder) workloadRules() []rbacv1.PolicyRule {
	names := []string{}
	if b.lm.Spec.Load.MasterURL == "" {
		names = append(names, b.names.Master, b.names.Worker)
	}
	var rules []rbacv1.PolicyRule
	if target := b.lm.Spec.Target.ScaleTargetRef; target != nil {
		if r := b.resource(*target); r.Group == "apps" && r.Resource == "deployments" {
			names = append([]string{target.Name}, names...)
		} else {
			rules = scaling(r.Group, r.Resource, target.Name)
		}
	}
	if len(names) > 0 {
		rules = append(rules, scaling("apps", "deployments", names...)...)
	}
	return rules
}

// scaling allows scaling named objects and nothing else. The driver patches; update is for the
// original's check, `kubectl auth can-i update deployments/inference --subresource=scale`.
func scaling(group, resource string, names ...string) []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		rule(group, resource+"/scale", names, "get", "patch", "update"),
		rule(group, resource, names, "list", "watch"),
	}
}

// targetRules are for the Service in front of the target and for autoscalers,
// which are looked for, and changed only where the experiment says so.
func (b *builder) targetRules() []rbacv1.PolicyRule {
	target := b.lm.Spec.Target
	if target.ScaleTargetRef == nil {
		return nil
	}
	var rules []rbacv1.PolicyRule
	if target.Service != "" {
		rules = append(rules, rule("", "services", []string{target.Service}, "get"))
	}
	rules = append(rules,
		rule("discovery.k8s.io", "endpointslices", nil, "list", "watch"),
		rule("autoscaling", "horizontalpodautoscalers", nil, "list"),
	)
	if target.Autoscaler == v1alpha1.AutoscalerPause {
		rules = append(rules, b.pausing())
	}
	return rules
}

const groupKEDA = "keda.sh"

// pausing is for the target's autoscaler; if there is none or no cluster was asked, for a
// HorizontalPodAutoscaler with the target's name.
func (b *builder) pausing() rbacv1.PolicyRule {
	if a := b.opts.Autoscaler; a != nil {
		return rule(a.Group, a.Resource, []string{a.Name}, "get", "patch")
	}
	return rule("autoscaling", "horizontalpodautoscalers", []string{b.lm.Spec.Target.ScaleTargetRef.Name}, "get", "patch")
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

// resource is the resource of the target's kind, guessed if the cluster was not asked.
func (b *builder) resource(ref v1alpha1.ScaleTargetRef) schema.GroupVersionResource {
	if !b.opts.Resource.Empty() {
		return b.opts.Resource
	}
	gv, _ := schema.ParseGroupVersion(ref.APIVersion) // a malformed one has no rules and fails preflight
	plural, singular := meta.UnsafeGuessKindToResource(gv.WithKind(ref.Kind))
	if name := singular.Resource; len(name) > 1 && name[len(name)-1] == 'y' && strings.ContainsRune("aeiou", rune(name[len(name)-2])) {
		plural.Resource = name + "s" // gateways, which the guess makes gatewaies
	}
	return plural
}

func rule(group, resource string, names []string, verbs ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: []string{resource}, ResourceNames: names, Verbs: verbs}
}
