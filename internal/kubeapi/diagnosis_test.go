package kubeapi

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
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
		"pulling again": {waits("ImagePullBackOff", ""), Diagnosis{Kind: Waits, Reason: "ImagePullBackOff", Container: "main", Text: "pod p: container main: ImagePullBackOff"}},
		"no such image": {waits("ErrImagePull", "x: not found"), Diagnosis{Kind: Waits, Reason: "ErrImagePull", Container: "main", AlwaysStuck: true, Text: "pod p: container main: ErrImagePull: x: not found"}},
		"no Secret":     {waits("CreateContainerConfigError", "no"), Diagnosis{Kind: Waits, Reason: "CreateContainerConfigError", Container: "main", AlwaysStuck: true, Text: "pod p: container main: CreateContainerConfigError: no"}},
		"starting":      {waits("ContainerCreating", ""), Diagnosis{Kind: Starting, Text: "pod p: not scheduled yet"}},
		"init": {func(pod *corev1.Pod) {
			waits("CreateContainerConfigError", "")(pod)
			pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses = pod.Status.ContainerStatuses, nil
		}, Diagnosis{Kind: Waits, Reason: "CreateContainerConfigError", Container: "main", AlwaysStuck: true, Text: "pod p: init container main: CreateContainerConfigError"}},
		"crashes": {func(pod *corev1.Pod) {
			waits("CrashLoopBackOff", "")(pod)
			pod.Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 3, Reason: "Error"}
		}, Diagnosis{Kind: Waits, Reason: "CrashLoopBackOff", Container: "main", Text: "pod p: container main: CrashLoopBackOff (container main: Error, exit code 3)"}},
	}
	for name, test := range tests {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
		test.edit(pod)
		if diff := cmp.Diff(test.want, Diagnose(pod), cmpopts.IgnoreUnexported(Diagnosis{})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestStuck: everybody who waits for a pod gives up at the same moment.
func TestStuck(t *testing.T) {
	now := time.Unix(1000, 0)
	waits := func(reason, message string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	}
	long := History{Unpulled: now.Add(-PullGrace - time.Second)}
	for _, tt := range []struct {
		name  string
		state corev1.ContainerState
		past  History
		want  bool
	}{
		{name: "an image, tried once", state: waits("ErrImagePull", "timeout")},
		{name: "an image, for a moment", state: waits("ImagePullBackOff", "timeout"), past: History{Unpulled: now.Add(-PullGrace)}},
		{name: "an image, for long", state: waits("ImagePullBackOff", "timeout"), past: long, want: true},
		{name: "an image, for long, tried again", state: waits("ErrImagePull", "timeout"), past: long, want: true},
		{name: "no such image", state: waits("ErrImagePull", "x: not found"), want: true},
		{name: "no such image, backing off", state: waits("ImagePullBackOff", "x: not found"), want: true},
		{name: "not for us", state: waits("ErrImagePull", "pull access denied"), want: true},
		{name: "a crash before it was ready", state: waits("CrashLoopBackOff", ""), want: true},
		{name: "a crash of one that was ready", state: waits("CrashLoopBackOff", ""), past: History{WasReady: true}},
		{name: "no Secret", state: waits("CreateContainerConfigError", ""), past: History{WasReady: true}, want: true},
		{name: "did not start once", state: waits("RunContainerError", "")}, // then it crash-loops
		{name: "starting", state: waits("ContainerCreating", "")},
	} {
		pod := &corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "main", State: tt.state}}}}
		if got := Diagnose(pod).Stuck(tt.past, now); got != tt.want {
			t.Errorf("%s: stuck %t", tt.name, got)
		}
	}
}

// TestHistoryOf: a crash loop is stuck at the first look if the pod shows that it has never
// been ready.
func TestHistoryOf(t *testing.T) {
	begun := metav1.Unix(1000, 0)
	for _, tt := range []struct {
		name  string
		start *metav1.Time
		ready []corev1.PodCondition
		want  bool
	}{
		{"since its beginning", &begun, []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: begun}}, false},
		{"in the second after", &begun, []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: metav1.Unix(1001, 0)}}, false},
		{"since later", &begun, []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: metav1.Unix(1002, 0)}}, true},
		{"ready", &begun, []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: begun}}, true},
		{"not told", &begun, nil, true},
		{"not taken by a kubelet", nil, []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: begun}}, true},
	} {
		past := HistoryOf(&corev1.Pod{Status: corev1.PodStatus{StartTime: tt.start, Conditions: tt.ready}})
		if past.WasReady != tt.want || (Diagnosis{Reason: crashLoop}).Stuck(past, begun.Time) == tt.want {
			t.Errorf("%s: %+v", tt.name, past)
		}
	}
}

// TestPasts remembers pods by their identity, from when they were first seen so.
func TestPasts(t *testing.T) {
	pod := func(uid, reason string, ready corev1.ConditionStatus) corev1.Pod {
		return corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid)}, Status: corev1.PodStatus{
			ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}}},
			Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}},
		}}
	}
	var p Histories
	first, later := time.Unix(1, 0), time.Unix(9, 0)
	a, b := pod("a", "ErrImagePull", corev1.ConditionFalse), pod("b", "", corev1.ConditionTrue)
	p.See([]corev1.Pod{a, b}, first)
	p.See([]corev1.Pod{pod("a", "ImagePullBackOff", corev1.ConditionFalse), pod("b", "CrashLoopBackOff", corev1.ConditionFalse)}, later)
	if got := p.Of(&a); !got.Unpulled.Equal(first) || got.WasReady {
		t.Errorf("of a: %+v", got)
	}
	if got := p.Of(&b); !got.WasReady || !got.Unpulled.IsZero() {
		t.Errorf("of b: %+v", got)
	}
	p.See([]corev1.Pod{pod("a", "", corev1.ConditionFalse)}, later)
	if got := p.Of(&a); !got.Unpulled.IsZero() || p.Of(&b).WasReady {
		t.Errorf("pulled, or gone: %+v, %+v", got, p.Of(&b))
	}
}
