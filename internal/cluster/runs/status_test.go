package runs

import (
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// TestOwnResultsBesideOthers: what an experiment has measured under other names before is
// not withheld because its names are another's now.
func TestOwnResultsBesideOthers(t *testing.T) {
	exp := runstest.Experiment(t, "")
	r, client := fakeRuns(t, exp)
	s := submit(t, client, exp, "")
	runstest.Drive(t, client, exp, s.self(), runstest.Record)
	runstest.Publish(t, client, s.self(), true, 0, "a")
	runstest.EndJob(t, client, s.Name, batchv1.JobComplete, "")
	status, err := r.statusMap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	status.Labels[manifests.LabelExperiment] = "shop"
	if _, err := client.CoreV1().ConfigMaps(runstest.Namespace).Update(t.Context(), status, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if d, err := r.Results(t.Context(), "", t.TempDir()); err != nil || d.Run != s.Run {
		t.Errorf("%+v, %v", d, err)
	}
}
