package kubeapi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDiagnose(t *testing.T) {
	waits := func(reason, message string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}}}
		}
	}
	says := func(kind corev1.PodConditionType, status corev1.ConditionStatus, reason, message string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			pod.Status.Conditions = []corev1.PodCondition{{Type: kind, Status: status, Reason: reason, Message: message}}
		}
	}
	tests := map[string]struct {
		edit func(*corev1.Pod)
		want Diagnosis
	}{
		"ready":         {says(corev1.PodReady, corev1.ConditionTrue, "", ""), Diagnosis{Kind: Ready}},
		"new":           {func(*corev1.Pod) {}, Diagnosis{Kind: Starting, Text: "pod p: not scheduled yet"}},
		"no room":       {says(corev1.PodScheduled, corev1.ConditionFalse, "Unschedulable", "0/1 nodes"), Diagnosis{Kind: Unschedulable, Text: "pod p cannot be scheduled: 0/1 nodes"}},
		"pulling":       {waits("ErrImagePull", "timeout"), Diagnosis{Kind: Waits, Reason: "ErrImagePull", Container: "main", Text: "pod p: container main: ErrImagePull: timeout"}},
		"pulling again": {waits("ImagePullBackOff", ""), Diagnosis{Kind: Waits, Reason: "ImagePullBackOff", Container: "main", Stuck: true, Text: "pod p: container main: ImagePullBackOff"}},
		"no such image": {waits("ErrImagePull", "x: not found"), Diagnosis{Kind: Waits, Reason: "ErrImagePull", Container: "main", Final: true, Text: "pod p: container main: ErrImagePull: x: not found"}},
		"no Secret":     {waits("CreateContainerConfigError", "no"), Diagnosis{Kind: Waits, Reason: "CreateContainerConfigError", Container: "main", Final: true, Text: "pod p: container main: CreateContainerConfigError: no"}},
		"starting":      {waits("ContainerCreating", ""), Diagnosis{Kind: Starting, Text: "pod p: not scheduled yet"}},
		"init": {func(pod *corev1.Pod) {
			waits("CreateContainerConfigError", "")(pod)
			pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses = pod.Status.ContainerStatuses, nil
		}, Diagnosis{Kind: Waits, Reason: "CreateContainerConfigError", Container: "main", Final: true, Text: "pod p: init container main: CreateContainerConfigError"}},
		"crashes": {func(pod *corev1.Pod) {
			waits("CrashLoopBackOff", "")(pod)
			pod.Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 3, Reason: "Error"}
		}, Diagnosis{Kind: Waits, Reason: "CrashLoopBackOff", Container: "main", Final: true, Stuck: true, Text: "pod p: container main: CrashLoopBackOff (container main: Error, exit code 3)"}},
	}
	for name, test := range tests {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
		test.edit(pod)
		if diff := cmp.Diff(test.want, Diagnose(pod), cmpopts.IgnoreUnexported(Diagnosis{})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}
