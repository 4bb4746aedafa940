package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// demand is the most pods of one kind that a run wants.
type demand struct {
	what     string
	count    int
	present  int
	selector labels.Selector
	spec     corev1.PodSpec
	requests corev1.ResourceList
	limits   corev1.ResourceList
}

// demands are those whose pod template is known, the load's before the target's.
func (p *preflight) demands(defaults corev1.ResourceList) []demand {
	var out []demand
	most := map[platform.Role]int{platform.Master: 1, platform.Worker: p.needs.Workers, platform.Target: p.needs.Replicas}
	for _, role := range []platform.Role{platform.Master, platform.Worker, platform.Target} {
		found, ok := p.roles[role]
		if !ok || found.self == nil || most[role] == 0 {
			continue
		}
		spec, ok := podSpec(found.self)
		if !ok {
			continue
		}
		selector, err := labels.Parse(found.scale.selector)
		if err != nil {
			continue
		}
		out = append(out, demand{
			what: describe(found.ref), count: most[role], present: statusCount(found.self, "replicas"), selector: selector,
			spec: spec, requests: podRequests(spec, defaults), limits: podLimits(spec),
		})
	}
	return out
}

func podSpec(u *unstructured.Unstructured) (corev1.PodSpec, bool) {
	raw, found, err := unstructured.NestedMap(u.Object, "spec", "template", "spec")
	if !found || err != nil {
		return corev1.PodSpec{}, false
	}
	var spec corev1.PodSpec
	err = runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &spec)
	return spec, err == nil
}

// podRequests is what the scheduler counts: the containers together, or the
// largest init container, beside the sidecars. A container that asks for nothing
// asks for its limit, or the namespace's default.
func podRequests(spec corev1.PodSpec, defaults corev1.ResourceList) corev1.ResourceList {
	sum, initial := corev1.ResourceList{}, corev1.ResourceList{}
	for _, c := range spec.Containers {
		add(sum, requestsOf(c, defaults))
	}
	for _, c := range spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(sum, requestsOf(c, defaults))
			continue
		}
		for name, q := range requestsOf(c, defaults) {
			if q.Cmp(initial[name]) > 0 {
				initial[name] = q
			}
		}
	}
	for name, q := range initial {
		if q.Cmp(sum[name]) > 0 {
			sum[name] = q
		}
	}
	add(sum, spec.Overhead)
	return sum
}

func requestsOf(c corev1.Container, defaults corev1.ResourceList) corev1.ResourceList {
	out := corev1.ResourceList{}
	for _, from := range []corev1.ResourceList{defaults, c.Resources.Limits, c.Resources.Requests} {
		for name, q := range from {
			out[name] = q
		}
	}
	return out
}

func podLimits(spec corev1.PodSpec) corev1.ResourceList {
	sum := corev1.ResourceList{}
	for _, c := range spec.Containers {
		add(sum, c.Resources.Limits)
	}
	return sum
}

func add(sum, more corev1.ResourceList) {
	for name, q := range more {
		total := sum[name].DeepCopy()
		total.Add(q)
		sum[name] = total
	}
}

// node is what is left on one node.
type node struct {
	*corev1.Node
	free corev1.ResourceList
	pods int64
}

// nodes checks that the largest scenario fits beside what runs already. It knows
// less than the scheduler (no affinity, no volumes), so it finds only what cannot be.
func (p *preflight) nodes(ctx context.Context, f *Findings) {
	demands := p.demands(p.defaults(ctx))
	if len(demands) == 0 {
		return
	}
	nodes, err := p.freeNodes(ctx, demands)
	if err != nil {
		f.unchecked("whether the nodes have room: %v", err)
		return
	}
	for _, d := range demands {
		if fits := place(nodes, d); fits < d.count {
			f.problem("the nodes have room for %d of %d pods of %s, which request %s each%s", fits, d.count, d.what, quantities(d.requests), beside(demands, d))
		}
	}
}

func beside(demands []demand, d demand) string {
	var others []string
	for _, o := range demands {
		if o.what != d.what {
			others = append(others, fmt.Sprintf("%d of %s", o.count, o.what))
		}
	}
	if len(others) == 0 {
		return ""
	}
	return ", beside " + strings.Join(others, " and ")
}

// freeNodes returns the nodes without our own pods, which are about to be counted.
func (p *preflight) freeNodes(ctx context.Context, demands []demand) ([]*node, error) {
	list, err := p.clients.typed.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	pods, err := p.clients.typed.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	byName := map[string]*node{}
	var nodes []*node
	for i := range list.Items {
		n := &node{Node: &list.Items[i], free: list.Items[i].Status.Allocatable.DeepCopy()}
		n.pods = n.free.Pods().Value()
		byName[n.Name] = n
		if !n.Spec.Unschedulable {
			nodes = append(nodes, n)
		}
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		n := byName[pod.Spec.NodeName]
		if n == nil || !alive(pod) || p.isOwn(pod, demands) {
			continue
		}
		n.take(podRequests(pod.Spec, nil))
	}
	return nodes, nil
}

func (p *preflight) isOwn(pod *corev1.Pod, demands []demand) bool {
	return pod.Namespace == p.cfg.Namespace && slices.ContainsFunc(demands, func(d demand) bool {
		return d.selector.Matches(labels.Set(pod.Labels))
	})
}

func (n *node) take(requests corev1.ResourceList) {
	n.pods--
	for name, q := range requests {
		left := n.free[name].DeepCopy()
		left.Sub(q)
		n.free[name] = left
	}
}

func (n *node) fits(d demand) bool {
	if n.pods < 1 || !labels.SelectorFromSet(d.spec.NodeSelector).Matches(labels.Set(n.Labels)) || !tolerated(n.Spec.Taints, d.spec.Tolerations) {
		return false
	}
	for name, q := range d.requests {
		if left, ok := n.free[name]; (ok || !q.IsZero()) && left.Cmp(q) < 0 {
			return false
		}
	}
	return true
}

// place puts pods where there is room and returns how many found some.
func place(nodes []*node, d demand) int {
	for i := range d.count {
		at := slices.IndexFunc(nodes, func(n *node) bool { return n.fits(d) })
		if at < 0 {
			return i
		}
		nodes[at].take(d.requests)
	}
	return d.count
}

func tolerated(taints []corev1.Taint, tolerations []corev1.Toleration) bool {
	for _, taint := range taints {
		if taint.Effect == corev1.TaintEffectPreferNoSchedule {
			continue
		}
		if !slices.ContainsFunc(tolerations, func(t corev1.Toleration) bool { return tolerates(t, taint) }) {
			return false
		}
	}
	return true
}

func tolerates(t corev1.Toleration, taint corev1.Taint) bool {
	if t.Effect != "" && t.Effect != taint.Effect || t.Key != "" && t.Key != taint.Key {
		return false
	}
	switch t.Operator {
	case corev1.TolerationOpExists:
		return true
	case "", corev1.TolerationOpEqual:
		return t.Key != "" && t.Value == taint.Value
	}
	return true // a kind of comparison that we do not know: let the scheduler say
}

// quantities shows requests: "cpu 500m, memory 1Gi".
func quantities(set corev1.ResourceList) string {
	var out []string
	for name, q := range set {
		out = append(out, fmt.Sprintf("%s %s", name, q.String()))
	}
	if len(out) == 0 {
		return "nothing"
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func times(q resource.Quantity, n int) resource.Quantity {
	total := q.DeepCopy()
	total.Mul(int64(n))
	return total
}
