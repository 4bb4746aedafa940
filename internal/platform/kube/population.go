package kube

import (
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// population remembers what the status of a role's pods does not tell: which pod replaced
// which, and whether one was ever ready.
type population struct {
	// wanted is the desired number of pods.
	wanted func() int

	mu      sync.Mutex
	members map[types.UID]*member
	// orphans are unexpected ends whose pods have not been replaced yet.
	orphans []ending
}

// member is what is remembered of one pod.
type member struct {
	kubeapi.History
	// inherited is what the pods that it replaced went through.
	inherited ending
	ended     bool
}

// ending is an unexpected end, with the restarts so far.
type ending struct {
	restarts int
	cause    string
}

func newPopulation(wanted func() int) *population {
	return &population{wanted: wanted, members: map[types.UID]*member{}}
}

// changed takes in every change of a pod, in order.
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
			m.ended = !kubeapi.Alive(pod)
		} else if kubeapi.Alive(pod) {
			p.succeed(m)
		}
	}
	m.See(pod, time.Now())
	if !kubeapi.Alive(pod) {
		p.end(m, pod)
	}
}

// end records the end of a pod, unless it was surplus.
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
		p.orphans = append(p.orphans, ending{restarts: m.inherited.restarts + kubeapi.Restarts(pod) + 1, cause: kubeapi.EndOf(pod)})
	}
}

// succeed makes a new pod the replacement of the one that ended first.
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
