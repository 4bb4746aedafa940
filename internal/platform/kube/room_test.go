package kube

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/platform"
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

func TestRoom(t *testing.T) {
	kind := func(what string, count int, cpu string) demand {
		return demand{what: what, count: count, requests: amounts(cpu, "1Gi")}
	}
	// 3 of 2 and 3 of 1 fill 3 + 3 + 3 exactly, but not when the small ones come first.
	three := func() []*node { return []*node{aNode("3", 9), aNode("3", 9), aNode("3", 9)} }
	tests := map[string]struct {
		nodes          []*node
		demands        []demand
		lacking, doubt string
	}{
		"enough":            {three(), []demand{kind("web", 3, "2"), kind("load", 3, "1")}, "", ""},
		"in another order":  {three(), []demand{kind("load", 3, "1"), kind("web", 3, "2")}, "", "all 3 pods of web, which request cpu 2, memory 1Gi each: beside the others 2 would surely fit"},
		"alone too many":    {three(), []demand{kind("load", 1, "1"), kind("web", 4, "2")}, "room for 3 of 4 pods of web, which request cpu 2", ""},
		"together too many": {three(), []demand{kind("load", 4, "1"), kind("web", 3, "2")}, "the nodes have room for cpu 9 together, but the largest scenario needs 10", ""},
		"pods":              {[]*node{aNode("9", 5)}, []demand{kind("load", 3, "1"), kind("web", 3, "1")}, "room for pods 5 together, but the largest scenario needs 6", ""},
	}
	for name, test := range tests {
		lacking := strings.Join(lack(test.nodes, test.demands), "\n")
		var f Findings
		if lacking == "" {
			tight(&f, test.nodes, test.demands)
		}
		doubt := strings.Join(f.Unchecked, "\n")
		for _, got := range [][2]string{{lacking, test.lacking}, {doubt, test.doubt}} {
			if !strings.Contains(got[0], got[1]) || (got[0] == "") != (got[1] == "") {
				t.Errorf("%s: %q, want %q", name, got[0], got[1])
			}
		}
		if len(f.Problems) > 0 {
			t.Errorf("%s: problems %q", name, f.Problems)
		}
	}
}

// TestGrowingCluster: where somebody may add nodes, that those present are full is no problem.
func TestGrowingCluster(t *testing.T) {
	full := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node"}, Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourcePods: resource.MustParse("2"),
	}}}
	tests := map[string]struct {
		grow func(c *fakeCluster)
		want string
	}{
		"fixed": {func(*fakeCluster) {}, ""},
		"cluster autoscaler": {func(c *fakeCluster) {
			c.must(c.typed.Tracker().Add(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "cluster-autoscaler-status"}}))
		}, "whether the cluster autoscaler adds enough nodes: "},
		"Karpenter": {func(c *fakeCluster) {
			c.typed.Resources = []*metav1.APIResourceList{{GroupVersion: "karpenter.sh/v1"}}
		}, "whether Karpenter adds enough nodes: "},
		"not to be seen": {func(c *fakeCluster) {
			c.typed.PrependReactor("get", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
				return true, nil, errors.New("no right")
			})
		}, "whether an autoscaler that cannot be looked for (no right) adds enough nodes: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newFakeCluster(t, map[string]int{"inference": 3})
			c.must(c.typed.Tracker().Add(full))
			test.grow(c)
			p := &preflight{cfg: c.platform(nil).cfg, needs: Needs{Replicas: 5}, clients: c.platform(nil).clients, roles: map[platform.Role]inspected{}}
			var objects, f Findings
			p.objects(t.Context(), &objects)
			p.nodes(t.Context(), &f)
			const text = "the nodes have room for 2 of 5 pods of Deployment inference, which request nothing each"
			want := Findings{Problems: []string{text}}
			if test.want != "" {
				want = Findings{Unchecked: []string{test.want + text}}
			}
			if diff := cmp.Diff(want, f); diff != "" {
				t.Error(diff)
			}
		})
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
