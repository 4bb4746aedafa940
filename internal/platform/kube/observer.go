package kube

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// observer observes and scales one role.
type observer struct {
	kubeapi.Object
	service string
	grace   time.Duration
	// patience is how long our own change may take to appear in the watch.
	patience time.Duration

	self       *mirror // the workload's object
	pods       *mirror
	slices     *mirror // nil without a Service
	events     *mirror // an aid: it may be missing
	population *population

	mu sync.Mutex
	// asked is the count that we last set, at askedAt; echo is set until the mirror shows it.
	asked   int
	askedAt time.Time
	echo    bool
	// found is the desired count for kinds whose spec.replicas we do not know.
	found int
	// heard is when each event was last updated; zero for those of the first list.
	heard map[types.UID]time.Time
	// left is when the Service last stopped sending to a replica.
	left time.Time
}

func newObserver(c *kubeapi.Clients, o kubeapi.Object, s kubeapi.Scale, cfg settings, role platform.Role) *observer {
	w := &observer{Object: o, grace: cfg.unschedulableGrace, patience: cfg.stale, askedAt: time.Now(), found: s.Wanted, heard: map[types.UID]time.Time{}}
	w.population = newPopulation(w.wanted)
	w.self = one(o)
	w.pods = podsOf(c, s.Selector)
	w.pods.changed = w.population.changed
	w.events = eventsOf(c, w.concerns)
	w.events.changed = w.hear
	if role == platform.Target && cfg.Service != "" {
		w.service = cfg.Service
		w.slices = slicesOf(c, cfg.Service)
		w.slices.changed = w.route
	}
	return w
}

// start observes until ctx ends.
func (w *observer) start(ctx context.Context, running *sync.WaitGroup) {
	w.self.changed = func(_, after metav1.Object, _ bool) { w.lookUp(ctx, after) }
	for _, m := range w.mirrors() {
		running.Go(func() { m.run(ctx) })
	}
	running.Go(func() { w.events.run(ctx) })
}

// mirrors are those without which nothing is known; events are optional.
func (w *observer) mirrors() []*mirror {
	needed := []*mirror{w.self, w.pods}
	if w.slices != nil {
		needed = append(needed, w.slices)
	}
	return needed
}

// wait blocks until all of mirrors have been listed.
func (w *observer) wait(ctx context.Context) error {
	for _, m := range w.mirrors() {
		if err := m.wait(ctx); err != nil {
			return fmt.Errorf("observing %s: %w", kubeapi.Describe(w.Ref), err)
		}
	}
	if w.self.get() == nil {
		return &platform.PermanentError{Err: fmt.Errorf("observing %s: there is none", kubeapi.Describe(w.Ref))}
	}
	return nil
}

// lookUp reads the scale subresource of a kind whose spec.replicas we do not know.
func (w *observer) lookUp(ctx context.Context, object metav1.Object) {
	if object == nil {
		return
	}
	if _, told := specReplicas(object); told {
		return
	}
	if s, err := w.GetScale(ctx); err == nil {
		w.mu.Lock()
		w.found = s.Wanted
		w.mu.Unlock()
	}
}

// wanted is the desired count, as far as it is known.
func (w *observer) wanted() int {
	object := w.self.get()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.echo {
		return w.asked
	}
	if n, told := specReplicas(object); told {
		return n
	}
	return w.found
}

// ask scales, and waits until the mirror shows it, so that no later Status is older than
// the change.
func (w *observer) ask(ctx context.Context, n int) error {
	w.mu.Lock()
	before, beforeAt := w.asked, w.askedAt
	w.asked, w.askedAt, w.echo = n, time.Now(), true
	w.mu.Unlock()
	s, err := w.SetScale(ctx, n)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, w.patience)
		defer cancel()
		err = w.self.awaitVersion(ctx, s.Version)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.echo = false
	if err != nil {
		w.asked, w.askedAt = before, beforeAt
		return err
	}
	w.found = n
	return nil
}

// concerns selects events about the workload and what it owns.
func (w *observer) concerns(ref corev1.ObjectReference) bool {
	return ref.Name == w.Ref.Name || strings.HasPrefix(ref.Name, w.Ref.Name+"-")
}

func (w *observer) hear(before, after metav1.Object, first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case after == nil:
		delete(w.heard, before.GetUID())
	case first:
		w.heard[after.GetUID()] = time.Time{}
	default:
		w.heard[after.GetUID()] = time.Now()
	}
}

// snapshot gathers what is known now.
func (w *observer) snapshot() *snapshot {
	s := &snapshot{
		now: time.Now(), name: w.Ref.Name, grace: w.grace, service: w.service, wanted: w.wanted(),
		workload: readWorkload(w.self.get()), pods: collect[*corev1.Pod](w.pods), members: map[types.UID]member{},
	}
	living := map[types.UID]bool{}
	for _, pod := range s.pods {
		s.members[pod.UID] = w.population.of(pod.UID)
		living[pod.UID] = kubeapi.Alive(pod)
	}
	if w.slices != nil {
		for _, slice := range collect[*discoveryv1.EndpointSlice](w.slices) {
			s.endpoints = append(s.endpoints, *slice)
		}
	}
	_, missing := w.events.fresh()
	s.eventless = missing != nil
	events := collect[*corev1.Event](w.events)
	w.mu.Lock()
	defer w.mu.Unlock()
	s.asked, s.left = w.askedAt, w.left
	for _, e := range events {
		if w.heard[e.UID].After(s.asked) || living[e.InvolvedObject.UID] {
			s.events = append(s.events, e)
		}
	}
	return s
}

// fresh tells until when the observation is complete; zero while all mirrors are live.
func (w *observer) fresh() (time.Time, error) {
	var oldest time.Time
	var why error
	for _, m := range w.mirrors() {
		until, err := m.fresh()
		if err != nil && (why == nil || until.Before(oldest)) {
			oldest, why = until, err
		}
	}
	return oldest, why
}

// runningPod prefers a pod that is ready to one that only runs, and among those the
// one that is connected; nil where none runs.
func (w *observer) runningPod(connected string) *corev1.Pod {
	var best *corev1.Pod
	for _, pod := range collect[*corev1.Pod](w.pods) {
		if !kubeapi.Alive(pod) || pod.Status.Phase != corev1.PodRunning {
			continue
		}
		better := best != nil && kubeapi.PodReady(pod) == kubeapi.PodReady(best) && kubeapi.ReplicaID(pod) == connected
		if best == nil || better || kubeapi.PodReady(pod) && !kubeapi.PodReady(best) {
			best = pod
		}
	}
	return best
}
