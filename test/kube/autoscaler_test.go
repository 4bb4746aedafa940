//go:build cluster

package kube

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// addAutoscaler puts a HorizontalPodAutoscaler on the target.
func (l *lab) addAutoscaler() *autoscalingv2.HorizontalPodAutoscaler {
	l.t.Helper()
	hpa, err := l.client.AutoscalingV2().HorizontalPodAutoscalers(l.ns).Create(l.t.Context(), &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{
			Name: "inference", Labels: map[string]string{"team": "forecasting"}, Annotations: map[string]string{"note": "do not touch"},
		},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "inference"},
			MinReplicas:    ptr(int32(original)), MaxReplicas: 7,
			Metrics: []autoscalingv2.MetricSpec{{
				Type: autoscalingv2.ResourceMetricSourceType,
				Resource: &autoscalingv2.ResourceMetricSource{
					Name:   corev1.ResourceCPU,
					Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: quantity("500m")},
				},
			}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		l.t.Fatal(err)
	}
	return hpa
}

func (l *lab) autoscaler() *autoscalingv2.HorizontalPodAutoscaler {
	l.t.Helper()
	hpa, err := l.client.AutoscalingV2().HorizontalPodAutoscalers(l.ns).Get(l.t.Context(), "inference", metav1.GetOptions{})
	if err != nil {
		l.t.Fatal(err)
	}
	return hpa
}

// TestAutoscalerRefused names the autoscaler and what to do, from here and in a Job.
func TestAutoscalerRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{})
	before := l.addAutoscaler()
	const said = "set spec.target.autoscaler: pause"
	l.refused(1, said, "plan", "--cluster")
	l.refused(1, said, "run")
	l.refused(1, said, "all")
	if diff := cmp.Diff(before.Spec, l.autoscaler().Spec); diff != "" {
		t.Errorf("the autoscaler was changed:\n%s", diff)
	}
	l.wantRestored()
}

// TestAutoscalerPaused holds the autoscaler at each scenario's count and puts it back.
func TestAutoscalerPaused(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{autoscaler: "pause", replicas: "[1, 2]"})
	before := l.addAutoscaler()
	c := l.start("all", "--json", "--out", "out")
	for i, want := range []int32{1, 2} {
		c.awaitMeasuring(i + 1)
		eventually(t, time.Minute, "the autoscaler's hold", func() error {
			spec := l.autoscaler().Spec
			if *spec.MinReplicas != want || spec.MaxReplicas != want {
				return fmt.Errorf("min %d, max %d, want %d", *spec.MinReplicas, spec.MaxReplicas, want)
			}
			return nil
		})
	}
	if code := c.wait(3 * time.Minute); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, c.errors())
	}
	l.wantSuccess(l.journal("out"), 2)
	after := l.autoscaler()
	for what, pair := range map[string][2]any{
		"spec": {before.Spec, after.Spec}, "labels": {before.Labels, after.Labels}, "annotations": {before.Annotations, after.Annotations},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("the autoscaler's %s are not as before:\n%s", what, diff)
		}
	}
	l.wantRestored()
}
