package docs

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	psaapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// What the page uses of other projects' objects, as their references spell it (istio.io,
// "PeerAuthentication"; the autoscaler's API reference, "VerticalPodAutoscaler").
type (
	istioPeerAuthentication struct {
		APIVersion string     `json:"apiVersion"`
		Kind       string     `json:"kind"`
		Metadata   objectName `json:"metadata"`
		Spec       struct {
			Selector      metav1.LabelSelector `json:"selector"`
			MTLS          mutualTLS            `json:"mtls"`
			PortLevelMTLS map[string]mutualTLS `json:"portLevelMtls"`
		} `json:"spec"`
	}
	mutualTLS struct {
		Mode string `json:"mode"`
	}
	verticalAutoscaler struct {
		APIVersion string     `json:"apiVersion"`
		Kind       string     `json:"kind"`
		Metadata   objectName `json:"metadata"`
		Spec       struct {
			TargetRef    map[string]string `json:"targetRef"`
			UpdatePolicy struct {
				UpdateMode string `json:"updateMode"`
			} `json:"updatePolicy"`
		} `json:"spec"`
	}
)

// clusterPods are the pods of an experiment with the lines of a block, by its part.
func clusterPods(t *testing.T, block string) map[string]*corev1.PodTemplateSpec {
	t.Helper()
	var fragment map[string]any
	if err := yaml.Unmarshal([]byte(block), &fragment); err != nil {
		t.Fatal(err)
	}
	inside := fragment["spec"].(map[string]any) //nolint:forcetypeassert // a test may panic
	if inside["target"] == nil {
		inside["target"] = map[string]any{"scaleTargetRef": map[string]any{"name": "inference"}}
	}
	fragment["apiVersion"], fragment["kind"] = "swarmgrid.dev/v1alpha1", "LoadMatrix"
	text, err := yaml.Marshal(fragment)
	if err != nil {
		t.Fatal(err)
	}
	exp, err := experiment.Decode("clusters.md", text, "", nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, block)
	}
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, block)
	}
	return map[string]*corev1.PodTemplateSpec{
		"master": &set.Master.Spec.Template, "worker": &set.Worker.Spec.Template, "driver": &set.Job.Spec.Template,
	}
}

func clusterBlocks(t *testing.T) []string {
	t.Helper()
	return blocks(read(t, filepath.Join(root, "docs", "clusters.md")), "yaml")
}

// clusterBlock is the only block that has a text.
func clusterBlock(t *testing.T, has string) string {
	t.Helper()
	found := slices.DeleteFunc(clusterBlocks(t), func(b string) bool { return !strings.Contains(b, has) })
	if len(found) != 1 {
		t.Fatalf("%d blocks have %q, want one", len(found), has)
	}
	return found[0]
}

// TestClusterLines builds the pods of every block that is a part of an experiment, and sees
// that Pod Security's restricted lets them in, as the page says.
func TestClusterLines(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	built := 0
	for _, block := range clusterBlocks(t) {
		if !strings.HasPrefix(block, "spec:") {
			continue
		}
		built++
		for part, pod := range clusterPods(t, block) {
			level := psaapi.LevelVersion{Level: psaapi.LevelRestricted, Version: psaapi.LatestVersion()}
			for _, r := range evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec) {
				if !r.Allowed {
					t.Errorf("%s: %s: %s\n%s", part, r.ForbiddenReason, r.ForbiddenDetail, block)
				}
			}
		}
	}
	if built < 5 {
		t.Errorf("%d blocks are a part of an experiment", built)
	}
}

// TestClusterLinesDoWhatTheySay looks at what each block is there for.
func TestClusterLinesDoWhatTheySay(t *testing.T) {
	for _, pod := range clusterPods(t, clusterBlock(t, "istio.io/dataplane-mode")) {
		if pod.Labels["sidecar.istio.io/inject"] != "false" || pod.Annotations["linkerd.io/inject"] != "disabled" {
			t.Errorf("the mesh is not left out: %+v", pod.ObjectMeta)
		}
	}
	for part, pod := range clusterPods(t, clusterBlock(t, "nativeSidecar")) {
		if in := pod.Labels["sidecar.istio.io/inject"]; in != map[string]string{"worker": "true"}[part]+map[string]string{"master": "false", "driver": "false"}[part] {
			t.Errorf("%s: a sidecar is injected: %q", part, in)
		}
	}
	for part, pod := range clusterPods(t, clusterBlock(t, "image-registry.openshift")) {
		if c := pod.Spec.SecurityContext; c.RunAsUser != nil || c.RunAsGroup != nil || c.FSGroup != nil || !*c.RunAsNonRoot {
			t.Errorf("%s still has numbers: %+v", part, c)
		}
	}
	for part, pod := range clusterPods(t, clusterBlock(t, "safe-to-evict")) {
		if pod.Annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] != "false" || pod.Annotations["karpenter.sh/do-not-disrupt"] != "true" {
			t.Errorf("%s may be evicted: %v", part, pod.Annotations)
		}
	}
}

// TestClusterObjects reads the objects of others strictly, and sees that they point at the
// sample target and at the load's pods.
func TestClusterObjects(t *testing.T) {
	var peers istioPeerAuthentication
	strictly(t, clusterBlock(t, "kind: PeerAuthentication"), &peers)
	if selector := labels.SelectorFromSet(peers.Spec.Selector.MatchLabels); selector.Empty() || !selector.Matches(labels.Set(sampleLabels(t))) || peers.Spec.PortLevelMTLS["8000"].Mode != "PERMISSIVE" {
		t.Errorf("the target does not take plain connections: %+v", peers.Spec)
	}
	var vpa verticalAutoscaler
	strictly(t, clusterBlock(t, "kind: VerticalPodAutoscaler"), &vpa)
	if vpa.Spec.UpdatePolicy.UpdateMode != "Off" {
		t.Errorf("the autoscaler changes pods: %+v", vpa.Spec)
	}
	pointsAt(t, vpa.Spec.TargetRef["kind"], vpa.Spec.TargetRef["name"], "/spec/template")
	var policy networkingv1.NetworkPolicy
	strictly(t, clusterBlock(t, "kind: NetworkPolicy"), &policy)
	worker := clusterPods(t, clusterBlock(t, "nativeSidecar"))["worker"]
	selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
	if err != nil || selector.Empty() || !selector.Matches(labels.Set(worker.Labels)) {
		t.Errorf("the policy is not for the workers: %v, %v", selector, err)
	}
	var trusted corev1.ConfigMap
	strictly(t, clusterBlock(t, "kind: ConfigMap"), &trusted)
	if openshift := clusterBlock(t, "image-registry.openshift"); !strings.Contains(openshift, "{configMap: "+trusted.Name+",") {
		t.Errorf("nobody trusts ConfigMap %s", trusted.Name)
	}
}

// sampleLabels are those of the sample target's pods.
func sampleLabels(t *testing.T) map[string]string {
	t.Helper()
	for _, o := range manifests.Sample(manifests.DefaultSampleImage) {
		if d, ok := o.(*appsv1.Deployment); ok {
			return d.Spec.Template.Labels
		}
	}
	t.Fatal("the sample has no Deployment")
	return nil
}
