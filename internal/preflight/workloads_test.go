package preflight

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// set changes fields at the end of a path of maps.
func set(value any, path ...string) func(map[string]any) {
	return func(o map[string]any) {
		for _, name := range path[:len(path)-1] {
			o = o[name].(map[string]any) //nolint:forcetypeassert // a test's own
		}
		o[path[len(path)-1]] = value
	}
}

func conditions(kind, status, message string) func(map[string]any) {
	return set([]any{map[string]any{"type": kind, "status": status, "message": message}}, "status", "conditions")
}

// crashing is a pod that has never been ready.
func crashing(pod *corev1.Pod) {
	begun := metav1.Unix(1000, 0)
	pod.Status.StartTime = &begun
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: begun}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{
		Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off"},
	}}}
}

// found is a workload in some state, and what is said about it.
type found struct {
	edits    []func(map[string]any)
	selector string
	pod      func(*corev1.Pod)
	judged   bool
	quota    bool
	want     []string
}

func foundWorkloads() map[string]found {
	old := set(int64(1), "status", "updatedReplicas")
	return map[string]found{
		"well":               {},
		"no selector":        {selector: " ", want: []string{"the scale of Deployment inference has no selector, so its pods cannot be found; give"}},
		"owned":              {edits: []func(map[string]any){set([]any{map[string]any{"apiVersion": "x/v1", "kind": "Shop", "name": "it", "uid": "u", "controller": true}}, "metadata", "ownerReferences")}, want: []string{"Deployment inference belongs to Shop it, which would undo every scaling; name that"}},
		"paused, complete":   {edits: []func(map[string]any){set(true, "spec", "paused")}},
		"paused in between":  {edits: []func(map[string]any){old, set(true, "spec", "paused")}, want: []string{"Deployment inference is paused in the middle of a rollout: 1 of 3 pods have its current template; `kubectl rollout resume` it"}},
		"paused, not seen":   {edits: []func(map[string]any){set(int64(2), "metadata", "generation"), set(true, "spec", "paused")}, want: []string{"Deployment inference is paused in the middle"}},
		"rolling":            {edits: []func(map[string]any){old}, want: []string{"note: a rollout of Deployment inference is under way: 1 of 3 pods"}},
		"stuck":              {edits: []func(map[string]any){old, conditions("Progressing", "False", "timed out")}, pod: crashedSince, want: []string{"note: pod p: container main: CrashLoopBackOff", "the rollout of Deployment inference is stuck: timed out: pod p: container main: CrashLoopBackOff: back-off; fix it, or undo the last rollout with `kubectl rollout undo deployment/inference -n shop`"}},
		"stuck by a pod":     {edits: []func(map[string]any){old, conditions("Progressing", "False", "timed out")}, pod: crashing, want: []string{"pod p: container main: CrashLoopBackOff: back-off; fix it, or undo the last rollout with `kubectl rollout undo deployment/inference -n shop`"}},
		"rolling to nothing": {edits: []func(map[string]any){old}, pod: waiting("ImagePullBackOff", "x: not found"), want: []string{"pod p: container main: ImagePullBackOff: x: not found; fix it, or undo"}},
		"backs off":          {pod: waiting("ImagePullBackOff", "timeout"), want: []string{"pod p: container main: ImagePullBackOff: timeout; fix it, or undo"}},
		"no such image":      {pod: waiting("ErrImagePull", "x: not found"), want: []string{"pod p: container main: ErrImagePull: x: not found; fix it, or undo"}},
		"failed to pull":     {edits: []func(map[string]any){old}, pod: waiting("ErrImagePull", "timeout"), want: []string{"note: pod p: container main: ErrImagePull: timeout", "note: a rollout of Deployment inference is under way: 1 of 3 pods"}},
		"stuck once, fixed":  {edits: []func(map[string]any){conditions("Progressing", "False", "timed out")}},
		"crashes":            {pod: crashing, want: []string{"pod p: container main: CrashLoopBackOff: back-off; fix it, or undo"}},
		"crashes, was ready": {pod: crashedSince, want: []string{"note: pod p: container main: CrashLoopBackOff"}},
		"no Secret":          {pod: waiting("CreateContainerConfigError", ""), want: []string{"pod p: container main: CreateContainerConfigError"}},
		"no pods":            {edits: []func(map[string]any){conditions("ReplicaFailure", "True", "pods are forbidden: no team")}, want: []string{"the pods of Deployment inference cannot be created: pods are forbidden: no team"}},
		"no pods once":       {edits: []func(map[string]any){conditions("ReplicaFailure", "True", "pods are forbidden: no team")}, judged: true},
		"no quota for more":  {edits: []func(map[string]any){conditions("ReplicaFailure", "True", "forbidden: exceeded quota: small")}, quota: true},
	}
}

// TestWorkloads finds objects that would not follow a scaling, whatever the pods need.
func TestWorkloads(t *testing.T) {
	for name, test := range foundWorkloads() {
		t.Run(name, func(t *testing.T) {
			c := newFakeAPI(t, deployment("inference", 3, test.edits...))
			if test.selector != "" {
				c.selector = ""
			}
			if test.pod != nil {
				c.must(c.typed.Tracker().Add(aPod("p", test.pod)))
			}
			if test.quota {
				q := aQuota("pods", "3", "3")
				q.Namespace = testNamespace
				c.must(c.typed.Tracker().Add(&q))
			}
			p := c.preflight(func(in *Inspection) { in.Replicas = []int{3} }).prepare(t)
			for _, d := range p.demands {
				d.judged = test.judged
			}
			var f Findings
			p.workloads(t.Context(), &f)
			wantLines(t, f, test.want...)
		})
	}
}

// crashedSince is a pod that has been ready for a while.
func crashedSince(pod *corev1.Pod) {
	crashing(pod)
	pod.Status.Conditions[0].LastTransitionTime = metav1.Unix(1060, 0)
}

func waiting(reason, message string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		crashing(pod)
		pod.Status.ContainerStatuses[0].State.Waiting = &corev1.ContainerStateWaiting{Reason: reason, Message: message}
	}
}

// TestWorkerCrashes: of the load's own pods, which deploy watches and replaces, only what
// is stuck whatever its history is refused.
func TestWorkerCrashes(t *testing.T) {
	for _, tt := range []struct {
		pod     func(*corev1.Pod)
		refused bool
	}{{crashing, false}, {waiting("ErrImagePull", "x: not found"), true}} {
		c := newFakeAPI(t, deployment("inference", 3))
		c.must(c.typed.Tracker().Add(aPod("p", tt.pod)))
		p := c.preflight(func(in *Inspection) { in.Replicas = []int{3} }).prepare(t)
		var f Findings
		if got := p.stuck(&f, platform.Worker, p.roles[platform.Target]); got != tt.refused || len(f) != 1 || f[0].Refusal != tt.refused || f[0].Next != "" {
			t.Errorf("refused %t: %q", got, f)
		}
	}
}
