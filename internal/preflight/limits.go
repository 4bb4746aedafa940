package preflight

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// listLimits reads the namespace's LimitRanges.
func (p *preflight) listLimits(ctx context.Context, f *Findings) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	found, err := p.facts.Client().CoreV1().LimitRanges(p.cfg.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		f.note("namespace "+p.cfg.Namespace, "", "cannot tell whether a LimitRange is in the way: %v", err)
		return
	}
	p.limits = found.Items
}

// checkLimits finds pods that a LimitRange would reject, unless a dry run has judged them.
func (p *preflight) checkLimits(_ context.Context, f *Findings) {
	for _, limit := range p.limits {
		for _, d := range p.demands {
			if !d.judged {
				checkLimit(f, limit, d)
			}
		}
	}
}

func checkLimit(f *Findings, limit corev1.LimitRange, d *demand) {
	name := "LimitRange " + limit.Name
	for _, item := range limit.Spec.Limits {
		switch item.Type {
		case corev1.LimitTypeContainer:
			everyContainer(&d.spec, func(c *corev1.Container) {
				outside(f, name, item, fmt.Sprintf("container %s of %s", c.Name, d.what), c.Resources.Requests, c.Resources.Limits)
			})
		case corev1.LimitTypePod:
			outside(f, name, item, "a pod of "+d.what, d.requests, d.limits)
		}
	}
}

// outside checks one container or pod. A missing request or limit is outside, too.
func outside(f *Findings, limit string, item corev1.LimitRangeItem, what string, requests, limits corev1.ResourceList) {
	refuse := func(format string, args ...any) {
		f.refuse(limit, "change that, or the LimitRange", limit+" "+format, args...)
	}
	for _, name := range slices.Sorted(maps.Keys(item.Max)) {
		highest := item.Max[name]
		if asked, ok := limits[name]; !ok {
			refuse("allows at most %s %s, but %s has no limit", name, highest.String(), what)
		} else if asked.Cmp(highest) > 0 {
			refuse("allows at most %s %s, but %s has the limit %s", name, highest.String(), what, asked.String())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(item.Min)) {
		lowest := item.Min[name]
		if asked, ok := requests[name]; !ok {
			refuse("asks for at least %s %s, but %s requests none", name, lowest.String(), what)
		} else if asked.Cmp(lowest) < 0 {
			refuse("asks for at least %s %s, but %s requests %s", name, lowest.String(), what, asked.String())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(item.MaxLimitRequestRatio)) {
		most := item.MaxLimitRequestRatio[name]
		asked, limited := requests[name], limits[name]
		if asked.Sign() <= 0 || limited.AsApproximateFloat64() > most.AsApproximateFloat64()*asked.AsApproximateFloat64() {
			refuse("allows a %s limit of at most %s times the request, but %s requests %s with the limit %s", name, most.String(), what, asked.String(), limited.String())
		}
	}
}
