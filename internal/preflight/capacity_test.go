package preflight

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"
)

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
		if got := place(test.nodes, &test.want); got != test.fit {
			t.Errorf("%s: %d fit, want %d", name, got, test.fit)
		}
	}
}

func TestCapacity(t *testing.T) {
	kind := func(what string, count int, cpu string) *demand {
		return &demand{what: what, count: count, requests: amounts(cpu, "1Gi")}
	}
	// 3 of 2 and 3 of 1 fill 3 + 3 + 3 exactly, but not when the small ones come first.
	three := func() []*node { return []*node{aNode("3", 9), aNode("3", 9), aNode("3", 9)} }
	tests := map[string]struct {
		nodes          []*node
		demands        []*demand
		lacking, doubt string
	}{
		"enough":            {three(), []*demand{kind("web", 3, "2"), kind("load", 3, "1")}, "", ""},
		"in another order":  {three(), []*demand{kind("load", 3, "1"), kind("web", 3, "2")}, "", "all 3 pods of web, which request cpu 2, memory 1Gi each: beside the others, only 2 are sure to fit"},
		"alone too many":    {three(), []*demand{kind("load", 1, "1"), kind("web", 4, "2")}, "room for 3 of 4 pods of web, which request cpu 2", ""},
		"together too many": {three(), []*demand{kind("load", 4, "1"), kind("web", 3, "2")}, "the nodes have room for cpu 9 together, but the largest scenario needs 10", ""},
		"pods":              {[]*node{aNode("9", 5)}, []*demand{kind("load", 3, "1"), kind("web", 3, "1")}, "room for pods 5 together, but the largest scenario needs 6", ""},
	}
	for name, test := range tests {
		lacking := strings.Join(shortages(test.nodes, test.demands), "\n")
		var f Findings
		if lacking == "" {
			noteTight(&f, test.nodes, test.demands)
		}
		doubt := strings.Join(f.Notes().Lines(), "\n")
		for _, got := range [][2]string{{lacking, test.lacking}, {doubt, test.doubt}} {
			if !strings.Contains(got[0], got[1]) || (got[0] == "") != (got[1] == "") {
				t.Errorf("%s: %q, want %q", name, got[0], got[1])
			}
		}
		if len(f.Refusals()) > 0 {
			t.Errorf("%s: refusals %q", name, f.Lines())
		}
	}
}

// TestGrowingCluster: where somebody may add nodes, that those present are full is no problem.
func TestGrowingCluster(t *testing.T) {
	full := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node"}, Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourcePods: resource.MustParse("2"),
	}}}
	tests := map[string]struct {
		grow func(c *fakeAPI)
		want string
	}{
		"fixed": {func(*fakeAPI) {}, ""},
		"cluster autoscaler": {func(c *fakeAPI) {
			c.must(c.typed.Tracker().Add(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "cluster-autoscaler-status"}}))
		}, "cannot tell whether the cluster autoscaler adds enough nodes: "},
		"Karpenter": {func(c *fakeAPI) {
			c.typed.Resources = []*metav1.APIResourceList{{GroupVersion: "karpenter.sh/v1"}}
		}, "cannot tell whether Karpenter adds enough nodes: "},
		"not to be seen": {func(c *fakeAPI) {
			c.typed.PrependReactor("get", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
				return true, nil, errors.New("no right")
			})
		}, "cannot tell whether an autoscaler that cannot be looked for (no right) adds enough nodes: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newFakeAPI(t, deployment("inference", 3))
			c.must(c.typed.Tracker().Add(full))
			test.grow(c)
			p := c.preflight(func(in *Inspection) { in.Replicas = []int{1, 5} }).prepare(t)
			var f Findings
			p.nodes(t.Context(), &f)
			const text = "the nodes have room for 2 of 5 pods of Deployment inference, which request nothing each"
			if test.want == "" {
				wantLines(t, f, text)
			} else {
				wantLines(t, f, "note: "+test.want+text)
			}
		})
	}
}
