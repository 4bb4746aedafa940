//go:build cluster

package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

func (b *bed) acquire(p *Platform, run string) {
	b.t.Helper()
	b.must(p.Acquire(b.t.Context(), platform.Holder{Run: run, Detail: "test"}))
}

// await polls Status until it is as wanted, and returns how long that took.
func (b *bed) await(p platform.Platform, role platform.Role, what string, ok func(platform.Status) bool) (platform.Status, time.Duration) {
	b.t.Helper()
	var st platform.Status
	took := b.poll(what, func() string {
		var err error
		if st, err = p.Status(b.t.Context(), role); err != nil {
			return err.Error()
		}
		if !ok(st) {
			return fmt.Sprintf("%+v", st)
		}
		return ""
	})
	return st, took
}

// TestFatal makes each trouble for real and sees it named early.
func TestFatal(t *testing.T) {
	tests := map[string]struct {
		container corev1.Container
		prepare   func(*bed)
		n         int
		want      string
	}{
		"unschedulable": {
			container: corev1.Container{Image: imageServer, Args: []string{"--listen", ":8000"}, Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("500")},
			}},
			want: "Insufficient cpu",
		},
		"image":  {container: corev1.Container{Image: "127.0.0.1:9/none:dev"}, want: "127.0.0.1:9: connect: connection refused"},
		"config": {container: corev1.Container{Image: imageServer, EnvFrom: []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "nosecret"}}}}}, want: `secret "nosecret" not found`},
		"quota": {
			container: server(), n: 3, want: "exceeded quota: few",
			prepare: func(b *bed) {
				_, err := b.client.CoreV1().ResourceQuotas(b.ns).Create(b.t.Context(), &corev1.ResourceQuota{
					ObjectMeta: metav1.ObjectMeta{Name: "few"},
					Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")}},
				}, metav1.CreateOptions{})
				b.must(err)
				b.poll("quota is counted", func() string {
					q, err := b.client.CoreV1().ResourceQuotas(b.ns).Get(b.t.Context(), "few", metav1.GetOptions{})
					if err != nil || len(q.Status.Hard) == 0 {
						return fmt.Sprintf("not yet: %v", err)
					}
					return ""
				})
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBed(t)
			if test.prepare != nil {
				test.prepare(b)
			}
			b.deploy("inference", 0, test.container)
			p := b.platform(func(cfg *settings) {
				cfg.Master, cfg.Worker, cfg.Service, cfg.unschedulableGrace = "", "", "", 3*time.Second
			})
			b.acquire(p, "a")
			b.must(p.Scale(t.Context(), platform.Target, max(test.n, 1)))
			st, took := b.await(p, platform.Target, "stuck", func(st platform.Status) bool { return st.Stuck != "" })
			t.Logf("after %v: %s", took.Round(10*time.Millisecond), st.Stuck)
			if !strings.Contains(st.Stuck, test.want) {
				t.Errorf("Stuck is %q, want %q in it", st.Stuck, test.want)
			}
		})
	}
}

func TestFailedProbeIsTold(t *testing.T) {
	b := newBed(t)
	b.standard(1)
	p := b.platform(nil)
	b.acquire(p, "a")
	b.await(p, platform.Target, "ready", func(st platform.Status) bool { return st.Settled(1) })
	b.tell("break", b.pods("inference")...)
	st, _ := b.await(p, platform.Target, "told", func(st platform.Status) bool { return strings.Contains(st.Waiting, "Readiness probe failed") })
	t.Log(st.Waiting)
}

// TestWindowIsProven looks at the marks by which a campaign finds what happened
// while it could not look.
func TestWindowIsProven(t *testing.T) {
	b := newBed(t)
	b.standard(1)
	p := b.platform(nil)
	b.acquire(p, "a")
	settled := func(st platform.Status) bool { return st.Settled(1) }
	before, _ := b.await(p, platform.Target, "ready", settled)
	b.tell("break", b.pods("inference")...)
	b.await(p, platform.Target, "not ready", func(st platform.Status) bool { return st.Ready == 0 })
	time.Sleep(time.Second) // condition times are whole seconds
	b.tell("mend", b.pods("inference")...)
	after, _ := b.await(p, platform.Target, "ready again", settled)
	if before.Replicas[0].ID != after.Replicas[0].ID || before.Replicas[0].ReadySince.Equal(after.Replicas[0].ReadySince) {
		t.Errorf("a moment without readiness is not found:\n%+v\n%+v", before, after)
	}
	patch := []byte(`{"spec":{"template":{"metadata":{"annotations":{"restarted":"now"}}}}}`)
	_, err := b.client.AppsV1().Deployments(b.ns).Patch(t.Context(), "inference", "application/merge-patch+json", patch, metav1.PatchOptions{})
	b.must(err)
	b.await(p, platform.Target, "seen as changed", func(st platform.Status) bool {
		return st.Revision != after.Revision && st.Generation != after.Generation
	})
	st, took := b.await(p, platform.Target, "rolled out", settled)
	t.Logf("rolled out after %v: %+v", took, st)
	if st.Replicas[0].ID == after.Replicas[0].ID {
		t.Error("the rollout has kept the pod")
	}
}

func TestEviction(t *testing.T) {
	b := newBed(t)
	b.standard(1)
	p := b.platform(nil)
	b.acquire(p, "a")
	settled := func(st platform.Status) bool { return st.Settled(1) }
	before, _ := b.await(p, platform.Target, "ready", settled)
	b.must(b.client.CoreV1().Pods(b.ns).EvictV1(t.Context(), &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: b.pods("inference")[0].Name}}))
	after, _ := b.await(p, platform.Target, "replaced", func(st platform.Status) bool {
		return st.Settled(1) && st.Replicas[0].ID != before.Replicas[0].ID
	})
	if r := after.Replicas[0]; r.Restarts != 1 || !strings.Contains(r.LastExit, "EvictionByEvictionAPI") {
		t.Errorf("the successor of an evicted pod: %+v", r)
	}
}

// TestForward replaces the master's pod and keeps the address.
func TestForward(t *testing.T) {
	b := newBed(t)
	b.standard(0)
	p := b.platform(nil)
	b.acquire(p, "a")
	b.must(p.Scale(t.Context(), platform.Master, 1))
	settled := func(st platform.Status) bool { return st.Settled(1) }
	before, _ := b.await(p, platform.Master, "ready", settled)
	at, err := p.Address(platform.Master)
	b.must(err)
	client := &http.Client{Timeout: 5 * time.Second}
	get := func() string {
		resp, err := client.Get(at + "/healthz")
		if err != nil {
			return err.Error()
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return resp.Status
		}
		return ""
	}
	t.Logf("first answer after %v", b.poll("forwarded", get).Round(time.Millisecond))
	began := time.Now()
	for range 100 {
		if problem := get(); problem != "" {
			t.Fatal(problem)
		}
	}
	t.Logf("%v a request on one connection", (time.Since(began) / 100).Round(10*time.Microsecond))
	b.must(b.client.CoreV1().Pods(b.ns).Delete(t.Context(), b.pods("locust-master")[0].Name, metav1.DeleteOptions{GracePeriodSeconds: ptr(int64(1))}))
	b.await(p, platform.Master, "replaced", func(st platform.Status) bool { return st.Settled(1) && st.Replicas[0].ID != before.Replicas[0].ID })
	t.Logf("answers again %v after the new pod is ready", b.poll("forwarded again", get).Round(time.Millisecond))
}

func (b *bed) addHPA() *autoscalingv2.HorizontalPodAutoscaler {
	b.t.Helper()
	hpa, err := b.client.AutoscalingV2().HorizontalPodAutoscalers(b.ns).Create(b.t.Context(), &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: "scaler", Labels: map[string]string{"team": "x"}, Annotations: map[string]string{"a": "b"}},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "inference"},
			MinReplicas:    ptr(int32(2)), MaxReplicas: 5,
		},
	}, metav1.CreateOptions{})
	b.must(err)
	return hpa
}

func TestHPAInCluster(t *testing.T) {
	b := newBed(t)
	b.standard(2)
	before := b.addHPA()
	if err := b.platform(nil).Acquire(t.Context(), platform.Holder{Run: "a"}); err == nil || !strings.Contains(err.Error(), "autoscaler: pause") {
		t.Errorf("Acquire: %v", err)
	}
	p := b.platform(func(cfg *settings) { cfg.Autoscaler = v1alpha1.AutoscalerPause })
	b.acquire(p, "b")
	b.must(p.Scale(t.Context(), platform.Target, 1))
	b.await(p, platform.Target, "at 1", func(st platform.Status) bool { return st.Settled(1) })
	time.Sleep(16 * time.Second) // the HPA's loop comes round every 15 s
	if st, err := p.Status(t.Context(), platform.Target); err != nil || !st.Settled(1) {
		t.Errorf("the HPA is not held: %+v, %v", st, err)
	}
	b.must(p.Release(t.Context()))
	after, err := b.client.AutoscalingV2().HorizontalPodAutoscalers(b.ns).Get(t.Context(), "scaler", metav1.GetOptions{})
	b.must(err)
	if diff := cmp.Diff(before.Spec, after.Spec) + cmp.Diff(before.Labels, after.Labels) + cmp.Diff(before.Annotations, after.Annotations); diff != "" {
		t.Errorf("the HPA is not as it was:\n%s", diff)
	}
}

// crd makes a kind for the test; somebody else may have made it before.
func (b *bed) crd(group, plural, kind string, scale map[string]any) {
	b.t.Helper()
	version := map[string]any{
		"name": "v1alpha1", "served": true, "storage": true,
		"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
	}
	if scale != nil {
		version["subresources"] = map[string]any{"status": map[string]any{}, "scale": scale}
	}
	crd := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": plural + "." + group},
		"spec": map[string]any{
			"group": group, "scope": "Namespaced", "versions": []any{version},
			"names": map[string]any{"plural": plural, "singular": strings.ToLower(kind), "kind": kind},
		},
	}}
	crds := b.dynamic().Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	_, err := crds.Create(b.t.Context(), crd, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		b.must(err)
		b.t.Cleanup(func() {
			if err := crds.Delete(context.Background(), crd.GetName(), metav1.DeleteOptions{}); err != nil {
				b.t.Errorf("deleting kind %s: %v", kind, err)
			}
		})
	}
	b.poll(kind+" is served", func() string {
		_, err := b.dynamic().Resource(schema.GroupVersionResource{Group: group, Version: "v1alpha1", Resource: plural}).Namespace(b.ns).List(b.t.Context(), metav1.ListOptions{})
		if err != nil {
			return err.Error()
		}
		return ""
	})
}

func TestKEDAInCluster(t *testing.T) {
	b := newBed(t)
	b.standard(2)
	b.crd("keda.sh", "scaledobjects", "ScaledObject", nil)
	objects := b.dynamic().Resource(kubeapi.ScaledObjects()).Namespace(b.ns)
	before, err := objects.Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": map[string]any{"name": "scaler"},
		"spec": map[string]any{"scaleTargetRef": map[string]any{"name": "inference"}},
	}}, metav1.CreateOptions{})
	b.must(err)
	p := b.platform(func(cfg *settings) { cfg.Autoscaler = v1alpha1.AutoscalerPause })
	b.acquire(p, "b")
	b.must(p.Scale(t.Context(), platform.Target, 1))
	held, err := objects.Get(t.Context(), "scaler", metav1.GetOptions{})
	b.must(err)
	if got := held.GetAnnotations()[kubeapi.PausedReplicas]; got != "1" {
		t.Errorf("held at %q", got)
	}
	b.must(p.Release(t.Context()))
	after, err := objects.Get(t.Context(), "scaler", metav1.GetOptions{})
	b.must(err)
	for _, o := range []*unstructured.Unstructured{before, after} {
		o.SetManagedFields(nil)
		o.SetResourceVersion("")
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the ScaledObject is not as it was:\n%s", diff)
	}
}

// TestCustomKind scales an object whose count is not in spec.replicas.
func TestCustomKind(t *testing.T) {
	b := newBed(t)
	b.crd("test.swarmgrid.dev", "servers", "Server", map[string]any{
		"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size", "labelSelectorPath": ".status.selector",
	})
	servers := b.dynamic().Resource(schema.GroupVersionResource{Group: "test.swarmgrid.dev", Version: "v1alpha1", Resource: "servers"}).Namespace(b.ns)
	made, err := servers.Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "test.swarmgrid.dev/v1alpha1", "kind": "Server", "metadata": map[string]any{"name": "inference"},
		"spec": map[string]any{"size": int64(0)},
	}}, metav1.CreateOptions{})
	b.must(err)
	made.Object["status"] = map[string]any{"selector": "app=inference"}
	_, err = servers.UpdateStatus(t.Context(), made, metav1.UpdateOptions{})
	b.must(err)
	p := b.platform(func(cfg *settings) {
		cfg.Target = &v1alpha1.ScaleTargetRef{APIVersion: "test.swarmgrid.dev/v1alpha1", Kind: "Server", Name: "inference"}
		cfg.Master, cfg.Worker, cfg.Service = "", "", ""
	})
	b.acquire(p, "a")
	b.must(p.Scale(t.Context(), platform.Target, 1))
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "inference-1", Labels: map[string]string{"app": "inference"}}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "main", Image: imageServer, Args: []string{"--listen", ":8000"}, ImagePullPolicy: corev1.PullIfNotPresent}},
	}}
	_, err = b.client.CoreV1().Pods(b.ns).Create(t.Context(), pod, metav1.CreateOptions{}) // what its controller would do
	b.must(err)
	b.await(p, platform.Target, "settled", func(st platform.Status) bool { return st.Settled(1) })
	_, err = servers.Patch(t.Context(), "inference", "application/merge-patch+json", []byte(`{"spec":{"size":4}}`), metav1.PatchOptions{})
	b.must(err)
	b.await(p, platform.Target, "scaled by others", func(st platform.Status) bool { return st.Wanted == 4 })
	var left *platform.LeftError
	if err := p.Release(t.Context()); !errors.As(err, &left) {
		t.Errorf("Release: %v, want a *LeftError", err)
	}
}

func TestStatefulSet(t *testing.T) {
	b := newBed(t)
	labels := map[string]string{"app": "inference"}
	container := server()
	container.Name, container.ImagePullPolicy = "main", corev1.PullIfNotPresent
	_, err := b.client.AppsV1().StatefulSets(b.ns).Create(t.Context(), &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: "inference"},
		Spec: appsv1.StatefulSetSpec{
			Replicas: ptr(int32(1)), Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{container}, TerminationGracePeriodSeconds: ptr(int64(1))}},
		},
	}, metav1.CreateOptions{})
	b.must(err)
	p := b.platform(func(cfg *settings) {
		cfg.Target = &v1alpha1.ScaleTargetRef{Kind: "StatefulSet", Name: "inference"}
		cfg.Master, cfg.Worker, cfg.Service = "", "", ""
	})
	b.acquire(p, "a")
	for _, n := range []int{3, 1} {
		b.must(p.Scale(t.Context(), platform.Target, n))
		b.await(p, platform.Target, "settled", func(st platform.Status) bool { return st.Settled(n) })
	}
	b.must(p.Release(t.Context()))
}

func TestUsage(t *testing.T) {
	b := newBed(t)
	container := python()
	container.Resources.Limits = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m")}
	b.deploy("inference", 1, container)
	p := b.platform(func(cfg *settings) { cfg.Master, cfg.Worker, cfg.Service = "", "", "" })
	b.acquire(p, "a")
	b.await(p, platform.Target, "ready", func(st platform.Status) bool { return st.Settled(1) })
	var first, second platform.Usage
	read := func(into *platform.Usage) func() string {
		return func() (problem string) {
			var err error
			if *into, err = p.Usage(t.Context(), platform.Target); err != nil {
				return err.Error()
			}
			return ""
		}
	}
	began := time.Now()
	b.poll("usage", read(&first))
	b.poll("more", func() string {
		if problem := read(&second)(); problem != "" {
			return problem
		}
		if _, err := second.Since(first, began); err != nil {
			return err.Error()
		}
		return ""
	})
	used, err := second.Since(first, began)
	b.must(err)
	t.Logf("%s: %d replicas, %.4f cores over %v, %d bytes, throttled %.2f", used.Source, used.Replicas, used.CPU, used.Window, used.Memory, used.Throttled)
	if used.Replicas != 1 || used.Memory < 1<<20 || used.Counters != nil && used.Throttled < 0 {
		t.Errorf("usage: %+v", used)
	}
}
