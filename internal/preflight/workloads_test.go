package preflight

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
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

func crashing(pod *corev1.Pod) {
	pod.Status.Conditions = nil
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
		"no selector":        {selector: " ", want: []string{"the scale of Deployment inference tells no selector, so its pods cannot be found; give"}},
		"owned":              {edits: []func(map[string]any){set([]any{map[string]any{"apiVersion": "x/v1", "kind": "Shop", "name": "it", "uid": "u", "controller": true}}, "metadata", "ownerReferences")}, want: []string{"Deployment inference belongs to Shop it, which would undo every scaling; name that"}},
		"paused, complete":   {edits: []func(map[string]any){set(true, "spec", "paused")}},
		"paused in between":  {edits: []func(map[string]any){old, set(true, "spec", "paused")}, want: []string{"Deployment inference is paused in the middle of a rollout: 1 of 3 pods are of its present template; `kubectl rollout resume` it"}},
		"paused, not seen":   {edits: []func(map[string]any){set(int64(2), "metadata", "generation"), set(true, "spec", "paused")}, want: []string{"Deployment inference is paused in the middle"}},
		"rolling":            {edits: []func(map[string]any){old}, want: []string{"note: a rollout of Deployment inference is under way: 1 of 3 pods"}},
		"stuck":              {edits: []func(map[string]any){old, conditions("Progressing", "False", "timed out")}, pod: crashing, want: []string{"the rollout of Deployment inference is stuck: timed out: pod p: container main: CrashLoopBackOff: back-off", "note: pod p: container main: CrashLoopBackOff"}},
		"stuck once, mended": {edits: []func(map[string]any){conditions("Progressing", "False", "timed out")}},
		"crashes":            {pod: crashing, want: []string{"note: pod p: container main: CrashLoopBackOff"}},
		"no Secret":          {pod: func(pod *corev1.Pod) { crashing(pod); waitsFor(pod, "CreateContainerConfigError") }, want: []string{"pod p: container main: CreateContainerConfigError"}},
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

func waitsFor(pod *corev1.Pod, reason string) {
	pod.Status.ContainerStatuses[0].State.Waiting = &corev1.ContainerStateWaiting{Reason: reason}
}
