package manifests

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
)

// TestGitOpsLeavesTheDriversThings sees that nothing that is applied again undoes or starts a run.
func TestGitOpsLeavesTheDriversThings(t *testing.T) {
	for name, text := range cases() {
		t.Run(name, func(t *testing.T) {
			set := build(t, text)
			got, err := set.GitOpsYAML()
			if err != nil {
				t.Fatal(err)
			}
			if name == "swarm" {
				golden(t, filepath.Join("testdata", "gitops.yaml"), got)
			}
			if text := string(got); !strings.HasPrefix(text, "# For GitOps. Left out:\n# - ") {
				t.Errorf("it does not say what is left out:\n%.200s", text)
			}
			counts, kinds := []string{}, []string{}
			for _, o := range decodeStrictly(t, got) {
				kinds = append(kinds, o.GetObjectKind().GroupVersionKind().Kind)
				switch o := o.(type) {
				case *appsv1.Deployment:
					if o.Spec.Replicas != nil {
						counts = append(counts, o.Name)
					}
				case *batchv1.Job:
					t.Error("a Job that would run again")
				}
			}
			if want := set.CronJob != nil; slices.Contains(kinds, "CronJob") != want {
				t.Errorf("a CronJob: %t, want %t", !want, want)
			}
			if set.Worker != nil && (!slices.Equal(counts, []string{set.Master.Name}) || *set.Worker.Spec.Replicas == 0) {
				t.Errorf("replicas are those of %v; the set has %v", counts, set.Worker.Spec.Replicas)
			}
		})
	}
}
