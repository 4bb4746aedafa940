package cluster

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/kubernetes/fake"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// TestDeployTellsWhyPodsAreNotReady pins the words for what people meet.
func TestDeployTellsWhyPodsAreNotReady(t *testing.T) {
	waiting := func(name, reason string) corev1.ContainerStatus {
		return corev1.ContainerStatus{
			Name: name, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: "back-off 10s"}},
			LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error"}},
		}
	}
	ready := corev1.PodCondition{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}
	gated := func(more ...corev1.PodCondition) corev1.Pod {
		return corev1.Pod{
			Spec:   corev1.PodSpec{ReadinessGates: []corev1.PodReadinessGate{{ConditionType: "lb.example/target"}}},
			Status: corev1.PodStatus{Conditions: append(more, ready)},
		}
	}
	tests := map[string]struct {
		pod   corev1.Pod
		stuck bool
		want  string
	}{
		"a crash, with its last output": {
			corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{waiting("worker", "CrashLoopBackOff")}}},
			true,
			"pod p: container worker: CrashLoopBackOff: back-off 10s (container worker: Error, exit code 1); its last output:\nfake logs",
		},
		"a crash of an init container": {
			corev1.Pod{Status: corev1.PodStatus{
				InitContainerStatuses: []corev1.ContainerStatus{waiting("fetch", "CrashLoopBackOff")},
				ContainerStatuses:     []corev1.ContainerStatus{waiting("worker", "PodInitializing")},
			}},
			true,
			"pod p: init container fetch: CrashLoopBackOff: back-off 10s (container fetch: Error, exit code 1); its last output:\nfake logs",
		},
		"a gate that nobody has set": {gated(), false, "pod p: its containers are ready, but nobody has set its readiness gate lb.example/target"},
		"a gate that is false": {
			gated(corev1.PodCondition{Type: "lb.example/target", Status: corev1.ConditionFalse, Reason: "NotRegistered", Message: "no target group"}), false,
			"pod p: its containers are ready, but its readiness gate lb.example/target is False: NotRegistered: no target group",
		},
		"a gate that is met": {gated(corev1.PodCondition{Type: "lb.example/target", Status: corev1.ConditionTrue}), false, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, client := fakeCluster(t)
			tt.pod.Name, tt.pod.Namespace, tt.pod.Labels = "p", "default", map[string]string{"role": "worker"}
			d := &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Name: "locust-worker", Namespace: "default"},
				Spec:       appsv1.DeploymentSpec{Replicas: new(int32(1)), Selector: &metav1.LabelSelector{MatchLabels: tt.pod.Labels}},
			}
			if err := client.Tracker().Add(&tt.pod); err != nil {
				t.Fatal(err)
			}
			if err := client.Tracker().Add(d); err != nil {
				t.Fatal(err)
			}
			text, err := c.awaitDeployment(t.Context(), d, &kubeapi.Histories{})
			if err != nil {
				text = err.Error()
			}
			if (err != nil) != tt.stuck || !strings.HasSuffix(text, tt.want) || tt.want == "" && !strings.HasSuffix(text, "pods ready") {
				t.Errorf("%v, %q, want %q", err, text, tt.want)
			}
		})
	}
}

// TestDeployGivesARegistryTime waits for an image that is not pulled at the first try, and
// for a pod that was ready before it crashed.
func TestDeployGivesARegistryTime(t *testing.T) {
	crashed := corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionFalse}
	for _, tt := range []struct {
		reason, message string
		wasReady        bool
		atOnce, later   bool
	}{
		{reason: "ImagePullBackOff", message: "dial tcp: i/o timeout", later: true},
		{reason: "ErrImagePull", message: "manifest unknown: not found", atOnce: true, later: true},
		{reason: "CrashLoopBackOff", atOnce: true, later: true},
		{reason: "CrashLoopBackOff", wasReady: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			labels := map[string]string{"role": "worker"}
			pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "default", UID: "u", Labels: labels}}
			pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "worker", State: corev1.ContainerState{
				Waiting: &corev1.ContainerStateWaiting{Reason: tt.reason, Message: tt.message},
			}}}
			pod.Status.Conditions = []corev1.PodCondition{crashed}
			d := &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Name: "locust-worker", Namespace: "default"},
				Spec:       appsv1.DeploymentSpec{Replicas: new(int32(1)), Selector: &metav1.LabelSelector{MatchLabels: labels}},
			}
			c := &Cluster{Client: fake.NewClientset(&pod, d), Namespace: "default"}
			var past kubeapi.Histories
			if tt.wasReady {
				before := *pod.DeepCopy()
				before.Status.Conditions[0].Status = corev1.ConditionTrue
				past.See([]corev1.Pod{before}, time.Now())
			}
			if _, err := c.awaitDeployment(t.Context(), d, &past); (err != nil) != tt.atOnce {
				t.Errorf("%+v: at once: %v", tt, err)
			}
			time.Sleep(kubeapi.PullGrace + time.Second)
			if _, err := c.awaitDeployment(t.Context(), d, &past); (err != nil) != tt.later {
				t.Errorf("%+v: later: %v", tt, err)
			}
		})
	}
}
