package runs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// A pod, and so its Job, ends with the last of its containers. An injected sidecar may never
// end, so that the driver's end is read from its own container.

// jobPods lists a Job's pods, the oldest first.
func (r *Runs) jobPods(ctx context.Context, job string) ([]corev1.Pod, error) {
	list, err := r.client.CoreV1().Pods(r.namespace).List(ctx, metav1.ListOptions{LabelSelector: batchv1.JobNameLabel + "=" + job})
	if err != nil {
		return nil, fmt.Errorf("listing the pods of Job %s: %w", job, kubeapi.Explain(err))
	}
	slices.SortStableFunc(list.Items, func(a, b corev1.Pod) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return list.Items, nil
}

// survivors names the containers that keep a pod running although its driver has ended.
func survivors(pod *corev1.Pod) (names []string) {
	if driver.PhaseOver(pod) || driver.StateOf(pod).Terminated == nil {
		return nil
	}
	for _, s := range pod.Status.ContainerStatuses {
		if s.State.Terminated == nil {
			names = append(names, s.Name)
		}
	}
	return names
}

// notEnded says why a pod has not ended: "pod x is kept running by container y".
func notEnded(pod *corev1.Pod) string {
	names := survivors(pod)
	switch len(names) {
	case 0:
		return fmt.Sprintf("pod %s is still %s", pod.Name, pod.Status.Phase)
	case 1:
		return fmt.Sprintf("pod %s is kept running by container %s", pod.Name, names[0])
	}
	return fmt.Sprintf("pod %s is kept running by containers %s", pod.Name, strings.Join(names, ", "))
}

// newest is the pod that was created last; nil when there is none.
func newest(pods []corev1.Pod) *corev1.Pod {
	if len(pods) == 0 {
		return nil
	}
	return &pods[len(pods)-1]
}

// lastDriver is the driver's container that ended last, and its pod.
func lastDriver(pods []corev1.Pod) (pod *corev1.Pod, end *corev1.ContainerStateTerminated) {
	for i := range pods {
		if t := driver.StateOf(&pods[i]).Terminated; t != nil && (end == nil || !t.FinishedAt.Before(&end.FinishedAt)) {
			pod, end = &pods[i], t
		}
	}
	return pod, end
}

// concluded is the newest pod if its driver has ended the run, but another container keeps
// the pod, and so the Job, from ending.
func concluded(pods []corev1.Pod) (pod *corev1.Pod, end *corev1.ContainerStateTerminated) {
	pod = newest(pods)
	if pod == nil || len(survivors(pod)) == 0 {
		return nil, nil
	}
	end = driver.StateOf(pod).Terminated
	if !driver.Conclusive(end.ExitCode) {
		return nil, nil
	}
	return pod, end
}

// stranded is the newest pod if its driver left the run to the next pod, but another
// container keeps the pod from ending, so that the Job starts no next one.
func stranded(pods []corev1.Pod) *corev1.Pod {
	pod := newest(pods)
	if pod == nil || len(survivors(pod)) == 0 || driver.Conclusive(driver.StateOf(pod).Terminated.ExitCode) {
		return nil
	}
	return pod
}

// driverLines are the last lines of a driver's output. Those of a failed one are in its
// pod's status; others take the right to read logs.
func (r *Runs) driverLines(ctx context.Context, pod *corev1.Pod) string {
	if t := driver.StateOf(pod).Terminated; t != nil && strings.TrimSpace(t.Message) != "" {
		return tail(t.Message)
	}
	return tail(kubeapi.LogTail(ctx, r.client, r.namespace, pod.Name, manifests.DriverContainer, false))
}

// tail is the end of a text, indented under a message.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	lines = lines[max(0, len(lines)-kubeapi.LogLines):]
	if len(lines) == 1 && lines[0] == "" {
		return ""
	}
	return "\n    " + strings.Join(lines, "\n    ")
}

// withLines appends a driver's last lines to a sentence.
func withLines(text, lines string) string {
	if lines == "" {
		return text
	}
	return text + "; its last lines:" + lines
}

// noPod says why a Job has no pod, by its events: a quota, Pod Security, a missing
// ServiceAccount.
func (r *Runs) noPod(ctx context.Context, job *batchv1.Job, pods []corev1.Pod) string {
	last := newest(pods)
	if last != nil && !driver.PhaseOver(last) {
		return ""
	}
	events, err := r.client.CoreV1().Events(r.namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.uid=" + string(job.UID)})
	if err != nil {
		return "" // they may be forbidden
	}
	var why *corev1.Event
	for i := range events.Items {
		e := &events.Items[i]
		if e.InvolvedObject.UID == job.UID && e.Type == corev1.EventTypeWarning && (why == nil || why.LastTimestamp.Before(&e.LastTimestamp)) {
			why = e
		}
	}
	if why == nil || last != nil && why.LastTimestamp.Before(&last.CreationTimestamp) {
		return "" // or it was fixed: a pod came after it
	}
	return fmt.Sprintf("Job %s has no pod: %s: %s", job.Name, why.Reason, why.Message)
}
