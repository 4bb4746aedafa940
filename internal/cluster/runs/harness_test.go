package runs

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// submitted is a run that was started.
type submitted struct{ Name, Run string }

func (s submitted) self() driver.Self { return runstest.Self(s.Name, s.Run) }

// fakeRuns are an experiment's runs in a cluster in which it is deployed.
func fakeRuns(t *testing.T, exp *experiment.Experiment) (*Runs, *fake.Clientset) {
	t.Helper()
	client := fake.NewClientset()
	deploy(t, client, exp)
	return Of(client, runstest.Namespace, exp), client
}

// deploy makes an experiment's objects.
func deploy(t *testing.T, client *fake.Clientset, exp *experiment.Experiment) {
	t.Helper()
	for _, o := range setOf(t, exp).Deployed() {
		o.SetNamespace(runstest.Namespace)
		if err := client.Tracker().Add(o); err != nil {
			t.Fatal(err)
		}
	}
}

func setOf(t *testing.T, exp *experiment.Experiment) *manifests.Set {
	t.Helper()
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// submit makes the driver's Job, with the id that a real API server would give it.
func submit(t *testing.T, client *fake.Clientset, exp *experiment.Experiment, uid types.UID) submitted {
	t.Helper()
	jobs := client.BatchV1().Jobs(runstest.Namespace)
	job := setOf(t, exp).Job
	job.UID, job.CreationTimestamp = uid, metav1.Now()
	job, err := jobs.Create(t.Context(), job, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return submitted{Name: job.Name, Run: driver.RunID(job.Name, string(uid))}
}

// remove takes a Job away, as its TTL does.
func remove(t *testing.T, client *fake.Clientset, job string) {
	t.Helper()
	if err := client.BatchV1().Jobs(runstest.Namespace).Delete(t.Context(), job, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}
