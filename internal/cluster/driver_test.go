package cluster

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestPodIsOver(t *testing.T) {
	c, client := fakeCluster(t)
	for _, tt := range []struct {
		phase corev1.PodPhase
		want  bool
	}{{corev1.PodRunning, false}, {corev1.PodPending, false}, {corev1.PodFailed, true}, {corev1.PodSucceeded, true}} {
		name := strings.ToLower(string(tt.phase))
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("u")}, Status: corev1.PodStatus{Phase: tt.phase}}
		if _, err := client.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := c.podIsOver(t.Context(), name+"/u"); got != tt.want {
			t.Errorf("%s: %v", tt.phase, got)
		}
	}
	// The driver has ended, and something else in its pod has not.
	driverPod(t, client, &Submitted{Name: "j"}, "outlived", terminated(75, 1), mesh(running()))
	driverPod(t, client, &Submitted{Name: "j"}, "alone", running(), mesh(terminated(1, 1)))
	if !c.podIsOver(t.Context(), "outlived/outlived") || c.podIsOver(t.Context(), "alone/alone") {
		t.Error("another container was taken for the driver's")
	}
	if !c.podIsOver(t.Context(), "running/another") || !c.podIsOver(t.Context(), "gone/u") {
		t.Error("a pod that is gone is not over")
	}
}
