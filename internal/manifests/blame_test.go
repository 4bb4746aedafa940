package manifests

import "testing"

// TestBlame: a refusal leads to what the person said, in the words of Pod Security, of
// OpenShift's constraints, of admission plugins and policies.
func TestBlame(t *testing.T) {
	set := build(t, `spec: {target: {scaleTargetRef: {name: inference}}, cluster: {worker: {
		labels: {team: a, example.com/tier: b}, annotations: {sidecar.istio.io/inject: "true"}, runtimeClassName: gvisor, serviceAccountName: load,
		volumes: [{name: data, hostPath: {path: /x}}, {name: dat, emptyDir: {}}], volumeMounts: [{name: data, mountPath: /data}],
		podSecurityContext: {runAsUser: 0, runAsNonRoot: false, fsGroup: null}}}}`)
	const at = "spec.cluster.worker"
	for refusal, want := range map[string]string{
		`restricted volume types (volume "data" uses restricted volume type "hostPath"), runAsUser=0 (pod must not set runAsUser=0)`: at + ".volumes[0], " + at + ".podSecurityContext.runAsUser",
		`runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)`:                                                 at + ".podSecurityContext.runAsNonRoot",
		`.spec.securityContext.fsGroup: Invalid value: []int64{65532}: 65532 is not an allowed group`:                                at + ".podSecurityContext.fsGroup",
		`spec.volumes[4]: Invalid value: "hostPath": hostPath volumes are not allowed to be used`:                                    at + ".volumes[0]",
		`pod rejected: RuntimeClass "gvisor" not found`:                                                                              at + ".runtimeClassName",
		`error looking up service account shop/load: serviceaccount "load" not found`:                                                at + ".serviceAccountName",
		`the label example.com/tier is not one of ours.`:                                                                             at + ".labels.example.com/tier",
		`sidecar.istio.io/inject is for others`:                                                                                      at + ".annotations.sidecar.istio.io/inject",
		`team-a and runAsUserName mean nothing`:                                                                                      at,
	} {
		if got := set.Blame("worker", refusal); got != want {
			t.Errorf("%s\nblames %s, want %s", refusal, got, want)
		}
	}
	if got := set.Blame("driver", "runAsUser"); got != "spec.cluster.driver" {
		t.Errorf("the driver is blamed by %s", got)
	}
}
