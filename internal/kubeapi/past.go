package kubeapi

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// PullGrace is how long pulls of an image may fail before that is final. A busy registry or
// a network glitch is usually over by one of the kubelet's retries, which come after 10 s
// and 20 s; giving up at the first failure would end waits that need nobody. A registry's
// definite answer is final at once.
const PullGrace = 30 * time.Second

// Past is what a watcher remembers of a pod, because its status does not tell.
type Past struct {
	WasReady bool
	// Unschedulable is since when no node fits, Unpulled since when an image cannot be
	// pulled, by the watcher's clock; zero if that is not the case.
	Unschedulable, Unpulled time.Time
}

// PastOf is as much of a pod's past as it tells itself, for who looks once. Its condition
// Ready changed last when the kubelet took the pod, if it has never been ready since; times
// in the API are whole seconds, and what cannot be told counts as having been ready.
func PastOf(pod *corev1.Pod) Past {
	c, start := Condition(pod, corev1.PodReady), pod.Status.StartTime
	never := c != nil && start != nil && c.Status != corev1.ConditionTrue && !c.LastTransitionTime.After(start.Add(time.Second))
	return Past{WasReady: !never}
}

// See adds what a pod says now.
func (p *Past) See(pod *corev1.Pod, now time.Time) {
	p.WasReady = p.WasReady || PodReady(pod)
	since(&p.Unschedulable, WhyUnschedulable(pod) != "", now)
	since(&p.Unpulled, slices.ContainsFunc(Containers(pod), func(c corev1.ContainerStatus) bool {
		return c.State.Waiting != nil && pulls(c.State.Waiting.Reason)
	}), now)
}

// since keeps the time at which a condition became true.
func since(begin *time.Time, so bool, now time.Time) {
	switch {
	case !so:
		*begin = time.Time{}
	case begin.IsZero():
		*begin = now
	}
}

// Hopeless tells whether waiting for a pod longer is pointless, given its past. A pod that
// fits on no node is not hopeless here: the cluster may grow.
func (d Diagnosis) Hopeless(past Past, now time.Time) bool {
	switch {
	case d.Final:
		return true
	case pulls(d.Reason):
		return !past.Unpulled.IsZero() && now.Sub(past.Unpulled) > PullGrace
	case d.Reason == crashLoop:
		// The kubelet backs off from the second crash on. A pod that was ready before may
		// have died of a load, and recovers.
		return !past.WasReady
	}
	return false
}

// Pasts remember the pods that are waited for.
type Pasts struct{ pods map[types.UID]Past }

// See takes in the present pods and forgets all others.
func (p *Pasts) See(pods []corev1.Pod, now time.Time) {
	before := p.pods
	p.pods = map[types.UID]Past{}
	for i := range pods {
		past := before[pods[i].UID]
		past.See(&pods[i], now)
		p.pods[pods[i].UID] = past
	}
}

// Of is what is remembered of a pod.
func (p *Pasts) Of(pod *corev1.Pod) Past { return p.pods[pod.UID] }

// Worst is the first hopeless pod, else the last that has more trouble than not having
// started yet; nil if there is none.
func (p *Pasts) Worst(pods []corev1.Pod, now time.Time) (pod *corev1.Pod, worst Diagnosis, hopeless bool) {
	for i := range pods {
		if pods[i].DeletionTimestamp != nil {
			continue
		}
		d := Diagnose(&pods[i])
		if d.Kind == Ready || d.Kind == Starting {
			continue
		}
		if pod, worst = &pods[i], d; d.Hopeless(p.Of(pod), now) {
			return pod, worst, true
		}
	}
	return pod, worst, false
}
