package kube

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// known waits until the target's snapshot is as it should be.
func known(t *testing.T, p *Platform, ok func(*snapshot) bool) {
	t.Helper()
	w := p.held.observers[platform.Target]
	for deadline := time.Now().Add(5 * time.Second); !ok(w.snapshot()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the snapshot is %+v", w.snapshot())
		}
	}
}

// TestEventsFromBefore: what was said before our time still holds of pods that live,
// such as that a node is coming.
func TestEventsFromBefore(t *testing.T) {
	c := shop(t)
	say := func(name string, about corev1.ObjectReference) {
		c.must(c.typed.Tracker().Add(&corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Name: name, Namespace: testNamespace, UID: types.UID(name), ResourceVersion: c.next()},
			InvolvedObject: about, Reason: "TriggeredScaleUp",
		}))
	}
	pod := c.podsOf("inference")[0]
	say("living", corev1.ObjectReference{Kind: "Pod", Name: pod.Name, UID: pod.UID})
	say("gone", corev1.ObjectReference{Kind: "Pod", Name: "inference-gone", UID: "gone"})
	p := acquired(t, c, "a", nil)
	known(t, p, func(s *snapshot) bool { return !s.eventless && len(s.events) == 1 && s.events[0].Name == "living" })
}

func TestNoRightToEvents(t *testing.T) {
	c := shop(t)
	c.typed.PrependReactor("list", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "events"}, "", nil)
	})
	p := acquired(t, c, "a", nil)
	known(t, p, func(s *snapshot) bool { return s.eventless })
}
