package driver

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

func TestPodIsOver(t *testing.T) {
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 75}}
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	exp := testExperiment(t, "")
	client := deployed(t, exp)
	for _, tt := range []struct {
		name         string
		phase        corev1.PodPhase
		driver, mesh corev1.ContainerState
		want         bool
	}{
		{name: "running", phase: corev1.PodRunning},
		{name: "pending", phase: corev1.PodPending},
		{name: "failed", phase: corev1.PodFailed, want: true},
		{name: "succeeded", phase: corev1.PodSucceeded, want: true},
		{name: "outlived by another container", phase: corev1.PodRunning, driver: ended, mesh: running, want: true},
		{name: "alone", phase: corev1.PodRunning, driver: running, mesh: ended},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: tt.name, UID: types.UID("u")}, Status: corev1.PodStatus{
			Phase: tt.phase, ContainerStatuses: []corev1.ContainerStatus{{Name: "mesh", State: tt.mesh}, {Name: "driver", State: tt.driver}},
		}}
		if _, err := client.CoreV1().Pods("ns").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := newDriver(client, exp).podIsOver(t.Context(), tt.name+"/u"); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	d := newDriver(client, exp)
	if !d.podIsOver(t.Context(), "running/another") || !d.podIsOver(t.Context(), "gone/u") {
		t.Error("a pod that is gone is not over")
	}
}

// TestConclusive: every verdict ends the run, one that is too close to call as well, and no
// pod measures it again; a pod that was killed, or that cannot go on, is followed by another.
func TestConclusive(t *testing.T) {
	for code, want := range map[int32]bool{0: true, exitFailed: true, 2: true, exitGate: true, 4: true, exitClose: true, manifests.ExitTryAgain: false, 137: false, 143: false} {
		if got := Conclusive(code); got != want {
			t.Errorf("exit code %d ends the run: %v, want %v", code, got, want)
		}
	}
	if got := ExitOf(t.Context(), nil, exitClose); got != (Exit{exitClose, true}) {
		t.Errorf("a run that is too close to call ends in %+v", got)
	}
}
