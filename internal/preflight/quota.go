package preflight

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// listQuotas reads the namespace's ResourceQuotas.
func (p *preflight) listQuotas(ctx context.Context, f *Findings) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	found, err := p.facts.Client().CoreV1().ResourceQuotas(p.cfg.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		f.note("namespace "+p.cfg.Namespace, "", "cannot tell whether a ResourceQuota is in the way: %v", err)
		return
	}
	p.quotas = found.Items
}

// checkQuotas adds up what all pods and objects of a run use of each quota.
func (p *preflight) checkQuotas(_ context.Context, f *Findings) {
	for _, quota := range p.quotas {
		checkQuota(f, quota, p.demands, p.created)
	}
}

// moreQuota is what to do about a quota.
const moreQuota = "raise it, or ask for less: spec.matrix, spec.cluster"

func checkQuota(f *Findings, quota corev1.ResourceQuota, demands []*demand, objects []created) {
	name := "ResourceQuota " + quota.Name
	scopes, known := scopesOf(quota)
	if !known {
		f.note(name, "", "%s applies to some pods only, and to which is not known", name)
		return
	}
	demands = slices.DeleteFunc(slices.Clone(demands), func(d *demand) bool { return !inScope(scopes, d.spec) })
	if len(scopes) > 0 {
		objects = nil // only pods have scopes
	}
	hard := maps.Clone(quota.Spec.Hard)
	if hard == nil {
		hard = corev1.ResourceList{}
	}
	maps.Copy(hard, quota.Status.Hard)
	for _, counted := range slices.Sorted(maps.Keys(hard)) {
		most := hard[counted]
		used, known := quota.Status.Used[counted]
		total := used.DeepCopy()
		parts := append(podParts(counted, demands, known, &total), objectParts(counted, objects, &total)...)
		if len(parts) > 0 && total.Cmp(most) > 0 {
			f.refuse(name, moreQuota, "%s allows %s %s, but the largest scenario needs %s (%s; %s is used now)",
				name, counted, most.String(), total.String(), strings.Join(parts, ", "), used.String())
		}
		for _, d := range demands {
			unsaid(f, name, counted, d)
		}
	}
}

// podParts adds the missing pods, or subtracts surplus ones, and describes what it added. A
// new quota has counted nothing yet.
func podParts(counted corev1.ResourceName, demands []*demand, has bool, total *resource.Quantity) (parts []string) {
	for _, d := range demands {
		each, ok := charge(counted, d)
		if !ok {
			continue
		}
		total.Add(times(each, d.count))
		if has {
			total.Sub(times(each, d.present))
		}
		parts = append(parts, fmt.Sprintf("%d of %s at %s", d.count, d.what, each.String()))
	}
	return parts
}

func objectParts(counted corev1.ResourceName, objects []created, total *resource.Quantity) (parts []string) {
	n := 0
	for _, o := range objects {
		if slices.Contains(o.countedAs, string(counted)) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	total.Add(*resource.NewQuantity(int64(n), resource.DecimalSI))
	return []string{fmt.Sprintf("%d to be created by deploy and submit", n)}
}

// unsaid finds containers that lack a request or limit that a quota counts, so that they
// would be rejected. A dry run covers that, too.
func unsaid(f *Findings, quota string, counted corev1.ResourceName, d *demand) {
	kind, resource, scoped := strings.Cut(string(counted), ".")
	if !scoped {
		kind, resource = "requests", string(counted)
	}
	if d.judged || resource != "cpu" && resource != "memory" || kind != "requests" && kind != "limits" {
		return
	}
	var lacking []string
	everyContainer(&d.spec, func(c *corev1.Container) {
		said := c.Resources.Requests
		if kind == "limits" {
			said = c.Resources.Limits
		}
		if _, ok := said[corev1.ResourceName(resource)]; !ok {
			lacking = append(lacking, c.Name)
		}
	})
	if len(lacking) > 0 {
		f.refuse(quota, "set it, or give the namespace a LimitRange with defaults",
			"%s counts %s, which container %s of %s does not set", quota, counted, strings.Join(lacking, ", "), d.what)
	}
}

// charge is how much of a quota's resource one pod uses.
func charge(name corev1.ResourceName, d *demand) (resource.Quantity, bool) {
	kind, rest, scoped := strings.Cut(string(name), ".")
	switch {
	case name == corev1.ResourcePods || name == "count/pods":
		return *resource.NewQuantity(1, resource.DecimalSI), true
	case scoped && kind == "requests":
		return of(d.requests, corev1.ResourceName(rest))
	case scoped && kind == "limits":
		return of(d.limits, corev1.ResourceName(rest))
	case name == corev1.ResourceCPU || name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage:
		return of(d.requests, name)
	}
	return resource.Quantity{}, false
}

func of(set corev1.ResourceList, name corev1.ResourceName) (resource.Quantity, bool) {
	q, ok := set[name]
	return q, ok
}

// scopesOf are the scopes of a quota; known is false if one of them is not supported here.
func scopesOf(quota corev1.ResourceQuota) (scopes []corev1.ScopedResourceSelectorRequirement, known bool) {
	for _, s := range quota.Spec.Scopes {
		scopes = append(scopes, corev1.ScopedResourceSelectorRequirement{ScopeName: s, Operator: corev1.ScopeSelectorOpExists})
	}
	if quota.Spec.ScopeSelector != nil {
		scopes = append(scopes, quota.Spec.ScopeSelector.MatchExpressions...)
	}
	for _, s := range scopes {
		switch s.ScopeName {
		case corev1.ResourceQuotaScopeTerminating, corev1.ResourceQuotaScopeNotTerminating,
			corev1.ResourceQuotaScopeBestEffort, corev1.ResourceQuotaScopeNotBestEffort, corev1.ResourceQuotaScopePriorityClass:
		default:
			return nil, false
		}
	}
	return scopes, true
}

func inScope(scopes []corev1.ScopedResourceSelectorRequirement, spec corev1.PodSpec) bool {
	for _, s := range scopes {
		if !matches(s, spec) {
			return false
		}
	}
	return true
}

func matches(s corev1.ScopedResourceSelectorRequirement, spec corev1.PodSpec) bool {
	switch s.ScopeName {
	case corev1.ResourceQuotaScopeTerminating:
		return spec.ActiveDeadlineSeconds != nil
	case corev1.ResourceQuotaScopeNotTerminating:
		return spec.ActiveDeadlineSeconds == nil
	case corev1.ResourceQuotaScopeBestEffort:
		return bestEffort(spec)
	case corev1.ResourceQuotaScopeNotBestEffort:
		return !bestEffort(spec)
	}
	class := spec.PriorityClassName
	switch s.Operator {
	case corev1.ScopeSelectorOpExists:
		return class != ""
	case corev1.ScopeSelectorOpDoesNotExist:
		return class == ""
	case corev1.ScopeSelectorOpIn:
		return slices.Contains(s.Values, class)
	}
	return !slices.Contains(s.Values, class)
}

// bestEffort tells whether a pod has no CPU or memory requests and limits.
func bestEffort(spec corev1.PodSpec) bool {
	says := false
	everyContainer(&spec, func(c *corev1.Container) {
		for _, set := range []corev1.ResourceList{c.Resources.Requests, c.Resources.Limits} {
			says = says || !set.Cpu().IsZero() || !set.Memory().IsZero()
		}
	})
	return !says
}
