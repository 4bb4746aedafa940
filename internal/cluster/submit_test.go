package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs"
	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

func TestSubmit(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	if _, err := c.Submit(t.Context(), exp, SubmitOptions{}); err == nil || !strings.Contains(err.Error(), "swarmgrid deploy FILE") {
		t.Errorf("submit without deploy: %v", err)
	}
	mustDeploy(t, c, exp)
	first := submit(t, c, exp)
	var active *runs.ActiveError
	if _, err := c.Submit(t.Context(), exp, SubmitOptions{}); !errors.As(err, &active) || active.Run != first.Run {
		t.Errorf("submit beside an active run: %v", err)
	}
	if err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}}); !errors.As(err, &active) {
		t.Errorf("deploy beside an active run: %v", err)
	}
	runstest.Drive(t, c.Client, exp, selfOf(first), runstest.Record)
	runstest.EndJob(t, client, first.Name, batchv1.JobComplete, "")
	var wanted *driver.NotDownloadedError
	if _, err := c.Submit(t.Context(), exp, SubmitOptions{}); !errors.As(err, &wanted) || wanted.Records != 1 || !strings.Contains(err.Error(), "--run "+first.Run+"`") {
		t.Errorf("submit over results: %v", err)
	}
	if _, err := c.Submit(t.Context(), exp, SubmitOptions{DiscardResults: true}); err != nil {
		t.Errorf("submit that gives results up: %v", err)
	}
}

// TestSubmitComparesTheWorkers has other settings at submit than at deploy.
func TestSubmitComparesTheWorkers(t *testing.T) {
	build := func(cluster string) *manifests.Set {
		exp, err := experiment.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {url: \"http://target:8000\"}, load: {builtin: forecasting}, cluster: "+cluster+"}"), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		set, err := manifests.Build(exp, manifests.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	c, client := fakeCluster(t)
	deployed := build("{}")
	for _, o := range deployed.Deployed() {
		if _, err := c.apply(t.Context(), o, "inference"); err != nil {
			t.Fatal(err)
		}
	}
	worker, err := client.AppsV1().Deployments("default").Get(t.Context(), "locust-worker", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	worker.Spec.Replicas = new(int32(17)) // as a driver may have left it
	if _, err := client.AppsV1().Deployments("default").Update(t.Context(), worker, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	for cluster, want := range map[string]string{
		"{}":                      "<nil>",
		"{worker: {env: {A: b}}}": "Deployment locust-worker does not match the experiment",
		"{worker: {resources: {requests: {cpu: \"2\"}}}}":         "Deployment locust-worker does not match the experiment",
		"{names: {service: locust-master}, nodePort: 30089}":      "Service locust-master does not match the experiment",
		"{master: {env: {A: b}}, worker: {priorityClassName: x}}": "Deployment locust-master does not match the experiment",
	} {
		if err := fmt.Sprint(c.checkDeployed(t.Context(), build(cluster))); !strings.HasPrefix(err, want) {
			t.Errorf("%s: %s, want %s", cluster, err, want)
		}
	}
}

// TestSubmitLeavesOthersJobs has a Job of that name appear when nothing was in the way yet.
func TestSubmitLeavesOthersJobs(t *testing.T) {
	for _, tt := range []struct {
		name   string
		labels map[string]string
		late   bool // after the look for a Job that has ended
		want   string
	}{
		{name: "somebody else's", want: "was not made by swarmgrid"},
		{name: "another submit's", labels: map[string]string{manifests.LabelExperiment: "it"}, want: "is active"},
		{name: "another submit's, at the last moment", labels: map[string]string{manifests.LabelExperiment: "it"}, late: true, want: "is active"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, client := fakeCluster(t)
			exp := runstest.Experiment(t, "")
			mustDeploy(t, c, exp)
			other := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "locust-load-test-matrix", Namespace: "default", UID: "other", Labels: tt.labels}}
			appear := func() error { return client.Tracker().Add(other) }
			client.PrependReactor("create", "jobs", func(clienttesting.Action) (bool, runtime.Object, error) {
				if tt.late {
					return false, nil, appear()
				}
				return false, nil, nil
			})
			_, err := c.Submit(t.Context(), exp, SubmitOptions{Check: func(context.Context) error {
				if tt.late {
					return nil
				}
				return appear()
			}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			job, err := client.BatchV1().Jobs("default").Get(t.Context(), other.Name, metav1.GetOptions{})
			if err != nil || job.UID != other.UID {
				t.Errorf("it is gone: %v", err)
			}
		})
	}
}

// TestScheduleEnds sees that a schedule that is gone from the file goes from the cluster.
func TestScheduleEnds(t *testing.T) {
	scheduled := runstest.Experiment(t, "  schedule: {cron: \"0 2 * * 0\", history: 1}")
	once := runstest.Experiment(t, "")
	for name, do := range map[string]func(c *Cluster) (said []string){
		"deploy": func(c *Cluster) []string { return mustDeploy(t, c, once) },
		"submit": func(c *Cluster) (said []string) {
			_, err := c.Submit(t.Context(), once, SubmitOptions{Changed: func(change Change) { said = append(said, change.String()) }})
			if err != nil {
				t.Fatal(err)
			}
			return said
		},
	} {
		c, client := fakeCluster(t)
		mustDeploy(t, c, scheduled)
		submit(t, c, scheduled)
		if said := mustDeploy(t, c, scheduled); slices.Contains(said, "CronJob locust-load-test-matrix deleted") {
			t.Error("a schedule that is wanted was deleted")
		}
		if said := do(c); !slices.Contains(said, "CronJob locust-load-test-matrix deleted") {
			t.Errorf("%s says %q", name, said)
		}
		left, err := client.BatchV1().CronJobs("default").List(t.Context(), metav1.ListOptions{})
		if err != nil || len(left.Items) > 0 {
			t.Errorf("%s: the schedule goes on: %v", name, err)
		}
	}
}

func TestSubmitWhatIsNotDeployed(t *testing.T) {
	c, _ := fakeCluster(t)
	mustDeploy(t, c, runstest.Experiment(t, ""))
	_, err := c.Submit(t.Context(), runstest.Experiment(t, "  cluster: {names: {role: other}}"), SubmitOptions{})
	if err == nil || err.Error() != "not deployed yet: there is no Role other; run `swarmgrid deploy FILE` first" || !apierrors.IsNotFound(err) {
		t.Errorf("error %v", err)
	}
}
