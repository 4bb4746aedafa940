package kube

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
)

const original = 3

func newSubject(t *testing.T) *platformtest.Subject {
	c := newFakeCluster(t, map[string]int{"inference": original, "locust-master": 0, "locust-worker": 0})
	c.must(c.typed.Tracker().Add(&corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "inference", Namespace: testNamespace}, Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "inference"}},
	}))
	return &platformtest.Subject{
		Platform: c.platform(nil),
		Peer:     func(*testing.T) platform.Platform { return c.platform(nil) },
		DieHolding: func(t *testing.T, holder platform.Holder) {
			p := c.platform(nil)
			if err := p.Acquire(t.Context(), holder); err != nil {
				t.Fatal(err)
			}
			if err := p.Scale(t.Context(), platform.Target, original+2); err != nil {
				t.Fatal(err)
			}
			p.held.halt()
		},
		Kill: func(t *testing.T, role platform.Role, id string) {
			name := map[platform.Role]string{platform.Target: "inference", platform.Worker: "locust-worker"}[role]
			c.change(name, func() {
				for _, pod := range c.podsOf(name) {
					if kubeapi.ReplicaID(pod) == id {
						c.retire(pod)
					}
				}
			})
		},
		Hold: func(*testing.T) func() {
			c.change("inference", func() { c.slow = true })
			return func() { c.change("inference", func() { c.slow = false }) }
		},
		BreakReadiness: func(*testing.T) func() {
			c.change("inference", func() { c.unready = true })
			return func() { c.change("inference", func() { c.unready = false }) }
		},
		ScaleElsewhere: func(_ *testing.T, n int) { c.set("inference", n) },
		Count:          func(*testing.T) int { return c.count("inference") },
		Original:       original,
	}
}

// TestConformsOnFakes runs the suite on client-go's fakes, for the logic and the
// race detector; what a cluster really does is for TestConforms (build tag cluster).
func TestConformsOnFakes(t *testing.T) {
	suite := &platformtest.Suite{
		New: newSubject,
		NewUnmanaged: func(t *testing.T) platform.Platform {
			c := newFakeCluster(t, map[string]int{"locust-master": 0, "locust-worker": 0})
			return c.platform(func(cfg *settings) { cfg.Target = nil })
		},
		NewCrashing: func(t *testing.T) platform.Platform {
			c := newFakeCluster(t, map[string]int{"inference": 0, "locust-master": 0, "locust-worker": 0})
			c.shape = crashing
			return c.platform(nil)
		},
		Patience: 10 * time.Second,
	}
	suite.Run(t)
}

func crashing(pod *corev1.Pod) {
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "model", RestartCount: 2,
		State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off 10s"}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: 1, Reason: "Error", Message: platformtest.CrashOutput,
		}},
	}}
}
