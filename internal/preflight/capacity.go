package preflight

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// node is the free capacity of a node.
type node struct {
	*corev1.Node
	free corev1.ResourceList
	pods int64
}

// nodes checks that the largest scenario fits beside running pods. It knows less than the
// scheduler (no affinity, no volumes), so that it only finds what is impossible, and with a
// node autoscaler only notes.
func (p *preflight) nodes(ctx context.Context, f *Findings) {
	demands := p.demands
	if len(demands) == 0 {
		return
	}
	nodes, err := p.freeNodes(ctx)
	if err != nil {
		f.note("the nodes", "", "cannot tell whether the nodes have room: %v", err)
		return
	}
	short := shortages(nodes, demands)
	if len(short) == 0 {
		noteTight(f, nodes, demands)
		return
	}
	grower := nodeAutoscaler(ctx, p.facts.Client())
	for _, text := range short {
		if grower != "" {
			f.note("the nodes", "", "cannot tell whether %s adds enough nodes: %s", grower, text)
		} else {
			f.refuse("the nodes", "request less, or add nodes", "%s", text)
		}
	}
}

// shortages are what no placement can solve: one demand alone does not fit, or all together
// need more than is free.
func shortages(nodes []*node, demands []*demand) []string {
	var short []string
	for _, d := range demands {
		if fits := place(copies(nodes), d); fits < d.count {
			short = append(short, fmt.Sprintf("the nodes have room for %d of %d pods of %s, which request %s each", fits, d.count, d.what, quantities(d.requests)))
		}
	}
	if len(short) > 0 {
		return short
	}
	left, need := corev1.ResourceList{}, corev1.ResourceList{}
	for _, n := range nodes {
		if slices.ContainsFunc(demands, n.admits) {
			add(left, n.remaining())
		}
	}
	for _, d := range demands {
		add(need, d.total())
	}
	for _, name := range slices.Sorted(maps.Keys(need)) {
		asked, there := need[name], left[name]
		if there.Cmp(asked) < 0 {
			short = append(short, fmt.Sprintf("the nodes have room for %s %s together, but the largest scenario needs %s", name, there.String(), asked.String()))
		}
	}
	return short
}

// noteTight notes pods that the first placement found no room for, which proves nothing.
func noteTight(f *Findings, nodes []*node, demands []*demand) {
	for _, d := range demands {
		if fits := place(nodes, d); fits < d.count {
			f.note("the nodes", "", "cannot tell whether the nodes have room for all %d pods of %s, which request %s each: beside the others, only %d are sure to fit", d.count, d.what, quantities(d.requests), fits)
		}
	}
}

// total is what all the pods request, and their number.
func (d *demand) total() corev1.ResourceList {
	sum := corev1.ResourceList{corev1.ResourcePods: *resource.NewQuantity(int64(d.count), resource.DecimalSI)}
	for name, q := range d.requests {
		sum[name] = times(q, d.count)
	}
	return sum
}

// nodeAutoscaler names the node autoscaler; empty if there is none.
func nodeAutoscaler(ctx context.Context, client kubernetes.Interface) string {
	groups, err := client.Discovery().ServerGroups()
	if err == nil && slices.ContainsFunc(groups.Groups, func(g metav1.APIGroup) bool { return g.Name == "karpenter.sh" }) {
		return "Karpenter"
	}
	_, err = client.CoreV1().ConfigMaps(metav1.NamespaceSystem).Get(ctx, "cluster-autoscaler-status", metav1.GetOptions{})
	switch {
	case err == nil:
		return "the cluster autoscaler"
	case apierrors.IsNotFound(err):
		return ""
	}
	return fmt.Sprintf("an autoscaler that cannot be looked for (%v)", err)
}

// freeNodes returns the nodes without our own pods, which are about to be counted.
func (p *preflight) freeNodes(ctx context.Context) ([]*node, error) {
	list, err := p.facts.Client().CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	pods, err := p.facts.Client().CoreV1().Pods("").List(ctx, metav1.ListOptions{})
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
		if n == nil || !kubeapi.Alive(pod) || p.isOwn(pod) {
			continue
		}
		n.take(podRequests(pod.Spec))
	}
	return nodes, nil
}

func (p *preflight) isOwn(pod *corev1.Pod) bool {
	return pod.Namespace == p.cfg.Namespace && slices.ContainsFunc(p.demands, func(d *demand) bool {
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

// remaining is the free capacity, including pods, and never negative.
func (n *node) remaining() corev1.ResourceList {
	out := corev1.ResourceList{}
	for name, q := range n.free {
		if q.Sign() > 0 {
			out[name] = q
		}
	}
	out[corev1.ResourcePods] = *resource.NewQuantity(max(n.pods, 0), resource.DecimalSI)
	return out
}

// copies are for trying.
func copies(nodes []*node) []*node {
	var out []*node
	for _, n := range nodes {
		out = append(out, &node{Node: n.Node, free: n.free.DeepCopy(), pods: n.pods})
	}
	return out
}

// admits tells whether a node's taints and labels fit the pods.
func (n *node) admits(d *demand) bool {
	return labels.SelectorFromSet(d.spec.NodeSelector).Matches(labels.Set(n.Labels)) && tolerated(n.Spec.Taints, d.spec.Tolerations)
}

func (n *node) fits(d *demand) bool {
	if n.pods < 1 || !n.admits(d) {
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
func place(nodes []*node, d *demand) int {
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
