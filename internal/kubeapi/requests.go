package kubeapi

import corev1 "k8s.io/api/core/v1"

// CPURequests is what pods request together, in cores, as a HorizontalPodAutoscaler adds it up:
// over the containers and the sidecars among the init containers. It is 0 if one of them
// requests none, since the autoscaler then gives up on the share.
func CPURequests(pods []*corev1.Pod) float64 {
	sum := 0.
	for _, pod := range pods {
		for _, c := range longRunning(pod) {
			q, ok := c.Resources.Requests[corev1.ResourceCPU]
			if !ok || q.IsZero() {
				return 0
			}
			sum += q.AsApproximateFloat64()
		}
	}
	return sum
}

// longRunning are the containers that run as long as the pod.
func longRunning(pod *corev1.Pod) []corev1.Container {
	all := append([]corev1.Container(nil), pod.Spec.Containers...)
	for _, c := range pod.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			all = append(all, c)
		}
	}
	return all
}
