package kubeapi

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// PullGrace is how long pulls of an image may fail before the pod is stuck. A busy registry
// or a network glitch is usually over by one of the kubelet's retries, which come after 10 s
// and 20 s; giving up at the first failure would end waits that need nobody. After a
// registry's definite answer the pod is stuck at once.
const PullGrace = 30 * time.Second

// History is what a watcher remembers of a pod, because its status does not tell.
type History struct {
	WasReady bool
	// Unschedulable is since when no node fits, Unpulled since when an image cannot be
	// pulled, by the watcher's clock; zero if that is not the case.
	Unschedulable, Unpulled time.Time
}

// HistoryOf is as much of a pod's history as its status shows, for callers that look only once.
// If the pod has never been ready, its condition Ready last changed when the kubelet took it.
// Times in the API are whole seconds. In doubt the pod counts as having been ready.
func HistoryOf(pod *corev1.Pod) History {
	c, start := Condition(pod, corev1.PodReady), pod.Status.StartTime
	never := c != nil && start != nil && c.Status != corev1.ConditionTrue && !c.LastTransitionTime.After(start.Add(time.Second))
	return History{WasReady: !never}
}

// See adds what a pod says now.
func (p *History) See(pod *corev1.Pod, now time.Time) {
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

// Stuck tells whether a pod needs somebody's help, so that waiting longer is pointless, given
// its history. A pod that fits on no node is not stuck here: the cluster may grow.
func (d Diagnosis) Stuck(past History, now time.Time) bool {
	switch {
	case d.AlwaysStuck:
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

// Histories are those of the pods that are waited for.
type Histories struct{ pods map[types.UID]History }

// See adds what the present pods say now, and forgets all others.
func (p *Histories) See(pods []corev1.Pod, now time.Time) {
	before := p.pods
	p.pods = map[types.UID]History{}
	for i := range pods {
		past := before[pods[i].UID]
		past.See(&pods[i], now)
		p.pods[pods[i].UID] = past
	}
}

// Of is a pod's history.
func (p *Histories) Of(pod *corev1.Pod) History { return p.pods[pod.UID] }

// Worst is the first pod that is stuck, else the last that has more trouble than not having
// started yet; nil if there is none.
func (p *Histories) Worst(pods []corev1.Pod, now time.Time) (pod *corev1.Pod, worst Diagnosis, stuck bool) {
	for i := range pods {
		if pods[i].DeletionTimestamp != nil {
			continue
		}
		d := Diagnose(&pods[i])
		if d.Kind == Ready || d.Kind == Starting {
			continue
		}
		if pod, worst = &pods[i], d; d.Stuck(p.Of(pod), now) {
			return pod, worst, true
		}
	}
	return pod, worst, false
}
