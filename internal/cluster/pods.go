package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// hopelessReasons are what a container does not get over without help. Back-offs
// are only said once the kubelet has tried more than once.
func hopelessReasons() map[string]bool {
	return map[string]bool{
		"ErrImageNeverPull": true, "InvalidImageName": true, "ImagePullBackOff": true,
		"CreateContainerConfigError": true, "CrashLoopBackOff": true, "RunContainerError": true,
	}
}

// podTrouble says, in the cluster's words, what keeps the pods of a selector from
// being ready. Hopeless means that waiting does not help. A pod that does not fit
// onto any node is not hopeless: a cluster may grow.
func (c *Cluster) podTrouble(ctx context.Context, selector string) (trouble string, hopeless bool, err error) {
	pods, err := c.Client.CoreV1().Pods(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return "", false, fmt.Errorf("listing pods: %w", err)
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.DeletionTimestamp != nil {
			continue
		}
		if text, bad := troubleOf(pod); text != "" {
			trouble, hopeless = fmt.Sprintf("pod %s: %s", pod.Name, text), bad
			if bad {
				return trouble, true, nil
			}
		}
	}
	return trouble, hopeless, nil
}

// noPod says why a Job has no pod at all, as its events do: a quota, Pod Security,
// an account that is missing.
func (c *Cluster) noPod(ctx context.Context, job *batchv1.Job) string {
	pods, err := c.Client.CoreV1().Pods(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "batch.kubernetes.io/job-name=" + job.Name})
	if err != nil || len(pods.Items) > 0 {
		return ""
	}
	events, err := c.Client.CoreV1().Events(c.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.uid=" + string(job.UID)})
	if err != nil {
		return "" // they may be forbidden
	}
	var newest *corev1.Event
	for i := range events.Items {
		e := &events.Items[i]
		if e.InvolvedObject.UID == job.UID && e.Type == corev1.EventTypeWarning && (newest == nil || newest.LastTimestamp.Before(&e.LastTimestamp)) {
			newest = e
		}
	}
	if newest == nil {
		return ""
	}
	return fmt.Sprintf("Job %s has no pod: %s: %s", job.Name, newest.Reason, newest.Message)
}

// driverCode is the exit code of the driver that ended last, where it is one that
// ends a run; otherwise 1.
func (c *Cluster) driverCode(ctx context.Context, job string) int {
	pods, err := c.Client.CoreV1().Pods(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "batch.kubernetes.io/job-name=" + job})
	if err != nil {
		return 1
	}
	var last *corev1.ContainerStateTerminated
	for _, pod := range pods.Items {
		for _, s := range pod.Status.ContainerStatuses {
			if t := s.State.Terminated; t != nil && (last == nil || last.FinishedAt.Before(&t.FinishedAt)) {
				last = t
			}
		}
	}
	if last == nil || !slices.Contains(manifests.FinalExitCodes(), last.ExitCode) {
		return 1
	}
	return int(last.ExitCode)
}

func troubleOf(pod *corev1.Pod) (text string, hopeless bool) {
	for _, cond := range pod.Status.Conditions {
		if cond.Type == corev1.PodScheduled && cond.Status == corev1.ConditionFalse {
			return strings.TrimSpace(cond.Reason + ": " + cond.Message), false
		}
	}
	for _, s := range pod.Status.ContainerStatuses {
		w := s.State.Waiting
		if w == nil || w.Reason == "ContainerCreating" || w.Reason == "" {
			continue
		}
		text := w.Reason
		if w.Message != "" {
			text += ": " + w.Message
		}
		if t := s.LastTerminationState.Terminated; t != nil {
			text += fmt.Sprintf(" (last exit code %d)", t.ExitCode)
		}
		return text, hopelessReasons()[w.Reason]
	}
	return "", false
}

// readyPod names a pod of a Deployment that receives traffic.
func (c *Cluster) readyPod(ctx context.Context, d *appsv1.Deployment) (string, error) {
	pods, err := c.Client.CoreV1().Pods(c.Namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)})
	if err != nil {
		return "", fmt.Errorf("listing pods: %w", err)
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		for _, cond := range pod.Status.Conditions {
			if cond.Type == corev1.PodReady && cond.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil {
				return pod.Name, nil
			}
		}
	}
	return "", errors.New("no pod of Deployment " + d.Name + " is ready")
}
