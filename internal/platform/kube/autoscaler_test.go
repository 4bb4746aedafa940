package kube

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

func pause(cfg *settings) { cfg.Autoscaler = v1alpha1.AutoscalerPause }

func (c *fakeCluster) addHPA(target string) *autoscalingv2.HorizontalPodAutoscaler {
	two := int32(2)
	hpa := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: "scaler", Namespace: testNamespace, Labels: map[string]string{"team": "x"}, Annotations: map[string]string{"a": "b"}},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: target},
			MinReplicas:    &two, MaxReplicas: 9,
		},
	}
	c.must(c.typed.Tracker().Add(hpa))
	return hpa
}

func (c *fakeCluster) hpa() *autoscalingv2.HorizontalPodAutoscaler {
	got, err := c.typed.AutoscalingV2().HorizontalPodAutoscalers(testNamespace).Get(c.t.Context(), "scaler", metav1.GetOptions{})
	c.must(err)
	got.ManagedFields = nil // who changed what last is no part of it
	return got
}

func TestAutoscalerIsRefused(t *testing.T) {
	c := shop(t)
	c.addHPA("inference")
	err := c.platform(nil).Acquire(t.Context(), platform.Holder{Run: "a"})
	var permanent *platform.PermanentError
	if !errors.As(err, &permanent) || !strings.Contains(err.Error(), "HorizontalPodAutoscaler scaler") || !strings.Contains(err.Error(), "autoscaler: pause") {
		t.Errorf("Acquire: %v, want what to do", err)
	}
	acquired(t, c, "b", pause) // the refused one has left no lock
}

func TestForeignAutoscalerIsNoMatter(t *testing.T) {
	c := shop(t)
	c.addHPA("other")
	c.must(acquired(t, c, "a", nil).Release(t.Context()))
}

func TestHPAIsHeld(t *testing.T) {
	c := shop(t)
	before := c.addHPA("inference")
	p := acquired(t, c, "a", pause)
	for _, n := range []int{4, 1, 0} {
		scaleTo(t, p, n)
		want := int32(max(n, 1))
		if got := c.hpa().Spec; *got.MinReplicas != want || got.MaxReplicas != want {
			t.Errorf("at %d replicas the bounds are %d and %d", n, *got.MinReplicas, got.MaxReplicas)
		}
	}
	c.must(p.Release(t.Context()))
	if diff := cmp.Diff(before, c.hpa()); diff != "" {
		t.Errorf("the HPA is not as it was:\n%s", diff)
	}
}

// TestHPAIsHeldAtTheCountFound: that the count is right already does not keep the
// autoscaler from changing it.
func TestHPAIsHeldAtTheCountFound(t *testing.T) {
	c := shop(t)
	before := c.addHPA("inference")
	p := acquired(t, c, "a", pause)
	scaleTo(t, p, 3)
	if got := c.hpa().Spec; *got.MinReplicas != 3 || got.MaxReplicas != 3 {
		t.Errorf("the bounds are %d and %d, want 3", *got.MinReplicas, got.MaxReplicas)
	}
	c.must(p.Release(t.Context()))
	if diff := cmp.Diff(before, c.hpa()); diff != "" {
		t.Errorf("the HPA is not as it was:\n%s", diff)
	}
}

func TestHPAChangedBySomebodyElse(t *testing.T) {
	c := shop(t)
	c.addHPA("inference")
	p := acquired(t, c, "a", pause)
	scaleTo(t, p, 4)
	changed := c.hpa()
	changed.Spec.MaxReplicas = 20
	c.must(c.typed.Tracker().Update(autoscalingv2.SchemeGroupVersion.WithResource("horizontalpodautoscalers"), changed, testNamespace))
	wantScaleRefused(t, p, "somebody set HorizontalPodAutoscaler scaler to minReplicas 4 and maxReplicas 20 meanwhile")
	var left *platform.LeftError
	if err := p.Release(t.Context()); !errors.As(err, &left) || !strings.Contains(err.Error(), "minReplicas 2 and maxReplicas 9") {
		t.Errorf("Release: %v, want a *LeftError with the original bounds", err)
	}
	if got := c.hpa().Spec.MaxReplicas; got != 20 {
		t.Errorf("maxReplicas is %d", got)
	}
}

func wantScaleRefused(t *testing.T, p *Platform, why string) {
	t.Helper()
	var permanent *platform.PermanentError
	if err := p.Scale(t.Context(), platform.Target, 2); !errors.As(err, &permanent) || !strings.Contains(err.Error(), why) {
		t.Errorf("Scale: %v, want a *PermanentError with %q", err, why)
	}
}

func TestKEDAChangedBySomebodyElse(t *testing.T) {
	for name, test := range map[string]struct {
		annotations map[string]string
		want        string
	}{
		"paused elsewhere": {map[string]string{kubeapi.PausedReplicas: "8"}, "somebody set ScaledObject keda to paused at 8 meanwhile"},
		"let go":           {nil, "somebody set ScaledObject keda to not paused meanwhile"},
	} {
		t.Run(name, func(t *testing.T) {
			c := shop(t)
			c.addScaledObject(map[string]any{kubeapi.PausedReplicas: "7"})
			p := acquired(t, c, "a", pause)
			scaleTo(t, p, 4)
			o, err := c.dynamic.Tracker().Get(kubeapi.ScaledObjects(), testNamespace, "keda")
			c.must(err)
			changed := o.(*unstructured.Unstructured).DeepCopy() //nolint:forcetypeassert // what was created
			changed.SetAnnotations(test.annotations)
			c.must(c.dynamic.Tracker().Update(kubeapi.ScaledObjects(), changed, testNamespace))
			wantScaleRefused(t, p, test.want)
			if diff := cmp.Diff(test.annotations, c.scaledObject()); diff != "" {
				t.Errorf("it was overwritten:\n%s", diff)
			}
		})
	}
}

// TestRestoreAfterKill is what cleanup does for a run that was killed.
func TestRestoreAfterKill(t *testing.T) {
	c := shop(t)
	before := c.addHPA("inference")
	p := acquired(t, c, "a", pause)
	scaleTo(t, p, 6)
	if err := p.Scale(t.Context(), platform.Worker, 5); err != nil {
		t.Fatal(err)
	}
	p.held.halt()

	next := c.platform(nil)
	var held *platform.HeldError
	if _, err := restoreLease(t.Context(), next.clients, newLock(next.clients, next.cfg), ""); !errors.As(err, &held) {
		t.Errorf("restoring a run that may be alive: %v, want a *HeldError", err)
	}
	report, err := restoreLease(t.Context(), next.clients, newLock(next.clients, next.cfg), "a")
	want := Restored{Run: "a", Done: []string{
		"HorizontalPodAutoscaler scaler has minReplicas 2 and maxReplicas 9 again",
		"Deployment inference has 3 replicas again", "Deployment locust-worker has 2 replicas again",
	}}
	if diff := cmp.Diff(want, report); diff != "" || err != nil {
		t.Errorf("report: %v\n%s", err, diff)
	}
	if diff := cmp.Diff(before, c.hpa()); diff != "" || c.count("inference") != 3 || c.count("locust-worker") != 2 {
		t.Errorf("not as it was: %d and %d replicas\n%s", c.count("inference"), c.count("locust-worker"), diff)
	}
	if report, err := restoreLease(t.Context(), next.clients, newLock(next.clients, next.cfg), ""); err != nil || report.Run != "" {
		t.Errorf("restoring again: %+v, %v", report, err)
	}
}

// TestInheritance: the next run says what it has done for a dead one, and what it left.
func TestInheritance(t *testing.T) {
	c := shop(t)
	dead := acquired(t, c, "dead", nil)
	scaleTo(t, dead, 6)
	if err := dead.Scale(t.Context(), platform.Worker, 5); err != nil {
		t.Fatal(err)
	}
	dead.held.halt()
	c.set("inference", 7)
	c.setLease(func(l *coordinationv1.Lease) { l.Spec.RenewTime = nil })
	next := acquired(t, c, "next", nil)
	var taker platform.Takeover = next
	want := []string{
		"restored after run dead: Deployment locust-worker has 2 replicas again",
		"left as somebody else set it after run dead: Deployment inference has 7 replicas (it was found with 3)",
	}
	if diff := cmp.Diff(want, taker.TakenOver()); diff != "" {
		t.Error(diff)
	}
	var left *platform.LeftError
	if err := next.Release(t.Context()); !errors.As(err, &left) || !cmp.Equal(left.What, []string{"after run dead: Deployment inference has 7 replicas (it was found with 3)"}) {
		t.Errorf("Release: %v, want what was left", err)
	}
	if got := next.TakenOver(); got != nil {
		t.Errorf("after Release: %q", got)
	}
}

// TestTakeoverKeepsTheOriginal is the Job's next pod: it goes on, and restores
// what the first pod has found.
func TestTakeoverKeepsTheOriginal(t *testing.T) {
	c := shop(t)
	before := c.addHPA("inference")
	first := acquired(t, c, "a", pause)
	scaleTo(t, first, 6)
	first.held.halt()
	second := acquired(t, c, "a", pause)
	scaleTo(t, second, 2)
	c.must(second.Release(t.Context()))
	if diff := cmp.Diff(before, c.hpa()); diff != "" || c.count("inference") != 3 {
		t.Errorf("not as it was: %d replicas\n%s", c.count("inference"), diff)
	}
}

func TestUnreadableRecord(t *testing.T) {
	c := shop(t)
	p := acquired(t, c, "a", nil)
	p.held.halt()
	c.setLease(func(l *coordinationv1.Lease) { l.Annotations[targetlock.AnnotationRestore] = "{" })
	err := c.platform(nil).Acquire(t.Context(), platform.Holder{Run: "a"})
	if err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("Acquire: %v, want what to do", err)
	}
}

func (c *fakeCluster) addScaledObject(annotations map[string]any) {
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
		"metadata": map[string]any{"name": "keda", "namespace": testNamespace},
		"spec":     map[string]any{"scaleTargetRef": map[string]any{"name": "inference"}},
	}}
	if annotations != nil {
		o.Object["metadata"].(map[string]any)["annotations"] = annotations //nolint:forcetypeassert // four lines up
	}
	c.must(c.dynamic.Tracker().Create(kubeapi.ScaledObjects(), o, testNamespace))
}

func (c *fakeCluster) scaledObject() map[string]string {
	got, err := c.dynamic.Resource(kubeapi.ScaledObjects()).Namespace(testNamespace).Get(c.t.Context(), "keda", metav1.GetOptions{})
	c.must(err)
	return got.GetAnnotations()
}

func TestKEDAIsHeld(t *testing.T) {
	for name, annotations := range map[string]map[string]any{
		"not paused":     {"other": "x"},
		"already paused": {"other": "x", kubeapi.PausedReplicas: "7"},
	} {
		t.Run(name, func(t *testing.T) {
			c := shop(t)
			c.addScaledObject(annotations)
			before := c.scaledObject()
			c.addHPA("inference") // KEDA's own
			if err := c.platform(nil).Acquire(t.Context(), platform.Holder{Run: "a"}); err == nil || !strings.Contains(err.Error(), "ScaledObject keda") {
				t.Errorf("Acquire without pause: %v", err)
			}
			p := acquired(t, c, "a", pause)
			scaleTo(t, p, 4)
			if got := c.scaledObject()[kubeapi.PausedReplicas]; got != "4" {
				t.Errorf("held at %q", got)
			}
			c.must(p.Release(t.Context()))
			if diff := cmp.Diff(before, c.scaledObject()); diff != "" {
				t.Errorf("not as it was:\n%s", diff)
			}
		})
	}
}
