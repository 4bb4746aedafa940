package preflight

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func amounts(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

func asking(cpu, memory string) corev1.Container {
	return corev1.Container{Name: "main", Resources: corev1.ResourceRequirements{Requests: amounts(cpu, memory)}}
}

func TestPodRequests(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	sidecar := asking("100m", "10Mi")
	sidecar.RestartPolicy = &always
	limited := corev1.Container{Resources: corev1.ResourceRequirements{Limits: amounts("1", "1Gi")}}
	defaults := corev1.LimitRange{Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
		{Type: corev1.LimitTypePod, DefaultRequest: amounts("9", "9Gi")},
		{Type: corev1.LimitTypeContainer, DefaultRequest: amounts("50m", "5Mi"), Default: amounts("1", "1Gi")},
	}}}
	tests := map[string]struct {
		spec corev1.PodSpec
		want corev1.ResourceList
	}{
		"sum":            {corev1.PodSpec{Containers: []corev1.Container{asking("1", "1Gi"), asking("500m", "1Gi")}}, amounts("1500m", "2Gi")},
		"limits count":   {corev1.PodSpec{Containers: []corev1.Container{limited}}, amounts("1", "1Gi")},
		"defaults":       {corev1.PodSpec{Containers: []corev1.Container{{}}}, amounts("50m", "5Mi")},
		"init is larger": {corev1.PodSpec{Containers: []corev1.Container{asking("1", "1Gi")}, InitContainers: []corev1.Container{asking("2", "100Mi")}}, amounts("2", "1Gi")},
		"sidecar":        {corev1.PodSpec{Containers: []corev1.Container{asking("1", "1Gi")}, InitContainers: []corev1.Container{sidecar}}, amounts("1100m", "1034Mi")},
		"overhead":       {corev1.PodSpec{Containers: []corev1.Container{asking("1", "1Gi")}, Overhead: amounts("1", "1Gi")}, amounts("2", "2Gi")},
		"the pod's own":  {corev1.PodSpec{Containers: []corev1.Container{asking("1", "1Gi")}, Resources: &corev1.ResourceRequirements{Requests: amounts("3", "2Gi")}}, amounts("3", "2Gi")},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, podRequests(defaulted(test.spec, []corev1.LimitRange{defaults}))); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	bare := defaulted(corev1.PodSpec{Containers: []corev1.Container{{}}}, []corev1.LimitRange{defaults})
	if diff := cmp.Diff(amounts("1", "1Gi"), podLimits(bare)); diff != "" {
		t.Errorf("default limits:\n%s", diff)
	}
}
