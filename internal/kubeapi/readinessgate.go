package kubeapi

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// unmetGate describes the readiness gate that alone keeps a pod from being ready, with the
// message of its controller; empty if there is none.
func unmetGate(pod *corev1.Pod) string {
	if c := Condition(pod, corev1.ContainersReady); c == nil || c.Status != corev1.ConditionTrue {
		return ""
	}
	for _, gate := range pod.Spec.ReadinessGates {
		switch c := Condition(pod, gate.ConditionType); {
		case c == nil:
			return fmt.Sprintf("its containers are ready, but nobody has set its readiness gate %s", gate.ConditionType)
		case c.Status != corev1.ConditionTrue:
			return fmt.Sprintf("its containers are ready, but its readiness gate %s is %s%s", gate.ConditionType, c.Status, After(strings.Join(nonEmpty(c.Reason, c.Message), ": ")))
		}
	}
	return ""
}

func nonEmpty(parts ...string) (out []string) {
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}
