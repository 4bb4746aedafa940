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
	// stuck means that waiting longer does not help.
	stuck bool
	// crashed names a container whose last output would tell more.
	crashed *container
}

type container struct {
	pod      *corev1.Pod
	name     string
	restarts int32
}

// createGrace is how long after scaling the observed state may still be from before.
const createGrace = 2 * time.Second

// troubles are those of a whole role, those that are stuck first.
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
		case a.stuck == b.stuck:
			return 0
		case a.stuck:
			return -1
		}
		return 1
	})
	return all
}

// pardon makes troubles pass while the last scaling is not carried out yet, and for as
// many pods as are surplus, since those are about to be deleted.
func (s *snapshot) pardon(all []trouble) {
	surplus := s.surplus()
	early := s.observed < s.generation || s.now.Sub(s.asked) <= createGrace
	for i := range all {
		if all[i].stuck && (early || surplus > 0) {
			all[i].stuck = false
			surplus--
		}
	}
}

// surplus is how many pods there are beyond the desired count; a rollout's extra pods do
// not count.
func (s *snapshot) surplus() int {
	if s.updated >= 0 && s.updated < s.wanted {
		return 0
	}
	return s.alive() - s.wanted
}

// refused tells whether admission rejects the pods, by a quota or a policy. A Deployment
// reports that in a condition, other kinds only by an event. While pods are terminating, a
// quota may still get room.
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
	return trouble{text: text, stuck: s.draining() == 0 && strings.Contains(text, "forbidden") && !kubeapi.AdmissionNotReady(text)}
}

// failedCreate returns the newest FailedCreate event of the workload, unless a pod was
// created since.
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

// podTrouble says why a pod is not ready: its diagnosis, judged with its history.
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

// waiting judges a container that waits.
func (s *snapshot) waiting(pod *corev1.Pod, d kubeapi.Diagnosis) trouble {
	past := s.members[pod.UID].History
	if !past.Unpulled.IsZero() && past.Unpulled.Before(s.asked) {
		past.Unpulled = s.asked // the grace counts from when we scaled
	}
	t := trouble{text: d.Text, stuck: d.Stuck(past, s.now)}
	if d.CrashLoops() {
		t.crashed = &container{pod: pod, name: d.Container, restarts: d.Restarts}
	}
	return t
}

// withoutEvents is how many times longer an unschedulable pod is waited for if there are
// no events to tell whether a node is coming.
const withoutEvents = 6

// unschedulable gives the scheduler a grace period, longer while terminating pods will make
// room and while a node autoscaler has announced a node: the cluster autoscaler by
// TriggeredScaleUp, Karpenter by Nominated.
func (s *snapshot) unschedulable(pod *corev1.Pod, d kubeapi.Diagnosis) trouble {
	t := trouble{text: d.Text}
	if s.lastEvent(pod, "TriggeredScaleUp") != nil || s.lastEvent(pod, "Nominated") != nil {
		t.text += " (a node was requested)"
		return t
	}
	grace := s.grace
	if s.eventless {
		grace *= withoutEvents
	}
	t.stuck = s.lasts(s.members[pod.UID].Unschedulable, grace) && s.draining() == 0 && pod.Status.NominatedNodeName == ""
	return t
}

// lasts tells whether a condition has lasted for longer than d, counted from our last
// scaling at the earliest.
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
