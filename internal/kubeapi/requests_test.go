package kubeapi

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// TestCPURequests: it is what a HorizontalPodAutoscaler divides by, or 0 where that gives up.
func TestCPURequests(t *testing.T) {
	container := func(cpu string) corev1.Container {
		c := corev1.Container{}
		if cpu != "" {
			c.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}
		}
		return c
	}
	sidecar, once := container("250m"), container("4")
	sidecar.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	pod := func(init []corev1.Container, containers ...corev1.Container) *corev1.Pod {
		return &corev1.Pod{Spec: corev1.PodSpec{InitContainers: init, Containers: containers}}
	}
	for _, tt := range []struct {
		name string
		pods []*corev1.Pod
		want float64
	}{
		{"two pods", []*corev1.Pod{pod(nil, container("500m"), container("1")), pod(nil, container("500m"))}, 2},
		{"a sidecar, and a container that runs before", []*corev1.Pod{pod([]corev1.Container{once, sidecar}, container("1"))}, 1.25},
		{"a container without", []*corev1.Pod{pod(nil, container("1"), container(""))}, 0},
		{"a zero", []*corev1.Pod{pod(nil, container("0"))}, 0},
		{"no pods", nil, 0},
	} {
		if got := CPURequests(tt.pods); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
