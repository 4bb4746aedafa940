package kube

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func cpu(amount string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(amount)}
}

// serving is a pod of one container with a limit.
func serving(edits ...func(*corev1.Pod)) *corev1.Pod {
	return aPod("a", append([]func(*corev1.Pod){func(pod *corev1.Pod) {
		pod.Labels = map[string]string{"pod-template-hash": "7f"}
		pod.Spec.NodeName = "n1"
		pod.Spec.Containers = []corev1.Container{{Name: "app", Image: "shop:1", Resources: corev1.ResourceRequirements{Limits: cpu("1"), Requests: cpu("0.5")}}}
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "app", ImageID: "sha256:1", Resources: &corev1.ResourceRequirements{Limits: cpu("1"), Requests: cpu("500m")},
		}}
	}}, edits...)...)
}

// TestMakeOf: each thing that may be changed under a pod that lives on is told, and
// nothing else is.
func TestMakeOf(t *testing.T) {
	tests := map[string]struct {
		edit func(*corev1.Pod)
		want string
	}{
		"nothing":       {func(*corev1.Pod) {}, ""},
		"not ready":     {notReady, ""},
		"an annotation": {func(p *corev1.Pod) { p.Annotations = map[string]string{"a": "b"} }, ""},
		"asked to be resized": {
			func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Limits = cpu("100m") },
			"resources of container app changed from requests cpu=500m, limits cpu=1 to requests cpu=500m, limits cpu=100m",
		},
		"without its limit": {
			func(p *corev1.Pod) { p.Spec.Containers[0].Resources = corev1.ResourceRequirements{} },
			"resources of container app changed from requests cpu=500m, limits cpu=1 to none",
		},
		"resized, long after it was asked for": {
			func(p *corev1.Pod) { p.Status.ContainerStatuses[0].Resources.Limits = cpu("100m") },
			"resources that container app has changed from requests cpu=500m, limits cpu=1 to requests cpu=500m, limits cpu=100m",
		},
		"image":         {func(p *corev1.Pod) { p.Spec.Containers[0].Image = "shop:2" }, "image of container app changed from shop:1 to shop:2"},
		"the same tag":  {func(p *corev1.Pod) { p.Status.ContainerStatuses[0].ImageID = "sha256:2" }, "image that container app runs changed from sha256:1 to sha256:2"},
		"template":      {func(p *corev1.Pod) { p.Labels["pod-template-hash"] = "8a" }, "template changed from 7f to 8a"},
		"node":          {func(p *corev1.Pod) { p.Spec.NodeName = "n2" }, "node changed from n1 to n2"},
		"not told yet":  {func(p *corev1.Pod) { p.Status.ContainerStatuses = nil }, ""},
		"written anew":  {func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Requests = cpu("500m") }, ""},
		"a whole pod's": {func(p *corev1.Pod) { p.Spec.Resources = &corev1.ResourceRequirements{Limits: cpu("1")} }, ""},
	}
	for name, tt := range tests {
		if got := strings.Join(makeOf(serving(tt.edit)).Since(makeOf(serving())), "; "); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// entry is one of an object's managedFields.
func entry(manager, subresource string, at int64, fields string) metav1.ManagedFieldsEntry {
	moment := metav1.Unix(at, 0)
	return metav1.ManagedFieldsEntry{Manager: manager, Subresource: subresource, Time: &moment, FieldsV1: metav1.NewFieldsV1(fields)}
}

func TestChangesOf(t *testing.T) {
	const replicas = `{"f:spec":{"f:replicas":{}}}`
	pod := serving(func(p *corev1.Pod) {
		p.ManagedFields = []metav1.ManagedFieldsEntry{
			entry("kubectl-create", "", 100, `{"f:spec":{"f:replicas":{},"f:template":{}}}`),
			entry("argocd-controller", "", 300, `{"f:metadata":{"f:labels":{"f:a":{}}}}`),
			{Manager: "kubectl", Subresource: "scale", FieldsV1: metav1.NewFieldsV1(replicas)},
			entry(fieldManager, "scale", 400, replicas),
			entry("kube-controller-manager", "status", 500, `{"f:status":{}}`),
		}
	})
	for path, want := range map[string]string{
		"":                ", by kubectl-create at 1970-01-01T00:01:40Z and argocd-controller at 1970-01-01T00:05:00Z and kubectl",
		"spec/replicas":   ", by kubectl-create at 1970-01-01T00:01:40Z and kubectl",
		"spec/template":   ", by kubectl-create at 1970-01-01T00:01:40Z",
		"spec/replicas/x": "",
		"data":            "",
	} {
		var parts []string
		if path != "" {
			parts = strings.Split(path, "/")
		}
		if got := changesOf(pod, parts...).String(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// TestLeftNamesItsAuthor: whoever reset the replicas is named where the count is left.
func TestLeftNamesItsAuthor(t *testing.T) {
	c := newFakeCluster(t, map[string]int{"inference": original, "locust-master": 0, "locust-worker": 0})
	p := c.platform(nil)
	c.must(p.Acquire(t.Context(), platform.Holder{Run: "r", Detail: "test"}))
	c.must(p.Scale(t.Context(), platform.Target, 1))
	before, err := p.Status(t.Context(), platform.Target)
	c.must(err)
	c.set("inference", 7)
	d := c.get("inference")
	d.SetManagedFields([]metav1.ManagedFieldsEntry{entry("argocd-controller", "", 1_000_000_000, `{"f:spec":{"f:replicas":{}}}`)})
	d.SetResourceVersion("100000")
	c.must(c.dynamic.Tracker().Update(deployments(), d, testNamespace))
	const author = ", by argocd-controller at 2001-09-09T01:46:40Z"
	eventuallySeen(t, p, func(st platform.Status) bool { return st.Changed.Since(before.Changed).String() == author })
	if err := p.Scale(t.Context(), platform.Target, 2); err == nil || !strings.Contains(err.Error(), "to 7 replicas meanwhile"+author) {
		t.Errorf("Scale: %v", err)
	}
	if err := p.Release(t.Context()); err == nil || !strings.Contains(err.Error(), "(it was found with 3)"+author) {
		t.Errorf("Release: %v", err)
	}
}

// eventuallySeen waits until the target's status is as wanted.
func eventuallySeen(t *testing.T, p *Platform, ok func(platform.Status) bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		st, err := p.Status(t.Context(), platform.Target)
		if err == nil && ok(st) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never seen: %+v, %v", st, err)
		}
	}
}

func TestFrontOf(t *testing.T) {
	service := func(edit func(*corev1.ServiceSpec)) *corev1.Service {
		svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "shop"}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": "shop"}, Ports: []corev1.ServicePort{{Port: 80}}, SessionAffinity: corev1.ServiceAffinityNone,
		}}
		edit(&svc.Spec)
		return svc
	}
	was := frontOf(service(func(*corev1.ServiceSpec) {}))
	if was.Sticky != "" {
		t.Errorf("sticky: %s", was.Sticky)
	}
	now := frontOf(service(func(s *corev1.ServiceSpec) {
		s.Selector, s.Ports[0].Port, s.SessionAffinity = nil, 81, corev1.ServiceAffinityClientIP
	}))
	want := []string{
		"the ports of Service shop changed from 80→0 to 81→0",
		"the selector of Service shop changed from app=shop to none",
		"the session affinity of Service shop changed from None to ClientIP",
	}
	if diff := cmp.Diff(want, now.Make.Since(was.Make)); diff != "" || !strings.Contains(now.Sticky, "sessionAffinity: ClientIP") {
		t.Errorf("sticky %q (-want +got):\n%s", now.Sticky, diff)
	}
}
