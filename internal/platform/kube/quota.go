package kube

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

// quotas checks the namespace's ResourceQuotas and LimitRanges.
func (p *preflight) quotas(ctx context.Context, f *Findings) {
	demands := p.demands(p.defaults(ctx))
	if len(demands) == 0 {
		return
	}
	quotas, err := p.clients.typed.CoreV1().ResourceQuotas(p.cfg.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		f.unchecked("whether a ResourceQuota is in the way: %v", err)
	} else {
		for _, quota := range quotas.Items {
			checkQuota(f, quota, demands)
		}
	}
	limits, err := p.clients.typed.CoreV1().LimitRanges(p.cfg.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		f.unchecked("whether a LimitRange is in the way: %v", err)
		return
	}
	for _, limit := range limits.Items {
		checkLimits(f, limit, demands)
	}
}

// defaults are the requests that the namespace gives containers that have none.
func (p *preflight) defaults(ctx context.Context) corev1.ResourceList {
	out := corev1.ResourceList{}
	limits, err := p.clients.typed.CoreV1().LimitRanges(p.cfg.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return out
	}
	for _, limit := range limits.Items {
		for _, item := range limit.Spec.Limits {
			if item.Type == corev1.LimitTypeContainer {
				maps.Copy(out, item.DefaultRequest)
			}
		}
	}
	return out
}

func checkQuota(f *Findings, quota corev1.ResourceQuota, demands []demand) {
	if len(quota.Spec.Scopes) > 0 || quota.Spec.ScopeSelector != nil {
		f.unchecked("ResourceQuota %s: it is for some pods only", quota.Name)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(quota.Status.Hard)) {
		hard := quota.Status.Hard[name]
		total := quota.Status.Used[name].DeepCopy()
		var parts []string
		for _, d := range demands {
			each, counted := charge(name, d)
			if !counted {
				continue
			}
			total.Add(times(each, d.count))
			total.Sub(times(each, d.present))
			parts = append(parts, fmt.Sprintf("%d of %s at %s", d.count, d.what, each.String()))
		}
		if len(parts) > 0 && total.Cmp(hard) > 0 {
			used := quota.Status.Used[name]
			f.problem("ResourceQuota %s allows %s %s, but the largest scenario needs %s (%s; %s is used now)",
				quota.Name, name, hard.String(), total.String(), strings.Join(parts, ", "), used.String())
		}
	}
}

// charge is what a quota's resource counts for one pod.
func charge(name corev1.ResourceName, d demand) (resource.Quantity, bool) {
	kind, rest, scoped := strings.Cut(string(name), ".")
	switch {
	case name == corev1.ResourcePods || name == "count/pods":
		return *resource.NewQuantity(1, resource.DecimalSI), true
	case name == corev1.ResourceCPU || name == corev1.ResourceMemory:
		return of(d.requests, name)
	case scoped && kind == "requests":
		return of(d.requests, corev1.ResourceName(rest))
	case scoped && kind == "limits":
		return of(d.limits, corev1.ResourceName(rest))
	}
	return resource.Quantity{}, false
}

func of(set corev1.ResourceList, name corev1.ResourceName) (resource.Quantity, bool) {
	q, ok := set[name]
	return q, ok
}

// checkLimits finds containers and pods that a LimitRange does not let in.
func checkLimits(f *Findings, limit corev1.LimitRange, demands []demand) {
	for _, item := range limit.Spec.Limits {
		for _, d := range demands {
			switch item.Type {
			case corev1.LimitTypeContainer:
				for _, c := range d.spec.Containers {
					outside(f, limit.Name, item, fmt.Sprintf("container %s of %s", c.Name, d.what), c.Resources.Requests, c.Resources.Limits)
				}
			case corev1.LimitTypePod:
				outside(f, limit.Name, item, "a pod of "+d.what, d.requests, d.limits)
			}
		}
	}
}

func outside(f *Findings, limit string, item corev1.LimitRangeItem, what string, requests, limits corev1.ResourceList) {
	for _, name := range slices.Sorted(maps.Keys(item.Max)) {
		highest := item.Max[name]
		if asked, ok := limits[name]; ok && asked.Cmp(highest) > 0 {
			f.problem("LimitRange %s allows at most %s %s, but %s has the limit %s", limit, name, highest.String(), what, asked.String())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(item.Min)) {
		lowest := item.Min[name]
		if asked, ok := requests[name]; ok && asked.Cmp(lowest) < 0 {
			f.problem("LimitRange %s asks for at least %s %s, but %s requests %s", limit, name, lowest.String(), what, asked.String())
		}
	}
}
