package runstest

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// DriverPod makes a pod of a Job whose driver's container is in a state; beside are other
// containers, by name.
func DriverPod(t *testing.T, client kubernetes.Interface, job, name string, state corev1.ContainerState, beside ...corev1.ContainerStatus) {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, UID: types.UID(name), CreationTimestamp: metav1.Now(), Labels: map[string]string{"batch.kubernetes.io/job-name": job},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: append(beside, corev1.ContainerStatus{Name: "driver", State: state})},
	}
	if state.Terminated != nil && len(beside) == 0 {
		pod.Status.Phase = corev1.PodFailed
	}
	if _, err := client.CoreV1().Pods(Namespace).Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// Terminated is a container that ended at a second.
func Terminated(code int32, at int64) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: metav1.Unix(at, 0)}}
}

// Waiting is a container that does not run.
func Waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

// Running is a container that has just started.
func Running() corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}
}

// Mesh is a container that somebody has put beside the driver.
func Mesh(state corev1.ContainerState) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: "mesh", State: state}
}
