package driver

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// StateOf is the state of the driver's container; empty if the kubelet has not reported it.
func StateOf(pod *corev1.Pod) corev1.ContainerState {
	for _, s := range pod.Status.ContainerStatuses {
		if s.Name == manifests.DriverContainer {
			return s.State
		}
	}
	return corev1.ContainerState{}
}

// PhaseOver tells whether all of a pod's containers have terminated or will never run.
func PhaseOver(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// Over tells whether the driver in a pod has ended, whatever other containers do.
func Over(pod *corev1.Pod) bool { return PhaseOver(pod) || StateOf(pod).Terminated != nil }

// Conclusive tells whether a driver's exit code ends its run.
func Conclusive(code int32) bool {
	return code == 0 || slices.Contains(manifests.FinalExitCodes(), code)
}
