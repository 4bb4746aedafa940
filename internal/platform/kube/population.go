package kube

import (
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// population remembers of the pods of a role what the pods themselves do not
// tell: whose successor one is, and whether it has ever been ready.
type population struct {
	// wanted is the number of pods that there should be.
	wanted func() int

	mu      sync.Mutex
	members map[types.UID]*member
	// orphans are ends that nobody wanted and that have no successor yet.
	orphans []ending
}

// member is what is remembered of one pod.
type member struct {
	// inherited is from its predecessors.
	inherited ending
	wasReady  bool
	ended     bool
	// unschedulable is since when it has been, by our clock; zero when it is not.
	unschedulable time.Time
	// unpulled is since when an image of it could not be pulled; zero when none was tried in vain.
	unpulled time.Time
}

// ending is an end that nobody wanted, after how many restarts.
type ending struct {
	restarts int
	cause    string
}

func newPopulation(wanted func() int) *population {
	return &population{wanted: wanted, members: map[types.UID]*member{}}
}

// changed is told of every change of a pod, in order.
func (p *population) changed(before, after metav1.Object, first bool) {
	old, _ := before.(*corev1.Pod)
	pod, _ := after.(*corev1.Pod)
	p.mu.Lock()
	defer p.mu.Unlock()
	if pod == nil {
		if m := p.members[old.UID]; m != nil {
			p.end(m, old)
			delete(p.members, old.UID)
		}
		return
	}
	m := p.members[pod.UID]
	if m == nil {
		m = &member{}
		p.members[pod.UID] = m
		if first {
			m.ended = !alive(pod)
		} else if alive(pod) {
			p.succeed(m)
		}
	}
	m.wasReady = m.wasReady || podReady(pod)
	since(&m.unschedulable, unschedulable(pod) != "")
	since(&m.unpulled, unpulled(pod))
	if !alive(pod) {
		p.end(m, pod)
	}
}

// since keeps the time from which on something has been so.
func since(begin *time.Time, so bool) {
	switch {
	case !so:
		*begin = time.Time{}
	case begin.IsZero():
		*begin = time.Now()
	}
}

func unpulled(pod *corev1.Pod) bool {
	return slices.ContainsFunc(containers(pod), func(c corev1.ContainerStatus) bool {
		return c.State.Waiting != nil && pulls(c.State.Waiting.Reason)
	})
}

// end books the end of a pod, unless it was one too many.
func (p *population) end(m *member, pod *corev1.Pod) {
	if m.ended {
		return
	}
	m.ended = true
	left := 0
	for _, other := range p.members {
		if !other.ended {
			left++
		}
	}
	if left < p.wanted() {
		p.orphans = append(p.orphans, ending{restarts: m.inherited.restarts + restarts(pod) + 1, cause: endOf(pod)})
	}
}

// succeed makes a new pod the successor of the one that ended first.
func (p *population) succeed(m *member) {
	if len(p.orphans) > 0 {
		m.inherited = p.orphans[0]
		p.orphans = p.orphans[1:]
	}
}

// of returns what is remembered of a pod.
func (p *population) of(uid types.UID) member {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := p.members[uid]; m != nil {
		return *m
	}
	return member{}
}

// alive tells whether a pod counts as a replica.
func alive(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && pod.Status.Phase != corev1.PodFailed && pod.Status.Phase != corev1.PodSucceeded
}

func podReady(pod *corev1.Pod) bool {
	c := condition(pod, corev1.PodReady)
	return c != nil && c.Status == corev1.ConditionTrue
}

func condition(pod *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == kind {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}

// restarts counts over all containers.
func restarts(pod *corev1.Pod) int {
	n := 0
	for _, c := range containers(pod) {
		n += int(c.RestartCount)
	}
	return n
}

func containers(pod *corev1.Pod) []corev1.ContainerStatus {
	all := make([]corev1.ContainerStatus, 0, len(pod.Status.InitContainerStatuses)+len(pod.Status.ContainerStatuses))
	return append(append(all, pod.Status.InitContainerStatuses...), pod.Status.ContainerStatuses...)
}

// endOf says how a pod ended, in the cluster's words.
func endOf(pod *corev1.Pod) string {
	cause := pod.Status.Reason // "Evicted"
	message := pod.Status.Message
	if c := condition(pod, corev1.DisruptionTarget); c != nil && c.Status == corev1.ConditionTrue && cause == "" {
		cause, message = c.Reason, c.Message
	}
	exit := lastExit(pod)
	switch {
	case cause != "":
		return fmt.Sprintf("pod %s: %s%s", pod.Name, cause, after(message))
	case pod.Status.Phase == corev1.PodFailed && exit != "":
		return fmt.Sprintf("pod %s ended: %s", pod.Name, exit)
	}
	return fmt.Sprintf("pod %s was deleted", pod.Name)
}

func after(message string) string {
	if message == "" {
		return ""
	}
	return ": " + message
}

// lastExit describes the last end of any container of a pod; empty when there was none.
func lastExit(pod *corev1.Pod) string {
	var last *corev1.ContainerStateTerminated
	var name string
	for _, c := range containers(pod) {
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
	return text + after(t.Message)
}
