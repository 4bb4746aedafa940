package preflight

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"
)

// TestPods: before anything is made, each refusal of a pod comes with the field that it is
// about, a quota that is full is no matter of one pod, and the target's Service stays the
// target's.
func TestPods(t *testing.T) {
	const some = "  cluster: {worker: {labels: {tier: web}, volumes: [{name: data, hostPath: {path: /x}}]}}\n"
	full := aQuota("pods", "3", "3")
	full.Namespace = testNamespace
	for name, test := range map[string]struct {
		refusal  string
		selector map[string]string
		objects  []runtime.Object
		want     []string
	}{
		"all is well": {selector: map[string]string{"app": "inference"}},
		"a field": {
			refusal: `violates PodSecurity "restricted:latest": restricted volume types (volume "data" uses restricted volume type "hostPath")`,
			want: []string{
				`the API server would refuse a pod of Deployment locust-worker: violates PodSecurity "restricted:latest": restricted volume types (volume "data" uses restricted volume type "hostPath"); see spec.cluster.worker.volumes[0]`,
			},
		},
		"OpenShift's users": {
			refusal: `unable to validate against any security context constraint: [provider "restricted-v2": .containers[0].runAsUser: Invalid value: 65532: must be in the ranges: [1000660000, 1000669999]]`,
			want: []string{
				`the API server would refuse a pod of Deployment locust-worker: unable to validate against any security context constraint: [provider "restricted-v2": .containers[0].runAsUser: Invalid value: 65532: must be in the ranges: [1000660000, 1000669999]]; ` +
					"OpenShift assigns users and groups itself: give null for runAsUser, runAsGroup and fsGroup in spec.cluster.worker.podSecurityContext, or see spec.cluster.worker",
			},
		},
		"a full quota": {refusal: "exceeded quota: small, requested: pods=1", objects: []runtime.Object{&full}},
		"a Service": {
			selector: map[string]string{"tier": "web"},
			want:     []string{"Service inference, which is in front of the target, would select the pods of Deployment locust-worker, too: it selects tier=web; see spec.cluster.worker.labels"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFakeAPI(t)
			for _, o := range test.objects {
				c.must(c.typed.Tracker().Add(o))
			}
			if test.selector != nil {
				c.must(c.typed.Tracker().Add(aService(test.selector)))
			}
			c.typed.PrependReactor("create", "pods", func(action clienttesting.Action) (bool, runtime.Object, error) {
				create := action.(clienttesting.CreateActionImpl) //nolint:forcetypeassert // of creations only
				pod := create.GetObject().(*corev1.Pod)           //nolint:forcetypeassert // of pods only
				if len(create.CreateOptions.DryRun) == 0 {
					t.Error("a pod was made")
				}
				if test.refusal != "" && pod.Labels["role"] == "worker" {
					return true, nil, podsForbidden(test.refusal)
				}
				return true, pod, nil
			})
			wantLines(t, Pods(t.Context(), c.preflight(nil).facts, aSet(t, some)), test.want...)
		})
	}
}
