package kube

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, podRequests(test.spec, amounts("50m", "5Mi"))); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func aNode(cpu string, pods int64, edits ...func(*corev1.Node)) *node {
	n := &node{Node: &corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"zone": "a"}}}, free: amounts(cpu, "64Gi"), pods: pods}
	for _, edit := range edits {
		edit(n.Node)
	}
	return n
}

func tainted(n *corev1.Node) {
	n.Spec.Taints = []corev1.Taint{{Key: "gpu", Value: "yes", Effect: corev1.TaintEffectNoSchedule}}
}

func TestPlace(t *testing.T) {
	ten := demand{what: "Deployment inference", count: 10, requests: amounts("1", "1Gi")}
	selecting, tolerating := ten, ten
	selecting.spec.NodeSelector = map[string]string{"zone": "b"}
	tolerating.spec.Tolerations = []corev1.Toleration{{Key: "gpu", Operator: corev1.TolerationOpExists}}
	gpus := ten
	gpus.requests = corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")}
	tests := map[string]struct {
		nodes []*node
		want  demand
		fit   int
	}{
		"all":              {[]*node{aNode("16", 100)}, ten, 10},
		"two nodes":        {[]*node{aNode("3500m", 100), aNode("2", 100)}, ten, 5},
		"pods are limited": {[]*node{aNode("16", 4)}, ten, 4},
		"no such zone":     {[]*node{aNode("16", 100)}, selecting, 0},
		"tainted":          {[]*node{aNode("16", 100, tainted)}, ten, 0},
		"tolerated":        {[]*node{aNode("16", 100, tainted)}, tolerating, 10},
		"no such resource": {[]*node{aNode("16", 100)}, gpus, 0},
		"nothing":          {nil, ten, 0},
	}
	for name, test := range tests {
		if got := place(test.nodes, test.want); got != test.fit {
			t.Errorf("%s: %d fit, want %d", name, got, test.fit)
		}
	}
}

func TestQuota(t *testing.T) {
	target := demand{what: "Deployment inference", count: 8, present: 2, requests: amounts("500m", "1Gi"), limits: amounts("1", "1Gi")}
	quota := func(name, hard, used string) corev1.ResourceQuota {
		return corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "small"}, Status: corev1.ResourceQuotaStatus{
			Hard: corev1.ResourceList{corev1.ResourceName(name): resource.MustParse(hard)},
			Used: corev1.ResourceList{corev1.ResourceName(name): resource.MustParse(used)},
		}}
	}
	scoped := quota("pods", "1", "1")
	scoped.Spec.Scopes = []corev1.ResourceQuotaScope{corev1.ResourceQuotaScopeBestEffort}
	tests := map[string]struct {
		quota   corev1.ResourceQuota
		problem string
	}{
		"pods fit":        {quota("pods", "9", "3"), ""},
		"one too many":    {quota("count/pods", "8", "3"), "ResourceQuota small allows count/pods 8, but the largest scenario needs 9 (8 of Deployment inference at 1; 3 is used now)"},
		"cpu":             {quota("requests.cpu", "3", "1"), "allows requests.cpu 3, but the largest scenario needs 4 (8 of Deployment inference at 500m; 1 is used now)"},
		"limits":          {quota("limits.memory", "7Gi", "2Gi"), "allows limits.memory 7Gi"},
		"something else":  {quota("services", "0", "0"), ""},
		"for others only": {scoped, ""},
	}
	for name, test := range tests {
		var f Findings
		checkQuota(&f, test.quota, []demand{target})
		if got := strings.Join(f.Problems, "\n"); !strings.Contains(got, test.problem) || (got == "") != (test.problem == "") {
			t.Errorf("%s: %q, want %q", name, got, test.problem)
		}
	}
}

func TestLimitRange(t *testing.T) {
	container := asking("100m", "1Gi")
	container.Resources.Limits = amounts("4", "1Gi")
	d := demand{what: "Deployment inference", spec: corev1.PodSpec{Containers: []corev1.Container{container}}}
	var f Findings
	checkLimits(&f, corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Name: "modest"}, Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
		{Type: corev1.LimitTypeContainer, Max: amounts("2", "2Gi"), Min: amounts("200m", "1Mi")},
	}}}, []demand{d})
	want := []string{
		"LimitRange modest allows at most cpu 2, but container main of Deployment inference has the limit 4",
		"LimitRange modest asks for at least cpu 200m, but container main of Deployment inference requests 100m",
	}
	if diff := cmp.Diff(want, f.Problems); diff != "" {
		t.Error(diff)
	}
}
