package kube

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// trouble is why a role does not become ready.
type trouble struct {
	text string
	// fatal means that waiting longer is pointless.
	fatal bool
	// crashed names a container whose last output would tell more.
	crashed *container
}

type container struct {
	pod      *corev1.Pod
	name     string
	restarts int32
}

// createGrace is how long after a change of the count what is seen may be left
// over from before it.
const createGrace = 2 * time.Second

// troubles are those of a whole role, fatal ones first.
func (s *snapshot) troubles() []trouble {
	var all []trouble
	if t := s.refused(); t.text != "" {
		all = append(all, t)
	}
	for _, pod := range s.pods {
		if kubeapi.Alive(pod) && !s.ready(pod) {
			all = append(all, s.podTrouble(pod))
		}
	}
	s.pardon(all)
	slices.SortStableFunc(all, func(a, b trouble) int {
		switch {
		case a.fatal == b.fatal:
			return 0
		case a.fatal:
			return -1
		}
		return 1
	})
	return all
}

// pardon takes back what is fatal while the change that was asked for last is not
// carried out yet, and for as many pods as are too many: they are about to go.
func (s *snapshot) pardon(all []trouble) {
	surplus := s.surplus()
	early := s.observed < s.generation || s.now.Sub(s.asked) <= createGrace
	for i := range all {
		if all[i].fatal && (early || surplus > 0) {
			all[i].fatal = false
			surplus--
		}
	}
}

// surplus is how many pods are too many. Those of a rollout are not.
func (s *snapshot) surplus() int {
	if s.updated >= 0 && s.updated < s.wanted {
		return 0
	}
	return s.alive() - s.wanted
}

// refused finds that the API server will not let the pods be created: a quota, a
// policy. A Deployment tells it in a condition, others by an event only. While
// pods are going, room may still appear.
func (s *snapshot) refused() trouble {
	if s.alive() >= s.wanted {
		return trouble{}
	}
	text := s.failure
	if e := s.failedCreate(); e != nil {
		text = e.Message
	}
	if text == "" {
		return trouble{}
	}
	return trouble{text: text, fatal: s.draining() == 0 && strings.Contains(text, "forbidden") && !passing(text)}
}

// passing tells the refusals that only say that admission is not ready itself
// (Kubernetes: plugin/pkg/admission; apiserver/pkg/admission/plugin/resourcequota).
func passing(refusal string) bool {
	return strings.Contains(refusal, "not yet ready to handle request") || strings.Contains(refusal, "status unknown for quota")
}

// failedCreate returns the newest event of that kind about the workload, unless it
// did create a pod since.
func (s *snapshot) failedCreate() *corev1.Event {
	var last *corev1.Event
	for _, e := range s.events {
		creates := e.Reason == "FailedCreate" || e.Reason == "SuccessfulCreate"
		if creates && e.InvolvedObject.Name == s.name && (last == nil || kubeapi.Older(last.ResourceVersion, e.ResourceVersion)) {
			last = e
		}
	}
	if last == nil || last.Reason != "FailedCreate" {
		return nil
	}
	if at := last.LastTimestamp; !at.IsZero() && slices.ContainsFunc(s.pods, func(pod *corev1.Pod) bool { return pod.CreationTimestamp.After(at.Time) }) {
		return nil
	}
	return last
}

// podTrouble says why a pod is not ready: what the pod itself tells, judged by what is
// remembered of it.
func (s *snapshot) podTrouble(pod *corev1.Pod) trouble {
	d := kubeapi.Diagnose(pod)
	switch d.Kind {
	case kubeapi.Unschedulable:
		return s.unschedulable(pod, d)
	case kubeapi.Waits:
		return s.waiting(pod, d)
	case kubeapi.Ready:
		return trouble{text: fmt.Sprintf("pod %s is ready, but not among the endpoints of Service %s", pod.Name, s.service)}
	}
	if e := s.lastEvent(pod, "Unhealthy"); e != nil && d.Kind != kubeapi.Gated {
		return trouble{text: fmt.Sprintf("pod %s: %s", pod.Name, e.Message)}
	}
	return trouble{text: d.Text}
}

// waiting judges a container that is held up.
func (s *snapshot) waiting(pod *corev1.Pod, d kubeapi.Diagnosis) trouble {
	past := s.members[pod.UID].Past
	if !past.Unpulled.IsZero() && past.Unpulled.Before(s.asked) {
		past.Unpulled = s.asked // before that it was no matter of ours
	}
	t := trouble{text: d.Text, fatal: d.Hopeless(past, s.now)}
	if d.CrashLoops() {
		t.crashed = &container{pod: pod, name: d.Container, restarts: d.Restarts}
	}
	return t
}

// deafness is how much longer an unschedulable pod is waited for without events,
// which would tell whether a node is coming.
const deafness = 6

// unschedulable waits a moment for the scheduler to find room, for pods that are
// going to make some, and for an autoscaler of nodes that says it will: the cluster
// autoscaler by TriggeredScaleUp, Karpenter by Nominated.
func (s *snapshot) unschedulable(pod *corev1.Pod, d kubeapi.Diagnosis) trouble {
	t := trouble{text: d.Text}
	if s.lastEvent(pod, "TriggeredScaleUp") != nil || s.lastEvent(pod, "Nominated") != nil {
		t.text += " (a node was asked for)"
		return t
	}
	grace := s.grace
	if s.deaf {
		grace *= deafness
	}
	t.fatal = s.lasts(s.members[pod.UID].Unschedulable, grace) && s.draining() == 0 && pod.Status.NominatedNodeName == ""
	return t
}

// lasts tells whether something has been so for longer than d, counted from when
// we last asked for a count: before that it was no matter of ours.
func (s *snapshot) lasts(since time.Time, d time.Duration) bool {
	if since.IsZero() {
		return false
	}
	if since.Before(s.asked) {
		since = s.asked
	}
	return s.now.Sub(since) > d
}

// lastEvent returns the newest event about a pod.
func (s *snapshot) lastEvent(pod *corev1.Pod, reason string) *corev1.Event {
	var last *corev1.Event
	for _, e := range s.events {
		if e.InvolvedObject.UID == pod.UID && e.Reason == reason && (last == nil || kubeapi.Older(last.ResourceVersion, e.ResourceVersion)) {
			last = e
		}
	}
	return last
}
