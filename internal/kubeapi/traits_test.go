package kubeapi

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func cpu(amount string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(amount)}
}

// serving is a pod of one container with a limit.
func serving(edits ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"pod-template-hash": "7f"}}}
	pod.Spec.NodeName = "n1"
	pod.Spec.Containers = []corev1.Container{{Name: "app", Image: "shop:1", Resources: corev1.ResourceRequirements{Limits: cpu("1"), Requests: cpu("0.5")}}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "app", ImageID: "sha256:1", Resources: &corev1.ResourceRequirements{Limits: cpu("1"), Requests: cpu("500m")},
	}}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	for _, edit := range edits {
		edit(pod)
	}
	return pod
}

// TestTraitsOf: each thing that may be changed under a pod that lives on is told, and
// nothing else is.
func TestTraitsOf(t *testing.T) {
	tests := map[string]struct {
		edit func(*corev1.Pod)
		want string
	}{
		"nothing":       {func(*corev1.Pod) {}, ""},
		"not ready":     {func(p *corev1.Pod) { p.Status.Conditions[0].Status = corev1.ConditionFalse }, ""},
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
		if got := strings.Join(TraitsOf(serving(tt.edit)).Since(TraitsOf(serving())), "; "); got != tt.want {
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
			entry(FieldManager, "scale", 400, replicas),
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
		if got := ChangesOf(pod, parts...).String(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
