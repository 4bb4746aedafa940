package kube

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// snapshot is everything known of a role at one moment. Judging it is a pure function.
type snapshot struct {
	now   time.Time
	asked time.Time // when we last asked for a count
	left  time.Time // when the Service last stopped sending to a replica
	grace time.Duration

	workload
	name   string
	wanted int
	// pods are sorted by replica id; members is what is remembered of them.
	pods    []*corev1.Pod
	members map[types.UID]member
	// service, when not empty, has endpoints.
	service   string
	endpoints []discoveryv1.EndpointSlice
	// events are those since asked and those about live pods; none when eventless, which
	// means that events cannot be watched.
	events    []*corev1.Event
	eventless bool

	// served are the pods among the ready endpoints, strays the endpoints of other pods.
	served map[types.UID]bool
	strays []string
}

// status judges.
func (s *snapshot) status() (platform.Status, *container) {
	slices.SortFunc(s.pods, func(a, b *corev1.Pod) int { return cmp.Compare(kubeapi.ReplicaID(a), kubeapi.ReplicaID(b)) })
	s.serve()
	st := platform.Status{
		Wanted: s.wanted, Draining: s.draining() + len(s.strays),
		Revision: s.revision, Generation: s.generation, Changed: s.changed,
	}
	for _, pod := range s.pods {
		if !kubeapi.Alive(pod) {
			continue
		}
		r := s.replica(pod)
		if r.Ready {
			st.Ready++
		}
		st.Replicas = append(st.Replicas, r)
	}
	troubles := s.troubles()
	var crashed *container
	if len(troubles) > 0 && troubles[0].stuck {
		st.Stuck, crashed = troubles[0].text, troubles[0].crashed
	}
	st.Waiting = s.waits(st, troubles)
	return st, crashed
}

// replica describes a pod. Its id changes with a restart of a container, since that is
// another process.
func (s *snapshot) replica(pod *corev1.Pod) platform.Replica {
	m := s.members[pod.UID]
	r := platform.Replica{
		ID: kubeapi.ReplicaID(pod), Ready: s.ready(pod),
		Restarts: m.inherited.restarts + kubeapi.Restarts(pod), LastExit: cmp.Or(kubeapi.LastExit(pod), m.inherited.cause),
		Traits: kubeapi.TraitsOf(pod), Changed: kubeapi.ChangesOf(pod),
	}
	if c := kubeapi.Condition(pod, corev1.PodScheduled); c != nil && c.Status == corev1.ConditionTrue {
		r.Scheduled = c.LastTransitionTime.Time
	}
	if c := kubeapi.Condition(pod, corev1.PodReady); r.Ready && c != nil {
		r.ReadySince = c.LastTransitionTime.Time
	}
	return r
}

func (s *snapshot) ready(pod *corev1.Pod) bool {
	return kubeapi.PodReady(pod) && (s.service == "" || s.served[pod.UID])
}

func (s *snapshot) alive() int {
	n := 0
	for _, pod := range s.pods {
		if kubeapi.Alive(pod) {
			n++
		}
	}
	return n
}

// draining counts the terminating pods. Failed ones have ended, though their objects may
// stay for long.
func (s *snapshot) draining() int {
	n := 0
	for _, pod := range s.pods {
		if kubeapi.Draining(pod) {
			n++
		}
	}
	return n
}

// serve fills in served and strays from the endpoints.
func (s *snapshot) serve() {
	s.served, s.strays = map[types.UID]bool{}, nil
	known := map[types.UID]bool{}
	for _, pod := range s.pods {
		known[pod.UID] = true
	}
	for _, slice := range s.endpoints {
		for _, e := range slice.Endpoints {
			switch {
			case !receives(e):
			case e.TargetRef != nil && known[e.TargetRef.UID]:
				s.served[e.TargetRef.UID] = true
			default:
				s.strays = append(s.strays, endpointName(e))
			}
		}
	}
	slices.Sort(s.strays)
	s.strays = slices.Compact(s.strays)
}

func endpointName(e discoveryv1.Endpoint) string {
	if e.TargetRef != nil {
		return e.TargetRef.Kind + " " + e.TargetRef.Name
	}
	return strings.Join(e.Addresses, ",")
}

// maxTroubles is how many pods a message lists.
const maxTroubles = 3

// waits says what the role still waits for; empty when it has settled.
func (s *snapshot) waits(st platform.Status, troubles []trouble) string {
	if text := s.disagreement(); st.Settled(s.wanted) {
		return text
	}
	waits := []string{fmt.Sprintf("%d of %d ready, %d draining", st.Ready, st.Wanted, st.Draining)}
	for i, t := range troubles {
		if i == maxTroubles {
			waits = append(waits, fmt.Sprintf("and %d more", len(troubles)-i))
			break
		}
		waits = append(waits, t.text)
	}
	waits = append(waits, s.ending()...)
	if len(s.strays) > 0 {
		waits = append(waits, fmt.Sprintf("Service %s still sends to %s", s.service, strings.Join(s.strays, ", ")))
	}
	return strings.Join(waits, "; ")
}

// ending lists the terminating pods, the oldest deletion first: what delays a scenario is
// often a replica that finishes a request, or a finalizer.
func (s *snapshot) ending() (waits []string) {
	var going []*corev1.Pod
	for _, pod := range s.pods {
		if kubeapi.Draining(pod) {
			going = append(going, pod)
		}
	}
	slices.SortStableFunc(going, func(a, b *corev1.Pod) int { return a.DeletionTimestamp.Compare(b.DeletionTimestamp.Time) })
	for i, pod := range going {
		if i == maxTroubles {
			return append(waits, fmt.Sprintf("and %d more are ending", len(going)-i))
		}
		waits = append(waits, s.untilGone(pod))
	}
	return waits
}

// untilGone tells how long a pod may still take: its deletionTimestamp is the end of its
// grace period.
func (s *snapshot) untilGone(pod *corev1.Pod) string {
	left := pod.DeletionTimestamp.Sub(s.now).Round(time.Second)
	switch {
	case left >= 0:
		return fmt.Sprintf("pod %s is ending, within %v at most (its termination grace period)", pod.Name, left)
	case len(pod.Finalizers) > 0:
		return fmt.Sprintf("pod %s should have ended %v ago, but is kept by its finalizer %s", pod.Name, -left, strings.Join(pod.Finalizers, ", "))
	}
	return fmt.Sprintf("pod %s should have ended %v ago; is its node %s away?", pod.Name, -left, pod.Spec.NodeName)
}

// disagreement says that the controller's status, or what nodes know of the Service, lags
// behind the pods; empty if neither does.
func (s *snapshot) disagreement() string {
	switch {
	case s.observed < s.generation:
		return "the controller has not seen the change yet"
	case s.counted && (s.replicas != s.wanted || s.readyReplicas != s.wanted):
		return fmt.Sprintf("the controller counts %d replicas, %d ready", s.replicas, s.readyReplicas)
	case s.updated >= 0 && s.updated != s.wanted:
		return fmt.Sprintf("a rollout is under way: %d of %d have the current template", s.updated, s.wanted)
	case s.now.Sub(s.left) < routeGrace:
		return fmt.Sprintf("a replica left Service %s just now, and the nodes have %v to learn of it", s.service, routeGrace)
	}
	return ""
}
