package kube

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func goingUntil(second int64) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.DeletionTimestamp = &metav1.Time{Time: time.Unix(second, 0)} }
}

// gated is a pod whose containers are ready, but for what else it has.
func gated(more ...corev1.PodCondition) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		notReady(pod)
		pod.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "lb.example/target"}}
		pod.Status.Conditions = append(append(pod.Status.Conditions, corev1.PodCondition{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}), more...)
	}
}

// TestWaitsNameWhoHoldsUp pins what is said of pods that are going, and of those that
// only somebody else's word keeps from being ready.
func TestWaitsNameWhoHoldsUp(t *testing.T) {
	tests := map[string]struct {
		edits   []func(*snapshot)
		waiting string
	}{
		"surplus going slowly": {
			edits: []func(*snapshot){withPods(aPod("a"), aPod("b"), aPod("c", goingUntil(1290)), aPod("d", goingUntil(1010)))},
			waiting: "2 of 2 ready, 2 draining; pod d is ending, within 10s at most (its termination grace period); " +
				"pod c is ending, within 4m50s at most (its termination grace period)",
		},
		"surplus held by a finalizer": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b"), aPod("c", goingUntil(940), func(p *corev1.Pod) { p.Finalizers = []string{"lb.example/drain"} }))},
			waiting: "1 draining; pod c should have ended 1m0s ago, but is kept by its finalizer lb.example/drain",
		},
		"surplus on a node that is away": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b"), aPod("c", goingUntil(940), func(p *corev1.Pod) { p.Spec.NodeName = "n1" }))},
			waiting: "pod c should have ended 1m0s ago; is its node n1 away?",
		},
		"readiness gate that nobody sets": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b", gated()))},
			waiting: "pod b: its containers are ready, but nobody has set its readiness gate lb.example/target",
		},
		"readiness gate that is false": {
			edits: []func(*snapshot){withPods(aPod("a"), aPod("b", gated(corev1.PodCondition{
				Type: "lb.example/target", Status: corev1.ConditionFalse, Reason: "NotRegistered", Message: "no target group",
			})))},
			waiting: "pod b: its containers are ready, but its readiness gate lb.example/target is False: NotRegistered: no target group",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if st, _ := aSnapshot(tt.edits...).status(); !strings.Contains(st.Waiting, tt.waiting) || st.Stuck != "" {
				t.Errorf("waiting %q, stuck %q; want %q", st.Waiting, st.Stuck, tt.waiting)
			}
		})
	}
}
