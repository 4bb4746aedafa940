package kube

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

const testNamespace = "shop"

// fakeCluster is client-go's fakes with what they lack: a scale subresource,
// resource versions on writes, and controllers that make pods and endpoints.
type fakeCluster struct {
	t       *testing.T
	typed   *fake.Clientset
	dynamic *dynamicfake.FakeDynamicClient

	mu      sync.Mutex
	version int
	// shape makes a new pod what a test wants it to be; nil means ready.
	shape func(*corev1.Pod)
	// unready keeps the target's pods from being ready.
	unready bool
	// slow keeps surplus pods terminating.
	slow bool
	// refuse, when set, answers writes of the scale; before is called with the count first.
	refuse error
	before func(n int)
	// away makes the Lease unreachable.
	away atomic.Bool
}

func deployments() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
}

func newFakeCluster(t *testing.T, counts map[string]int) *fakeCluster {
	kinds := map[schema.GroupVersionResource]string{deployments(): "DeploymentList", kubeapi.ScaledObjects(): "ScaledObjectList"}
	c := &fakeCluster{
		t: t, typed: fake.NewClientset(),
		dynamic: dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds),
	}
	c.dynamic.PrependReactor("get", "deployments", c.getScale)
	c.dynamic.PrependReactor("patch", "deployments", c.patchScale)
	c.typed.PrependReactor("*", "leases", c.leases)
	for name, n := range counts {
		c.must(c.dynamic.Tracker().Create(deployments(), c.deployment(name, n), testNamespace))
		c.reconcile(name)
	}
	return c
}

func (c *fakeCluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// platform makes one driver's platform on this cluster.
func (c *fakeCluster) platform(edit func(*settings)) *Platform {
	cfg := settings{Config: kubeapi.Config{
		REST: &rest.Config{}, Namespace: testNamespace,
		Target:  &v1alpha1.ScaleTargetRef{Kind: "Deployment", Name: "inference"},
		Service: "inference", TargetURL: "http://inference:8000",
		Master: "locust-master", Worker: "locust-worker", MasterURL: "http://locust-master:8089",
	}, leaseDuration: 2 * time.Second}
	if edit != nil {
		edit(&cfg)
	}
	cfg, err := cfg.withDefaults()
	c.must(err)
	return &Platform{cfg: cfg, clients: &kubeapi.Clients{Namespace: testNamespace, Typed: c.typed, Dynamic: c.dynamic}}
}

func (c *fakeCluster) next() string {
	c.version++
	return strconv.Itoa(c.version)
}

func (c *fakeCluster) deployment(name string, n int) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": name, "namespace": testNamespace, "uid": name, "resourceVersion": c.next(), "generation": int64(1)},
		"spec":     map[string]any{"replicas": int64(n), "template": map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": name}}, "spec": map[string]any{}}},
		"status":   map[string]any{"observedGeneration": int64(1)},
	}}
}

func (c *fakeCluster) get(name string) *unstructured.Unstructured {
	c.t.Helper()
	o, err := c.dynamic.Tracker().Get(deployments(), testNamespace, name)
	c.must(err)
	return o.(*unstructured.Unstructured).DeepCopy() //nolint:forcetypeassert // what was created
}

func (c *fakeCluster) count(name string) int {
	n, _, _ := unstructured.NestedInt64(c.get(name).Object, "spec", "replicas")
	return int(n)
}

// set is what anybody's scaling does.
func (c *fakeCluster) set(name string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.get(name)
	if present, _, _ := unstructured.NestedInt64(d.Object, "spec", "replicas"); int(present) == n {
		return
	}
	c.must(unstructured.SetNestedField(d.Object, int64(n), "spec", "replicas"))
	d.SetGeneration(d.GetGeneration() + 1)
	d.SetResourceVersion(c.next())
	c.must(c.dynamic.Tracker().Update(deployments(), d, testNamespace))
	c.reconcile(name)
}

func (c *fakeCluster) getScale(action clienttesting.Action) (bool, runtime.Object, error) {
	get, ok := action.(clienttesting.GetAction)
	if !ok || action.GetSubresource() != "scale" {
		return false, nil, nil
	}
	if _, err := c.dynamic.Tracker().Get(deployments(), testNamespace, get.GetName()); err != nil {
		return true, nil, err
	}
	return true, c.scaleOf(get.GetName()), nil
}

func (c *fakeCluster) scaleOf(name string) *unstructured.Unstructured {
	d := c.get(name)
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "autoscaling/v1", "kind": "Scale",
		"metadata": map[string]any{"name": name, "namespace": testNamespace, "resourceVersion": d.GetResourceVersion()},
		"spec":     map[string]any{"replicas": int64(c.count(name))},
		"status":   map[string]any{"selector": "app=" + name},
	}}
}

func (c *fakeCluster) patchScale(action clienttesting.Action) (bool, runtime.Object, error) {
	patch, ok := action.(clienttesting.PatchAction)
	if !ok || action.GetSubresource() != "scale" {
		return false, nil, nil
	}
	if c.refuse != nil {
		return true, nil, c.refuse
	}
	var body struct {
		Spec struct {
			Replicas int `json:"replicas"`
		} `json:"spec"`
	}
	c.must(json.Unmarshal(patch.GetPatch(), &body))
	if c.before != nil {
		c.before(body.Spec.Replicas)
	}
	c.set(patch.GetName(), body.Spec.Replicas)
	return true, c.scaleOf(patch.GetName()), nil
}

// leases gives the fake the conflicts of the real thing.
func (c *fakeCluster) leases(action clienttesting.Action) (bool, runtime.Object, error) {
	if c.away.Load() {
		return true, nil, errors.New("connection refused")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	resource := coordinationv1.SchemeGroupVersion.WithResource("leases")
	var lease *coordinationv1.Lease
	switch a := action.(type) {
	case clienttesting.UpdateAction: // a CreateAction is one too
		lease = a.GetObject().(*coordinationv1.Lease).DeepCopy() //nolint:forcetypeassert // of leases only
	default:
		return false, nil, nil
	}
	old, err := c.typed.Tracker().Get(resource, testNamespace, lease.Name)
	version := lease.ResourceVersion
	lease.ResourceVersion = c.next()
	lease.Namespace = testNamespace
	if action.GetVerb() == "create" {
		return true, lease, c.typed.Tracker().Create(resource, lease, testNamespace)
	}
	if err != nil {
		return true, nil, err
	}
	if old.(*coordinationv1.Lease).ResourceVersion != version { //nolint:forcetypeassert // of leases only
		return true, nil, apierrors.NewConflict(resource.GroupResource(), lease.Name, nil)
	}
	return true, lease, c.typed.Tracker().Update(resource, lease, testNamespace)
}

func (c *fakeCluster) podsOf(name string) []*corev1.Pod {
	list, err := c.typed.Tracker().List(corev1.SchemeGroupVersion.WithResource("pods"), corev1.SchemeGroupVersion.WithKind("Pod"), testNamespace)
	c.must(err)
	var out []*corev1.Pod
	for i := range list.(*corev1.PodList).Items { //nolint:forcetypeassert // of pods
		if pod := &list.(*corev1.PodList).Items[i]; pod.Labels["app"] == name { //nolint:forcetypeassert // of pods
			out = append(out, pod)
		}
	}
	slices.SortFunc(out, func(a, b *corev1.Pod) int {
		return len(a.Name)*1000 - len(b.Name)*1000 + int(a.CreationTimestamp.Sub(b.CreationTimestamp.Time))
	})
	return out
}

// reconcile is the controllers' work on one Deployment, with mu held.
func (c *fakeCluster) reconcile(name string) {
	pods := corev1.SchemeGroupVersion.WithResource("pods")
	var live []*corev1.Pod
	for _, pod := range c.podsOf(name) {
		if kubeapi.Alive(pod) {
			live = append(live, pod)
		} else if !c.slow {
			c.must(c.typed.Tracker().Delete(pods, testNamespace, pod.Name))
		}
	}
	for len(live) > c.count(name) {
		c.retire(live[len(live)-1])
		live = live[:len(live)-1]
	}
	for len(live) < c.count(name) {
		pod := c.newPod(name)
		c.must(c.typed.Tracker().Create(pods, pod, testNamespace))
		live = append(live, pod)
	}
	ready := 0
	for _, pod := range live {
		c.setReady(pod, !(c.unready && name == "inference"))
		if kubeapi.PodReady(pod) {
			ready++
		}
	}
	c.publish(name, live)
	d := c.get(name)
	for field, n := range map[string]int64{"observedGeneration": d.GetGeneration(), "replicas": int64(len(live)), "readyReplicas": int64(ready), "updatedReplicas": int64(len(live))} {
		c.must(unstructured.SetNestedField(d.Object, n, "status", field))
	}
	d.SetResourceVersion(c.next())
	c.must(c.dynamic.Tracker().Update(deployments(), d, testNamespace))
}

func (c *fakeCluster) retire(pod *corev1.Pod) {
	now := metav1.Now()
	pod.DeletionTimestamp = &now
	pod.ResourceVersion = c.next()
	c.must(c.typed.Tracker().Update(corev1.SchemeGroupVersion.WithResource("pods"), pod, testNamespace))
	if !c.slow {
		c.must(c.typed.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("pods"), testNamespace, pod.Name))
	}
}

func (c *fakeCluster) newPod(name string) *corev1.Pod {
	version := c.next()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("%s-%06s", name, version), Namespace: testNamespace, UID: types.UID(version + "-uid"),
			ResourceVersion: version, Labels: map[string]string{"app": name}, CreationTimestamp: metav1.Now(),
		},
		Spec:   corev1.PodSpec{NodeName: "node"},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	if c.shape != nil {
		c.shape(pod)
	}
	return pod
}

func (c *fakeCluster) setReady(pod *corev1.Pod, ready bool) {
	ready = ready && c.shape == nil
	status := corev1.ConditionFalse
	if ready {
		status = corev1.ConditionTrue
	}
	if kubeapi.PodReady(pod) == ready && kubeapi.Condition(pod, corev1.PodReady) != nil {
		return
	}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status, LastTransitionTime: metav1.Now()}}
	pod.ResourceVersion = c.next()
	c.must(c.typed.Tracker().Update(corev1.SchemeGroupVersion.WithResource("pods"), pod, testNamespace))
}

// publish writes the EndpointSlice.
func (c *fakeCluster) publish(name string, live []*corev1.Pod) {
	slice := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: testNamespace, UID: types.UID(name), ResourceVersion: c.next(),
		Labels: map[string]string{discoveryv1.LabelServiceName: name},
	}}
	for _, pod := range live {
		ready := kubeapi.PodReady(pod)
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
			Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Name: pod.Name, UID: pod.UID},
		})
	}
	resource := discoveryv1.SchemeGroupVersion.WithResource("endpointslices")
	if err := c.typed.Tracker().Update(resource, slice, testNamespace); apierrors.IsNotFound(err) {
		c.must(c.typed.Tracker().Create(resource, slice, testNamespace))
	}
}

// change edits how the cluster behaves and lets the controllers see it.
func (c *fakeCluster) change(name string, edit func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	edit()
	c.reconcile(name)
}

func (c *fakeCluster) lease() *coordinationv1.Lease {
	c.t.Helper()
	o, err := c.typed.Tracker().Get(coordinationv1.SchemeGroupVersion.WithResource("leases"), testNamespace, "swarmgrid-deployment-inference")
	c.must(err)
	return o.(*coordinationv1.Lease) //nolint:forcetypeassert // of leases only
}
