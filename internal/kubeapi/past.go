package kubeapi

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// PullGrace is how long an image may fail to be pulled before that is final. A registry
// that is busy, or a network that hiccups, is well again by one of the kubelet's next
// tries, which come after 10 s and 20 s: an error of every pull would end a deploy that
// needs nobody, and longer waiting seldom helps. A registry that says no is final at once.
const PullGrace = 30 * time.Second

// Past is what a watcher remembers of a pod, since the pod itself does not tell.
type Past struct {
	WasReady bool
	// Unschedulable is since when no node takes it, Unpulled since when an image of it
	// cannot be pulled, by the watcher's clock; zero where that is not so.
	Unschedulable, Unpulled time.Time
}

// See adds what a pod says now.
func (p *Past) See(pod *corev1.Pod, now time.Time) {
	p.WasReady = p.WasReady || PodReady(pod)
	since(&p.Unschedulable, WhyUnschedulable(pod) != "", now)
	since(&p.Unpulled, slices.ContainsFunc(Containers(pod), func(c corev1.ContainerStatus) bool {
		return c.State.Waiting != nil && pulls(c.State.Waiting.Reason)
	}), now)
}

// since keeps the beginning of what is so.
func since(begin *time.Time, so bool, now time.Time) {
	switch {
	case !so:
		*begin = time.Time{}
	case begin.IsZero():
		*begin = now
	}
}

// Hopeless tells whether waiting for a pod longer is pointless, by what is remembered of
// it. Whether a cluster grows, so that a pod which fits on no node will fit, is not known
// here.
func (d Diagnosis) Hopeless(past Past, now time.Time) bool {
	switch {
	case d.Final:
		return true
	case pulls(d.Reason):
		return !past.Unpulled.IsZero() && now.Sub(past.Unpulled) > PullGrace
	case d.Reason == crashLoop:
		// It has ended twice, and so it will again. One that has been ready may have
		// died of a load, and comes back.
		return !past.WasReady
	}
	return false
}

// Pasts remember the pods that somebody waits for.
type Pasts struct{ pods map[types.UID]Past }

// See looks at all the pods that there are; others are forgotten.
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
