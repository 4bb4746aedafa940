package runs

import (
	"context"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

const (
	// staleAfter is after how long without an update a driver is unresponsive; it publishes
	// every few seconds.
	staleAfter = time.Minute
	// firstWord is how long a running driver may take to its first update, which it sends as
	// soon as it reaches the API server.
	firstWord = 15 * time.Second
)

// podStory reports the ends of a run's pods, each once.
type podStory struct {
	// alive are the names of the pods whose end has not been reported.
	alive map[types.UID]string
	ended map[types.UID]bool
}

// told reports the pods whose driver has ended without ending the run.
func (s *podStory) told(ctx context.Context, r *Runs, pods []corev1.Pod) (news []string) {
	if s.alive == nil {
		s.alive, s.ended = map[types.UID]string{}, map[types.UID]bool{}
	}
	there := map[types.UID]bool{}
	for i := range pods {
		pod := &pods[i]
		there[pod.UID] = true
		if s.ended[pod.UID] {
			continue
		}
		s.alive[pod.UID] = pod.Name
		if driver.Over(pod) {
			delete(s.alive, pod.UID)
			s.ended[pod.UID] = true
			if text := wentText(pod); text != "" {
				news = append(news, withLines(text, r.driverLines(ctx, pod)))
			}
		}
	}
	for uid, name := range s.alive {
		if !there[uid] {
			delete(s.alive, uid)
			news = append(news, fmt.Sprintf("pod %s is gone", name))
		}
	}
	return news
}

// wentText says how a pod's driver ended; empty if it ended the run, which is reported
// elsewhere.
func wentText(pod *corev1.Pod) string {
	t := driver.StateOf(pod).Terminated
	if t == nil {
		text := fmt.Sprintf("pod %s is %s", pod.Name, pod.Status.Phase)
		for _, more := range []string{pod.Status.Reason, pod.Status.Message} { // of an eviction, for one
			if more != "" {
				text += ": " + more
			}
		}
		return text
	}
	if driver.Conclusive(t.ExitCode) {
		return ""
	}
	text := fmt.Sprintf("the driver in pod %s ended with exit code %d", pod.Name, t.ExitCode)
	switch {
	case t.ExitCode == manifests.ExitTryAgain:
		return text + ", so that the next pod continues the run"
	case t.Reason != "" && t.Reason != "Error":
		return fmt.Sprintf("%s (%s)", text, t.Reason)
	}
	return text
}

// silence measures for how long the driver has been unresponsive.
type silence struct {
	// mark identifies the last sign of life, which was seen at since.
	mark  string
	since time.Time
	// told is when the silence was last reported.
	told time.Time
}

// silence says if the driver is unresponsive. It counts from the start of the Job or pod, and
// not from a first update, which may never come.
func (m *monitor) silence(ctx context.Context, job *batchv1.Job, status driver.Status, pods []corev1.Pod) string {
	pod := newest(pods)
	unresponsive := pod != nil && driver.StateOf(pod).Running != nil && (status.Run != m.run || status.Pod != pod.Name)
	mark, patience := m.mark(status, pod, unresponsive), staleAfter
	if unresponsive {
		patience = firstWord
	}
	now := time.Now()
	if mark != m.quiet.mark {
		m.quiet = silence{mark: mark, since: now}
	}
	if now.Sub(m.quiet.since) < patience || now.Sub(m.quiet.told) < staleAfter {
		return ""
	}
	m.quiet.told = now
	if unresponsive || pod != nil && driver.StateOf(pod).Running != nil {
		return withLines(m.lastHeard(job, status, pod, unresponsive), m.runs.driverLines(ctx, pod))
	}
	return m.lastHeard(job, status, pod, unresponsive) + "; " + podText(job, pod)
}

// mark changes with every sign of life.
func (m *monitor) mark(status driver.Status, pod *corev1.Pod, unresponsive bool) string {
	mark := "its Job began"
	if status.Run == m.run {
		mark = status.Updated.String()
	}
	if pod != nil {
		mark += fmt.Sprint(pod.UID, pod.Name, unresponsive)
	}
	return mark
}

func (m *monitor) lastHeard(job *batchv1.Job, status driver.Status, pod *corev1.Pod, unresponsive bool) string {
	switch {
	case unresponsive:
		return fmt.Sprintf("the driver in pod %s has not reported anything since it started at %s",
			pod.Name, driver.StateOf(pod).Running.StartedAt.Local().Format(time.TimeOnly))
	case status.Run == m.run:
		return "the driver has not reported anything since " + status.Updated.Local().Format(time.TimeOnly)
	}
	return "the driver has not reported anything since its Job was created at " + job.CreationTimestamp.Local().Format(time.TimeOnly)
}

// podText says what there is instead of a running driver.
func podText(job *batchv1.Job, pod *corev1.Pod) string {
	switch {
	case job.Spec.Suspend != nil && *job.Spec.Suspend:
		return fmt.Sprintf("Job %s is suspended", job.Name)
	case pod == nil:
		return "it has no pod yet"
	case driver.Over(pod):
		return "the next pod has not been created yet"
	}
	text := fmt.Sprintf("pod %s is %s", pod.Name, pod.Status.Phase)
	for _, s := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if w := s.State.Waiting; w != nil && w.Reason != "" {
			return fmt.Sprintf("%s (%s: %s)", text, s.Name, w.Reason)
		}
	}
	return text
}
