package kubeapi

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// PodKind is what keeps a pod from being ready.
type PodKind int

// The kinds. Starting includes a pod that runs and whose readiness probe has not succeeded.
const (
	Ready PodKind = iota
	Starting
	Unschedulable
	Waits
	// Gated means that a readiness gate is not met.
	Gated
)

// Diagnosis is why a pod is not ready, as far as its status tells. All messages about
// pods take their text from here.
type Diagnosis struct {
	Kind PodKind
	// Text names the pod; empty when it is ready.
	Text string
	// Reason and Container are those of a container that waits.
	Reason, Container string
	// AlwaysStuck means that the pod is stuck whatever its history. Stuck judges what depends
	// on the history, too.
	AlwaysStuck bool

	Restarts int32
}

// Diagnose looks at one pod.
func Diagnose(pod *corev1.Pod) Diagnosis {
	if message := WhyUnschedulable(pod); message != "" {
		return Diagnosis{Kind: Unschedulable, Text: fmt.Sprintf("pod %s cannot be scheduled: %s", pod.Name, message)}
	}
	for i, c := range Containers(pod) {
		if c.State.Waiting == nil || !interesting(c.State.Waiting.Reason) {
			continue
		}
		if i < len(pod.Status.InitContainerStatuses) {
			return diagnoseWaiting(pod, c, "init container")
		}
		return diagnoseWaiting(pod, c, "container")
	}
	if PodReady(pod) {
		return Diagnosis{Kind: Ready}
	}
	if gate := unmetGate(pod); gate != "" {
		return Diagnosis{Kind: Gated, Text: fmt.Sprintf("pod %s: %s", pod.Name, gate)}
	}
	return Diagnosis{Kind: Starting, Text: fmt.Sprintf("pod %s: %s", pod.Name, stageOf(pod))}
}

func diagnoseWaiting(pod *corev1.Pod, c corev1.ContainerStatus, what string) Diagnosis {
	w := c.State.Waiting
	d := Diagnosis{
		Kind: Waits, Reason: w.Reason, Container: c.Name, Restarts: c.RestartCount,
		Text:        fmt.Sprintf("pod %s: %s %s: %s%s", pod.Name, what, c.Name, w.Reason, After(w.Message)),
		AlwaysStuck: needsFix()[w.Reason] || pulls(w.Reason) && refusedPull(w.Message),
	}
	if exit := LastExit(pod); w.Reason == crashLoop && exit != "" {
		d.Text += " (" + exit + ")"
	}
	return d
}

// crashLoop is the reason of a container that keeps ending soon after its restart.
const crashLoop = "CrashLoopBackOff"

// CrashLoops tells whether a container of the pod keeps ending.
func (d Diagnosis) CrashLoops() bool { return d.Reason == crashLoop }

// BacksOffPulling tells whether an image could not be pulled and is tried again ever
// more seldom.
func (d Diagnosis) BacksOffPulling() bool { return d.Reason == "ImagePullBackOff" }

// needsFix are the reasons of a waiting container that somebody has to fix.
func needsFix() map[string]bool {
	return map[string]bool{
		"InvalidImageName":           true,
		"ErrImageNeverPull":          true,
		"CreateContainerConfigError": true,
	}
}

// interesting leaves out the reasons that only say that the container starts.
func interesting(reason string) bool {
	return reason != "" && reason != "ContainerCreating" && reason != "PodInitializing"
}

// pulls tells whether a container waits because its image could not be pulled; the kubelet
// alternates between these two reasons.
func pulls(reason string) bool { return reason == "ErrImagePull" || reason == "ImagePullBackOff" }

// refusedPull recognizes a registry's definite answers: there is no such image, or access
// to it is denied.
func refusedPull(message string) bool {
	for _, answer := range []string{"not found", "unauthorized", "denied", "invalid reference"} {
		if strings.Contains(strings.ToLower(message), answer) {
			return true
		}
	}
	return false
}

// WhyUnschedulable returns the scheduler's message, or nothing.
func WhyUnschedulable(pod *corev1.Pod) string {
	c := Condition(pod, corev1.PodScheduled)
	if c == nil || c.Status != corev1.ConditionFalse || c.Reason != corev1.PodReasonUnschedulable {
		return ""
	}
	if c.Message == "" {
		return "no node fits"
	}
	return c.Message
}

// stageOf says how far a pod has got in starting.
func stageOf(pod *corev1.Pod) string {
	switch c := Condition(pod, corev1.PodScheduled); {
	case c == nil || c.Status != corev1.ConditionTrue:
		return "not scheduled yet"
	case pod.Status.Phase == corev1.PodPending:
		return "its containers are being created"
	}
	return "running, not ready yet"
}
