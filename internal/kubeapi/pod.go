package kubeapi

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Alive tells whether a pod counts as a replica.
func Alive(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && pod.Status.Phase != corev1.PodFailed && pod.Status.Phase != corev1.PodSucceeded
}

// PodReady tells whether the pod's Ready condition is true.
func PodReady(pod *corev1.Pod) bool {
	c := Condition(pod, corev1.PodReady)
	return c != nil && c.Status == corev1.ConditionTrue
}

// Condition is a pod's condition of one kind; nil where there is none.
func Condition(pod *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == kind {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}

// Restarts is the number of restarts of all containers.
func Restarts(pod *corev1.Pod) int {
	n := 0
	for _, c := range Containers(pod) {
		n += int(c.RestartCount)
	}
	return n
}

// Containers are a pod's containers, init containers first.
func Containers(pod *corev1.Pod) []corev1.ContainerStatus {
	all := make([]corev1.ContainerStatus, 0, len(pod.Status.InitContainerStatuses)+len(pod.Status.ContainerStatuses))
	return append(append(all, pod.Status.InitContainerStatuses...), pod.Status.ContainerStatuses...)
}

// EndOf says how a pod ended, with the reason that its status gives.
func EndOf(pod *corev1.Pod) string {
	cause := pod.Status.Reason // "Evicted"
	message := pod.Status.Message
	if c := Condition(pod, corev1.DisruptionTarget); c != nil && c.Status == corev1.ConditionTrue && cause == "" {
		cause, message = c.Reason, c.Message
	}
	exit := LastExit(pod)
	switch {
	case cause != "":
		return fmt.Sprintf("pod %s: %s%s", pod.Name, cause, After(message))
	case pod.Status.Phase == corev1.PodFailed && exit != "":
		return fmt.Sprintf("pod %s ended: %s", pod.Name, exit)
	}
	return fmt.Sprintf("pod %s was deleted", pod.Name)
}

// After is a message after a colon; empty if the message is.
func After(message string) string {
	if message == "" {
		return ""
	}
	return ": " + message
}

// LastExit describes the latest termination of any of a pod's containers; empty if there was none.
func LastExit(pod *corev1.Pod) string {
	var last *corev1.ContainerStateTerminated
	var name string
	for _, c := range Containers(pod) {
		for _, t := range []*corev1.ContainerStateTerminated{c.LastTerminationState.Terminated, c.State.Terminated} {
			if t == nil || t.ExitCode == 0 && c.RestartCount == 0 {
				continue // an init container that did its work
			}
			if last == nil || last.FinishedAt.Before(&t.FinishedAt) {
				last, name = t, c.Name
			}
		}
	}
	if last == nil {
		return ""
	}
	return exitText(name, last)
}

func exitText(container string, t *corev1.ContainerStateTerminated) string {
	text := fmt.Sprintf("container %s: %s, exit code %d", container, t.Reason, t.ExitCode)
	if t.Signal != 0 {
		text = fmt.Sprintf("container %s: %s, signal %d", container, t.Reason, t.Signal)
	}
	return text + After(t.Message)
}

// Draining tells whether a pod is terminating and has not ended yet.
func Draining(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp != nil && pod.Status.Phase != corev1.PodFailed && pod.Status.Phase != corev1.PodSucceeded
}

// ReplicaID is the pod's name, the beginning of its UID, since StatefulSets reuse names,
// and the number of restarts.
func ReplicaID(pod *corev1.Pod) string {
	uid, _, _ := strings.Cut(string(pod.UID), "-")
	id := pod.Name + "/" + uid
	if n := Restarts(pod); n > 0 {
		id += fmt.Sprintf("+%d", n)
	}
	return id
}
