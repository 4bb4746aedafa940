package cluster

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// driverState is how the driver's container stands; empty where the kubelet has not said.
func driverState(pod *corev1.Pod) corev1.ContainerState {
	for _, s := range pod.Status.ContainerStatuses {
		if s.Name == manifests.DriverContainer {
			return s.State
		}
	}
	return corev1.ContainerState{}
}

// phaseOver tells whether all of a pod's containers have ended, or will never run.
func phaseOver(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// driverOver tells whether no driver runs in a pod any more, whatever else does.
func driverOver(pod *corev1.Pod) bool { return phaseOver(pod) || driverState(pod).Terminated != nil }

// conclusive tells whether a driver's exit code ends its run.
func conclusive(code int32) bool {
	return code == 0 || slices.Contains(manifests.FinalExitCodes(), code)
}
