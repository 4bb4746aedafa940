package kube

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Usage implements platform.Meter. It prefers the kubelets' cAdvisor, since only that
// reports throttling, to metrics.k8s.io; both need rights that a run may lack.
func (p *Platform) Usage(ctx context.Context, role platform.Role) (platform.Usage, error) {
	s, w, err := p.observer(ctx, role)
	if err != nil {
		return platform.Usage{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, kubeapi.CallTime)
	defer cancel()
	var pods []*corev1.Pod
	for _, pod := range collect[*corev1.Pod](w.pods) {
		if kubeapi.Alive(pod) && pod.Spec.NodeName != "" {
			pods = append(pods, pod)
		}
	}
	usage, first := cadvisor(ctx, s.clients, pods)
	if first == nil {
		usage.CPURequests = kubeapi.CPURequests(pods)
		return usage, nil
	}
	usage, second := podMetrics(ctx, s.clients, pods)
	if second == nil {
		usage.CPURequests = kubeapi.CPURequests(pods)
		return usage, nil
	}
	return platform.Usage{}, fmt.Errorf("usage of %s is not available: %w", kubeapi.Describe(w.Ref), errors.Join(first, second))
}

// cadvisor reads the counters of the pods' containers from their nodes.
func cadvisor(ctx context.Context, c *kubeapi.Clients, pods []*corev1.Pod) (platform.Usage, error) {
	u := platform.Usage{Source: "cadvisor", At: time.Now(), Throttled: -1, Counters: map[string]platform.UsageCounters{}}
	ids := map[string]string{}
	var nodes []string
	for _, pod := range pods {
		ids[pod.Name] = kubeapi.ReplicaID(pod)
		nodes = append(nodes, pod.Spec.NodeName)
	}
	slices.Sort(nodes)
	for _, node := range slices.Compact(nodes) {
		text, err := c.Typed.CoreV1().RESTClient().Get().
			AbsPath("/api/v1/nodes", node, "proxy/metrics/cadvisor").DoRaw(ctx)
		if err != nil {
			return u, fmt.Errorf("reading the metrics of node %s: %w", node, err)
		}
		addCadvisor(&u, text, c.Namespace, ids)
	}
	told := map[string]bool{}
	for id := range u.Counters {
		replica, _, _ := strings.Cut(id, " ")
		told[replica] = true
	}
	u.Replicas = len(told)
	if u.Replicas < len(pods) {
		return u, fmt.Errorf("the nodes' metrics cover %d of %d pods", u.Replicas, len(pods))
	}
	return u, nil
}

// podMetrics reads the latest averages from metrics.k8s.io.
func podMetrics(ctx context.Context, c *kubeapi.Clients, pods []*corev1.Pod) (platform.Usage, error) {
	u := platform.Usage{Source: "metrics.k8s.io", Throttled: -1, ByReplica: map[string]float64{}}
	resource := schema.GroupVersionResource{Group: "metrics.k8s.io", Version: "v1beta1", Resource: "pods"}
	list, err := c.Dynamic.Resource(resource).Namespace(c.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return u, fmt.Errorf("reading metrics.k8s.io: %w", err)
	}
	ids := map[string]string{}
	for _, pod := range pods {
		ids[pod.Name] = kubeapi.ReplicaID(pod)
	}
	for i := range list.Items {
		if id, ours := ids[list.Items[i].GetName()]; ours {
			addPodMetrics(&u, id, &list.Items[i])
		}
	}
	if u.Replicas < len(pods) {
		return u, fmt.Errorf("metrics.k8s.io covers %d of %d pods", u.Replicas, len(pods))
	}
	return u, nil
}

// addPodMetrics adds one PodMetrics of the replica id. At becomes the oldest timestamp.
func addPodMetrics(u *platform.Usage, id string, item *unstructured.Unstructured) {
	u.Replicas++
	stamp, _, _ := unstructured.NestedString(item.Object, "timestamp")
	if at, err := time.Parse(time.RFC3339, stamp); err == nil && (u.At.IsZero() || at.Before(u.At)) {
		u.At = at
	}
	window, _, _ := unstructured.NestedString(item.Object, "window")
	if d, err := time.ParseDuration(window); err == nil {
		u.Window = max(u.Window, d)
	}
	all, _, _ := unstructured.NestedSlice(item.Object, "containers")
	for _, c := range all {
		usage, _ := c.(map[string]any)
		cores := quantity(usage, "cpu").AsApproximateFloat64()
		u.CPU += cores
		u.ByReplica[id] += cores
		u.Memory += int64(math.Round(quantity(usage, "memory").AsApproximateFloat64()))
	}
}

func quantity(container map[string]any, name string) *resource.Quantity {
	text, _, _ := unstructured.NestedString(container, "usage", name)
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return &resource.Quantity{}
	}
	return &q
}
