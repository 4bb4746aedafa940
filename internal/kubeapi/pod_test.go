package kubeapi

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestEndOf(t *testing.T) {
	tests := map[string]struct {
		edit func(*corev1.Pod)
		want string
	}{
		"deleted": {func(*corev1.Pod) {}, "pod a was deleted"},
		"preempted": {func(p *corev1.Pod) {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
				Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "PreemptionByScheduler", Message: "preempting",
			})
		}, "pod a: PreemptionByScheduler: preempting"},
		"failed": {func(p *corev1.Pod) {
			p.Status.Phase = corev1.PodFailed
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "model", State: corev1.ContainerState{
				Terminated: &corev1.ContainerStateTerminated{Reason: "Error", ExitCode: 2},
			}}}
		}, "pod a ended: container model: Error, exit code 2"},
	}
	for name, test := range tests {
		if got := EndOf(serving(test.edit)); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
