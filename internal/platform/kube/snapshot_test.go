package kube

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// aPod is a ready pod; edits make it something else.
func aPod(name string, edits ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name + "uid-1")},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}, {Type: corev1.PodReady, Status: corev1.ConditionTrue},
		}},
	}
	for _, edit := range edits {
		edit(pod)
	}
	return pod
}

func notReady(pod *corev1.Pod) { pod.Status.Conditions[1].Status = corev1.ConditionFalse }

func going(pod *corev1.Pod) { pod.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }

func waitingFor(reason, message string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		notReady(pod)
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "model", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}},
		}}
	}
}

func unplaced(message string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		notReady(pod)
		pod.Status.Phase = corev1.PodPending
		pod.Status.Conditions[0] = corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: message}
	}
}

func anEvent(pod, reason, message string) *corev1.Event {
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{ResourceVersion: "5"}, Reason: reason, Message: message,
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: pod, UID: types.UID(pod + "uid-1")},
	}
}

func versioned(version string, e *corev1.Event) *corev1.Event {
	e.ResourceVersion = version
	return e
}

// aSnapshot wants 2 replicas, was asked a minute ago, and has what edits give it.
func aSnapshot(edits ...func(*snapshot)) *snapshot {
	now := time.Unix(1000, 0)
	s := &snapshot{
		now: now, asked: now.Add(-time.Minute), grace: 10 * time.Second, name: "web", wanted: 2, members: map[types.UID]member{},
		workload: workload{generation: 3, observed: 3, updated: -1},
	}
	for _, edit := range edits {
		edit(s)
	}
	return s
}

func withPods(pods ...*corev1.Pod) func(*snapshot) {
	return func(s *snapshot) { s.pods = pods }
}

func askedAgo(d time.Duration) func(*snapshot) {
	return func(s *snapshot) { s.asked = s.now.Add(-d) }
}

func withEvents(events ...*corev1.Event) func(*snapshot) {
	return func(s *snapshot) { s.events = events }
}

func remembered(name string, m member) func(*snapshot) {
	return func(s *snapshot) { s.members[types.UID(name+"uid-1")] = m }
}

func TestStatus(t *testing.T) {
	long := member{History: kubeapi.History{Unschedulable: time.Unix(900, 0)}}
	const full = "0/1 nodes are available: 1 Insufficient cpu."
	tests := map[string]struct {
		edits   []func(*snapshot)
		settled bool
		// stuck and waiting must be contained; an empty stuck must be empty.
		stuck, waiting string
	}{
		"settled":             {edits: []func(*snapshot){withPods(aPod("a"), aPod("b"))}, settled: true},
		"one left just now":   {edits: []func(*snapshot){withPods(aPod("a"), aPod("b")), func(s *snapshot) { s.left = s.now.Add(-2 * time.Second) }}, waiting: "just now, and the nodes have 3s to learn of it"},
		"one left before":     {edits: []func(*snapshot){withPods(aPod("a"), aPod("b")), func(s *snapshot) { s.left = s.now.Add(-3 * time.Second) }}, settled: true},
		"one missing":         {edits: []func(*snapshot){withPods(aPod("a"))}, waiting: "1 of 2 ready"},
		"surplus going":       {edits: []func(*snapshot){withPods(aPod("a"), aPod("b"), aPod("c", going))}, waiting: "2 of 2 ready, 1 draining"},
		"surplus not yet":     {edits: []func(*snapshot){withPods(aPod("a"), aPod("b"), aPod("c"))}, waiting: "3 of 2 ready"},
		"evicted ones remain": {edits: []func(*snapshot){withPods(aPod("a"), aPod("b"), aPod("c", func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }))}, settled: true},
		"not seen yet": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b")), func(s *snapshot) { s.observed = 2 }},
			waiting: "the controller has not seen the change yet",
		},
		"controller disagrees": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b")), func(s *snapshot) { s.counted, s.replicas, s.readyReplicas = true, 3, 2 }},
			waiting: "the controller counts 3 replicas, 2 ready",
		},
		"rollout": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b")), func(s *snapshot) { s.updated = 1 }},
			waiting: "a rollout is under way: 1 of 2",
		},
		"unschedulable for long": {edits: []func(*snapshot){withPods(aPod("a"), aPod("b", unplaced(full))), remembered("b", long)}, stuck: "pod b cannot be scheduled: " + full},
		"unschedulable for a moment": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b", unplaced(full))), remembered("b", member{History: kubeapi.History{Unschedulable: time.Unix(995, 0)}})},
			waiting: full,
		},
		"unschedulable, but too many": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b"), aPod("c", unplaced(full)), aPod("d", unplaced(full))), remembered("c", long), remembered("d", long)},
			waiting: full,
		},
		"unschedulable beyond those too many": {
			edits: []func(*snapshot){withPods(aPod("a"), aPod("b", unplaced(full)), aPod("c", unplaced(full))), remembered("b", long), remembered("c", long)},
			stuck: full,
		},
		"unschedulable in a rollout": {
			edits: []func(*snapshot){withPods(aPod("a"), aPod("b"), aPod("c", unplaced(full))), remembered("c", long), func(s *snapshot) { s.updated = 1 }},
			stuck: full,
		},
		"unschedulable, asked a moment ago": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b", unplaced(full))), remembered("b", long), askedAgo(5 * time.Second)},
			waiting: full,
		},
		"crash loop, asked this moment": {
			edits:   []func(*snapshot){withPods(aPod("b", waitingFor("CrashLoopBackOff", "back-off 10s"))), askedAgo(time.Second)},
			waiting: "CrashLoopBackOff",
		},
		"crash loop, change not seen yet": {
			edits:   []func(*snapshot){withPods(aPod("b", waitingFor("CrashLoopBackOff", "back-off 10s"))), func(s *snapshot) { s.observed = 2 }},
			waiting: "CrashLoopBackOff",
		},
		"unschedulable until others are gone": {edits: []func(*snapshot){withPods(aPod("a"), aPod("b", unplaced(full)), aPod("c", going)), remembered("b", long)}, waiting: full},
		"unschedulable, a node is coming": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b", unplaced(full))), remembered("b", long), withEvents(anEvent("b", "TriggeredScaleUp", "pod triggered scale-up"))},
			waiting: "a node was requested",
		},
		"unschedulable, Karpenter makes a node": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b", unplaced(full))), remembered("b", long), withEvents(anEvent("b", "Nominated", "Pod should schedule on: nodeclaim/default-x"))},
			waiting: "a node was requested",
		},
		"unschedulable, and no events to be had": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b", unplaced(full))), remembered("b", long), func(s *snapshot) { s.eventless = true }},
			waiting: full,
		},
		"unschedulable for very long": {
			edits: []func(*snapshot){withPods(aPod("a"), aPod("b", unplaced(full))), remembered("b", long), askedAgo(2 * time.Minute), func(s *snapshot) { s.eventless = true }},
			stuck: full,
		},
		"image pull, first try": {edits: []func(*snapshot){withPods(aPod("a"), aPod("b", waitingFor("ErrImagePull", "no such host")))}, waiting: "ErrImagePull: no such host"},
		"image pull, a moment": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b", waitingFor("ImagePullBackOff", "Back-off pulling image x"))), remembered("b", member{History: kubeapi.History{Unpulled: time.Unix(980, 0)}})},
			waiting: "ImagePullBackOff",
		},
		"image pull, for long": {
			edits: []func(*snapshot){withPods(aPod("a"), aPod("b", waitingFor("ImagePullBackOff", "Back-off pulling image x"))), remembered("b", member{History: kubeapi.History{Unpulled: time.Unix(960, 0)}})},
			stuck: "pod b: container model: ImagePullBackOff: Back-off pulling image x",
		},
		"image pull, trying again after long": {
			edits: []func(*snapshot){withPods(aPod("a"), aPod("b", waitingFor("ErrImagePull", "timeout"))), remembered("b", member{History: kubeapi.History{Unpulled: time.Unix(960, 0)}})},
			stuck: "ErrImagePull: timeout",
		},
		"no such image":          {edits: []func(*snapshot){withPods(aPod("b", waitingFor("ErrImagePull", `failed to resolve reference "x:y": x:y: not found`)))}, stuck: "not found"},
		"image denied":           {edits: []func(*snapshot){withPods(aPod("b", waitingFor("ImagePullBackOff", `Back-off pulling image "x": ErrImagePull: pull access denied`)))}, stuck: "access denied"},
		"image name":             {edits: []func(*snapshot){withPods(aPod("b", waitingFor("InvalidImageName", "couldn't parse")))}, stuck: "InvalidImageName: couldn't parse"},
		"image never pulled":     {edits: []func(*snapshot){withPods(aPod("b", waitingFor("ErrImageNeverPull", "not present")))}, stuck: "ErrImageNeverPull: not present"},
		"container config":       {edits: []func(*snapshot){withPods(aPod("b", waitingFor("CreateContainerConfigError", `secret "x" not found`)))}, stuck: `secret "x" not found`},
		"being created":          {edits: []func(*snapshot){withPods(aPod("a"), aPod("b", waitingFor("ContainerCreating", "")))}, waiting: "pod b: running, not ready yet"},
		"crash loop":             {edits: []func(*snapshot){withPods(aPod("b", waitingFor("CrashLoopBackOff", "back-off 10s")))}, stuck: "CrashLoopBackOff: back-off 10s"},
		"crash loop under load":  {edits: []func(*snapshot){withPods(aPod("b", waitingFor("CrashLoopBackOff", "back-off 10s"))), remembered("b", member{History: kubeapi.History{WasReady: true}})}, waiting: "CrashLoopBackOff"},
		"init container crashes": {edits: []func(*snapshot){withPods(aPod("b", initCrash))}, stuck: "container migrate: CrashLoopBackOff: back-off (container migrate: Error, exit code 3)"},
		"quota, by the Deployment": {
			edits: []func(*snapshot){withPods(aPod("a")), func(s *snapshot) { s.failure = `pods "x" is forbidden: exceeded quota: small` }},
			stuck: "exceeded quota: small",
		},
		"quota, by an event": {
			edits: []func(*snapshot){withPods(aPod("a")), withEvents(anEvent("web", "FailedCreate", `create Pod web-1 failed error: pods "web-1" is forbidden: exceeded quota: small`))},
			stuck: "exceeded quota: small",
		},
		"quota, but a pod was created since": {
			edits:   []func(*snapshot){withPods(aPod("a")), withEvents(versioned("7", anEvent("web", "SuccessfulCreate", "create Pod web-1 in StatefulSet web successful")), anEvent("web", "FailedCreate", `pods "web-1" is forbidden: exceeded quota: small`))},
			waiting: "1 of 2 ready, 0 draining",
		},
		"quota, but a pod is younger": {
			edits: []func(*snapshot){withPods(aPod("a", func(p *corev1.Pod) { p.CreationTimestamp = metav1.Unix(990, 0) })), withEvents(
				anEvent("web", "FailedCreate", `pods "web-1" is forbidden: exceeded quota: small`),
			), func(s *snapshot) { s.events[0].LastTimestamp = metav1.Unix(980, 0) }},
			waiting: "1 of 2 ready, 0 draining",
		},
		"quota, again after a creation": {
			edits: []func(*snapshot){withPods(aPod("a")), withEvents(versioned("10", anEvent("web", "FailedCreate", `pods "web-2" is forbidden: exceeded quota: small`)), versioned("9", anEvent("web", "SuccessfulCreate", "")), anEvent("web", "FailedCreate", "an older one"))},
			stuck: `"web-2" is forbidden`,
		},
		"admission is not ready": {
			edits:   []func(*snapshot){withPods(aPod("a")), func(s *snapshot) { s.failure = `pods "x" is forbidden: not yet ready to handle request` }},
			waiting: "not yet ready to handle request",
		},
		"quota is not counted yet": {
			edits: []func(*snapshot){withPods(aPod("a")), func(s *snapshot) {
				s.failure = `pods "x" is forbidden: status unknown for quota: small, resources: pods`
			}},
			waiting: "status unknown for quota",
		},
		"quota of somebody else": {
			edits:   []func(*snapshot){withPods(aPod("a")), withEvents(anEvent("web-2", "FailedCreate", `pods "web-2-1" is forbidden: exceeded quota: small`))},
			waiting: "1 of 2 ready, 0 draining",
		},
		"quota, while some go": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b", going)), func(s *snapshot) { s.failure = `pods "x" is forbidden: exceeded quota: small` }},
			waiting: "exceeded quota: small",
		},
		"quota, left from before": {
			edits:   []func(*snapshot){withPods(aPod("a")), func(s *snapshot) { s.failure, s.asked = "forbidden: exceeded quota", s.now.Add(-time.Second) }},
			waiting: "exceeded quota",
		},
		"webhook is away": {
			edits:   []func(*snapshot){withPods(aPod("a")), func(s *snapshot) { s.failure = "Internal error occurred: failed calling webhook" }},
			waiting: "failed calling webhook",
		},
		"probe fails": {
			edits:   []func(*snapshot){withPods(aPod("a"), aPod("b", notReady)), withEvents(anEvent("b", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"))},
			waiting: "pod b: Readiness probe failed: HTTP probe failed with statuscode: 503",
		},
		"many": {
			edits:   []func(*snapshot){withPods(aPod("a", notReady), aPod("b", notReady), aPod("c", notReady), aPod("d", notReady), aPod("e", notReady))},
			waiting: "and 2 more",
		},
		"endpoint missing": {edits: []func(*snapshot){withPods(aPod("a"), aPod("b")), withEndpoints("a")}, waiting: "pod b is ready, but not among the endpoints of Service front"},
		"endpoint stays":   {edits: []func(*snapshot){withPods(aPod("a"), aPod("b")), withEndpoints("a", "b", "gone")}, waiting: "Service front still sends to Pod gone"},
		"endpoints":        {edits: []func(*snapshot){withPods(aPod("a"), aPod("b")), withEndpoints("a", "b")}, settled: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			st, _ := aSnapshot(test.edits...).status()
			if st.Settled(2) != test.settled {
				t.Errorf("settled is %v: %+v", st.Settled(2), st)
			}
			if !strings.Contains(st.Stuck, test.stuck) || (test.stuck == "") != (st.Stuck == "") {
				t.Errorf("stuck %q, want %q", st.Stuck, test.stuck)
			}
			if !strings.Contains(st.Waiting, test.waiting) || (st.Waiting == "") != test.settled {
				t.Errorf("waiting %q, want %q", st.Waiting, test.waiting)
			}
		})
	}
}

func initCrash(pod *corev1.Pod) {
	notReady(pod)
	pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{
		Name: "migrate", RestartCount: 2,
		State:                corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off"}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Error", ExitCode: 3}},
	}}
}

func withEndpoints(pods ...string) func(*snapshot) {
	return func(s *snapshot) {
		s.service = "front"
		slice := discoveryv1.EndpointSlice{}
		for _, pod := range pods {
			slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
				TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: pod, UID: types.UID(pod + "uid-1")},
			})
		}
		s.endpoints = []discoveryv1.EndpointSlice{slice}
	}
}

func TestReplica(t *testing.T) {
	oom := aPod("a", func(p *corev1.Pod) {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "model", RestartCount: 2,
			LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "OOMKilled", ExitCode: 137}},
		}}
		p.Status.Conditions[0].LastTransitionTime = metav1.Unix(490, 0)
		p.Status.Conditions[1].LastTransitionTime = metav1.Unix(500, 0)
	})
	s := aSnapshot(withPods(oom, aPod("b"), aPod("c", unplaced("no room"))), remembered("b", member{inherited: ending{restarts: 1, cause: "pod z: Evicted: low on memory"}}))
	st, _ := s.status()
	a, b := st.Replicas[0], st.Replicas[1]
	if a.ID != "a/auid+2" || a.Restarts != 2 || a.LastExit != "container model: OOMKilled, exit code 137" || !a.ReadySince.Equal(time.Unix(500, 0)) || !a.Scheduled.Equal(time.Unix(490, 0)) {
		t.Errorf("after an OOM kill: %+v", a)
	}
	if c := st.Replicas[2]; !c.Scheduled.IsZero() || !c.ReadySince.IsZero() {
		t.Errorf("a pod without a node: %+v", c)
	}
	if b.ID != "b/buid" || b.Restarts != 1 || b.LastExit != "pod z: Evicted: low on memory" {
		t.Errorf("the successor of an evicted pod: %+v", b)
	}
}

func TestPopulation(t *testing.T) {
	wanted := 2
	p := newPopulation(func() int { return wanted })
	a, b := aPod("a"), aPod("b")
	p.changed(nil, a, true)
	p.changed(nil, b, true)

	evicted := aPod("b", func(pod *corev1.Pod) {
		pod.Status.Phase, pod.Status.Reason, pod.Status.Message = corev1.PodFailed, "Evicted", "low on memory"
	})
	p.changed(b, evicted, false)
	p.changed(evicted, nil, false)
	c := aPod("c", notReady)
	p.changed(nil, c, false)
	if got, want := p.of(c.UID).inherited, (ending{1, "pod b: Evicted: low on memory"}); got != want {
		t.Errorf("the successor inherits %+v, want %+v", got, want)
	}
	if p.of(c.UID).WasReady || !p.of(a.UID).WasReady {
		t.Error("who was ready is not remembered")
	}

	wanted = 1 // a scale-down is no unexpected end
	p.changed(c, aPod("c", going), false)
	wanted = 2
	d := aPod("d")
	p.changed(nil, d, false)
	if got := p.of(d.UID).inherited; got != (ending{}) {
		t.Errorf("after a scale-down a new pod inherits %+v", got)
	}
}

// TestUnpulled: the time counts from the first try, whatever the kubelet says between
// the tries.
func TestUnpulled(t *testing.T) {
	p := newPopulation(func() int { return 1 })
	first, again, up := aPod("a", waitingFor("ErrImagePull", "")), aPod("a", waitingFor("ImagePullBackOff", "")), aPod("a")
	p.changed(nil, first, true)
	began := p.of(first.UID).Unpulled
	p.changed(first, again, false)
	if got := p.of(first.UID).Unpulled; began.IsZero() || !got.Equal(began) {
		t.Errorf("unpulled since %v, then %v", began, got)
	}
	p.changed(again, up, false)
	if got := p.of(first.UID).Unpulled; !got.IsZero() {
		t.Errorf("pulled, but unpulled since %v", got)
	}
}
