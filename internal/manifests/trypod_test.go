package manifests

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	psaapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// TestTryPod: a pod for a look is a worker's in all but the load's file, and ends by itself.
func TestTryPod(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := psaapi.LevelVersion{Level: psaapi.LevelRestricted, Version: psaapi.LatestVersion()}
	for engine, command := range map[string]string{"swarm": " try --idle 2m0s", "locust": "python3 -c import time; time.sleep(120) "} {
		worker := build(t, `
spec:
  target: {scaleTargetRef: {name: inference}}
  load: {engine: `+engine+`}
  cluster: {worker: {env: {A: b}, envFromSecrets: [token]}}
`).Worker
		before := worker.DeepCopy()
		pod := TryPod(worker, 2*time.Minute)
		c := pod.Spec.Containers[0]
		if got := strings.Join(c.Command, " ") + " " + strings.Join(c.Args, " "); got != command {
			t.Errorf("%s: it runs %q, want %q", engine, got, command)
		}
		if pod.Labels[LabelRole] != RoleWorker || pod.Labels[LabelPart] != PartTry || *pod.Spec.ActiveDeadlineSeconds != 120 || c.StartupProbe != nil ||
			len(c.EnvFrom) != 1 || c.Env[len(c.Env)-1].Name != "A" {
			t.Errorf("%s: %+v", engine, pod)
		}
		if len(pod.Spec.Volumes) != 1 || len(c.VolumeMounts) != 1 {
			t.Errorf("%s: volumes %+v, mounts %+v", engine, pod.Spec.Volumes, c.VolumeMounts)
		}
		for _, r := range evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec) {
			if !r.Allowed {
				t.Errorf("%s: %s: %s", engine, r.ForbiddenReason, r.ForbiddenDetail)
			}
		}
		if diff := cmp.Diff(before, worker); diff != "" {
			t.Errorf("%s: the Deployment was changed:\n%s", engine, diff)
		}
	}
}

func TestLeaveLookOut(t *testing.T) {
	for _, more := range []string{"", `  schedule: {cron: "0 2 * * 0"}`} {
		set := build(t, "spec:\n  target: {scaleTargetRef: {name: inference}}\n"+more)
		set.LeaveLookOut()
		args := [][]string{set.Job.Spec.Template.Spec.Containers[0].Args}
		if set.CronJob != nil {
			args = append(args, set.CronJob.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Args)
		}
		for _, a := range args {
			if i := slices.Index(a, "--try=false"); i != len(a)-1 || slices.Index(a, "run") != 0 {
				t.Errorf("the driver runs with %q", a)
			}
		}
	}
}
