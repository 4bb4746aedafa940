package preflight

import (
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

const testNamespace = "shop"

// fakeAPI is client-go's fakes with what they lack: a scale subresource, rights and
// server-side apply.
type fakeAPI struct {
	t       *testing.T
	typed   *fake.Clientset
	dynamic *dynamicfake.FakeDynamicClient
	// denied are the rights that nobody has: "create pods/exec".
	denied []string
	// selector is what the target's scale tells.
	selector string
	// refuse answers applies and creations of Jobs by kind and name.
	refuse map[string]error
}

func newFakeAPI(t *testing.T, workloads ...*unstructured.Unstructured) *fakeAPI {
	t.Helper()
	kinds := map[schema.GroupVersionResource]string{{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}: "ScaledObjectList"}
	for kind, gvr := range resources() {
		kinds[gvr] = kind + "List"
	}
	c := &fakeAPI{
		t: t, typed: fake.NewClientset(), selector: "app=inference", refuse: map[string]error{},
		dynamic: dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds),
	}
	c.typed.PrependReactor("create", "selfsubjectaccessreviews", c.review)
	c.dynamic.PrependReactor("get", "deployments", c.scale)
	c.dynamic.PrependReactor("list", "deployments", c.named)
	c.dynamic.PrependReactor("patch", "*", c.apply)
	for _, w := range workloads {
		c.must(c.dynamic.Tracker().Create(resources()["Deployment"], w, testNamespace))
	}
	return c
}

func (c *fakeAPI) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *fakeAPI) review(action clienttesting.Action) (bool, runtime.Object, error) {
	review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy() //nolint:forcetypeassert // of reviews only
	a := review.Spec.ResourceAttributes
	asked := strings.TrimSuffix(a.Verb+" "+a.Resource+"/"+a.Subresource, "/")
	review.Status.Allowed = !slices.Contains(c.denied, asked)
	return true, review, nil
}

func (c *fakeAPI) scale(action clienttesting.Action) (bool, runtime.Object, error) {
	if action.GetSubresource() != "scale" {
		return false, nil, nil
	}
	name := action.(clienttesting.GetAction).GetName() //nolint:forcetypeassert // of gets only
	o, err := c.dynamic.Tracker().Get(resources()["Deployment"], testNamespace, name)
	if err != nil {
		return true, nil, err
	}
	selector := "app=" + name
	if name == "inference" {
		selector = c.selector
	}
	n, _, _ := unstructured.NestedInt64(o.(*unstructured.Unstructured).Object, "spec", "replicas") //nolint:forcetypeassert // what was created
	return true, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"replicas": n}, "status": map[string]any{"selector": selector},
	}}, nil
}

// named lists the one Deployment that is asked for by its name.
func (c *fakeAPI) named(action clienttesting.Action) (bool, runtime.Object, error) {
	fields := action.(clienttesting.ListAction).GetListRestrictions().Fields //nolint:forcetypeassert // of lists only
	name, only := fields.RequiresExactMatch("metadata.name")
	if !only {
		return false, nil, nil
	}
	list := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": "apps/v1", "kind": "DeploymentList"}}
	if o, err := c.dynamic.Tracker().Get(resources()["Deployment"], testNamespace, name); err == nil {
		list.Items = append(list.Items, *o.(*unstructured.Unstructured)) //nolint:forcetypeassert // what was created
	}
	return true, list, nil
}

func (c *fakeAPI) apply(action clienttesting.Action) (bool, runtime.Object, error) {
	patch := action.(clienttesting.PatchActionImpl) //nolint:forcetypeassert // of patches only
	if !slices.Equal(patch.PatchOptions.DryRun, []string{metav1.DryRunAll}) {
		c.t.Errorf("%s %s is changed", patch.GetResource().Resource, patch.GetName())
	}
	name := patch.GetResource().Resource + " " + patch.GetName()
	return true, &unstructured.Unstructured{Object: map[string]any{}}, c.refuse[name]
}

// deployment is a workload whose rollout is complete.
func deployment(name string, n int, edits ...func(map[string]any)) *unstructured.Unstructured {
	o := map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": name, "namespace": testNamespace, "generation": int64(1)},
		"spec": map[string]any{"replicas": int64(n), "template": map[string]any{
			"metadata": map[string]any{"labels": map[string]any{"app": name}},
			"spec":     map[string]any{"containers": []any{map[string]any{"name": "main", "ports": []any{map[string]any{"name": "http", "containerPort": int64(8000)}}}}},
		}},
		"status": map[string]any{"observedGeneration": int64(1), "replicas": int64(n), "updatedReplicas": int64(n)},
	}
	for _, edit := range edits {
		edit(o)
	}
	return &unstructured.Unstructured{Object: o}
}

// preflight begins one on this cluster, with the objects found.
func (c *fakeAPI) preflight(edit func(*Inspection)) *preflight {
	c.t.Helper()
	in := Inspection{Config: kubeapi.Config{
		REST: &rest.Config{}, Namespace: testNamespace,
		Target:  &v1alpha1.ScaleTargetRef{Kind: "Deployment", Name: "inference"},
		Service: "inference", TargetURL: "http://inference:8000",
	}}
	if edit != nil {
		edit(&in)
	}
	facts, err := kubeapi.FactsFrom(in.Config, c.typed, c.dynamic)
	c.must(err)
	return newPreflight(in, facts)
}

// prepare finds what the checks go by.
func (p *preflight) prepare(t *testing.T) *preflight {
	t.Helper()
	var f Findings
	if err := p.objects(t.Context(), &f); err != nil {
		t.Fatal(err)
	}
	f.all(t.Context(), p.listQuotas, p.listLimits, p.listPods)
	p.demands = p.wanted()
	return p
}

func aPod(name string, edits ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: testNamespace, Labels: map[string]string{"app": "inference"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main"}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
	}
	for _, edit := range edits {
		edit(pod)
	}
	return pod
}

// wantLines checks that findings say exactly so much, each beginning as told. A note's
// line begins with "note: ".
func wantLines(t *testing.T, f Findings, want ...string) {
	t.Helper()
	var got []string
	for _, finding := range f {
		line := finding.String()
		if !finding.Refusal {
			line = "note: " + line
		}
		got = append(got, line)
	}
	same := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		same = same && strings.HasPrefix(got[i], want[i])
	}
	if !same {
		t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
