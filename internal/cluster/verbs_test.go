package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

func fakeCluster(t *testing.T) (*Cluster, *fake.Clientset) {
	t.Helper()
	client := fake.NewClientset()
	// The fake carries out what is only to be tried.
	client.PrependReactor("patch", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return rehearsed(action), nil, nil
	})
	client.PrependReactor("create", "pods", func(action clienttesting.Action) (bool, runtime.Object, error) {
		create, _ := action.(clienttesting.CreateActionImpl)
		return len(create.CreateOptions.DryRun) > 0, create.Object, nil
	})
	client.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review, _ := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview)
		a := review.Spec.ResourceAttributes
		review.Status.Allowed = true
		return a.Verb+" "+a.Resource+a.Subresource == "create pods", review, nil
	})
	return &Cluster{Client: client, REST: &rest.Config{}, Namespace: "default"}, client
}

func mustDeploy(t *testing.T, c *Cluster, exp *experiment.Experiment) (changes []string) {
	t.Helper()
	err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(ch Change) { changes = append(changes, ch.String()) }})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func TestDeployTwiceChangesNothing(t *testing.T) {
	c, _ := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	for _, change := range mustDeploy(t, c, exp) {
		if !strings.HasSuffix(change, " created") {
			t.Error(change)
		}
	}
	for _, change := range mustDeploy(t, c, exp) {
		if !strings.HasSuffix(change, " unchanged") {
			t.Error(change)
		}
	}
	other := runstest.Experiment(t, "  measure: {duration: 5s}\n  cluster: {networkPolicies: omit}")
	var changed []string
	for _, change := range mustDeploy(t, c, other) {
		if !strings.HasSuffix(change, " unchanged") {
			changed = append(changed, change)
		}
	}
	want := []string{"ConfigMap locust-load-test-matrix-experiment changed", "NetworkPolicy locust-load-test-matrix deleted"}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDeployLeavesOthersObjects(t *testing.T) {
	for _, tt := range []struct{ owner, want string }{
		{"", "ServiceAccount locust-driver exists and was not made by swarmgrid"},
		{"other", "ServiceAccount locust-driver belongs to experiment other"},
	} {
		c, client := fakeCluster(t)
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "locust-driver", Namespace: "default"}}
		if tt.owner != "" {
			account.Labels = map[string]string{manifests.LabelExperiment: tt.owner}
		}
		if _, err := client.CoreV1().ServiceAccounts("default").Create(t.Context(), account, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		err := c.Deploy(t.Context(), runstest.Experiment(t, ""), DeployOptions{Changed: func(Change) {}})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %q", err, tt.want)
		}
	}
}

func submit(t *testing.T, c *Cluster, exp *experiment.Experiment) *Submitted {
	t.Helper()
	s, err := c.Submit(t.Context(), exp, SubmitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCleanupRestoresBeforeTheLockGoes(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	submit(t, c, exp)
	var told []string
	err := c.Cleanup(t.Context(), exp, CleanupOptions{
		Tell: func(text string) { told = append(told, text) },
		Restore: func(ctx context.Context) (string, error) {
			jobs, err := client.BatchV1().Jobs("default").List(ctx, metav1.ListOptions{})
			if err != nil || len(jobs.Items) > 0 {
				t.Errorf("a driver is there while the target is restored: %v", err)
			}
			leases, err := client.CoordinationV1().Leases("default").List(ctx, metav1.ListOptions{})
			if err != nil || len(leases.Items) != 1 {
				t.Errorf("the lock is gone before the target is restored: %v", err)
			}
			return "restored", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) < 3 || told[0] != "Job locust-load-test-matrix deleted" || told[1] != "restored" || told[len(told)-1] != "Lease "+targetlock.Name(exp.LoadMatrix.Spec.Target)+" deleted" {
		t.Errorf("order: %q", told)
	}
}

// TestCleanupStopsARunWithResults keeps what was measured, and nothing else.
func TestCleanupStopsARunWithResults(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	s := submit(t, c, exp)
	runstest.Drive(t, c.Client, exp, selfOf(s), runstest.Record)
	restored := false
	opts := CleanupOptions{Tell: func(string) {}, Restore: func(context.Context) (string, error) { restored = true; return "", nil }}
	if err := c.Cleanup(t.Context(), exp, opts); !errors.As(err, new(*driver.NotDownloadedError)) {
		t.Errorf("error %v", err)
	}
	jobs, err := client.BatchV1().Jobs("default").List(t.Context(), metav1.ListOptions{})
	if err != nil || len(jobs.Items) > 0 || !restored {
		t.Errorf("the run was not stopped: %d Jobs, restored: %v, %v", len(jobs.Items), restored, err)
	}
	d, err := c.Runs(exp).Results(t.Context(), "", t.TempDir())
	if err != nil || len(d.Journal.Records) != 1 {
		t.Fatalf("the results are gone: %v", err)
	}
	if err := c.Runs(exp).MarkDownloaded(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := c.Cleanup(t.Context(), exp, opts); err != nil {
		t.Error(err)
	}
}

func TestCleanupStopsWhereItCannotRestore(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	err := c.Cleanup(t.Context(), exp, CleanupOptions{
		Tell: func(string) {}, Restore: func(context.Context) (string, error) { return "", errors.New("no") },
	})
	if err == nil || !strings.Contains(err.Error(), "restoring the target: no") {
		t.Errorf("error %v", err)
	}
	leases, err := client.CoordinationV1().Leases("default").List(t.Context(), metav1.ListOptions{})
	if err != nil || len(leases.Items) != 1 {
		t.Errorf("what is needed to restore is gone: %v", err)
	}
}

// TestCleanupOfAStrandedJob has a Job whose pod is on a node that is away: it never goes.
func TestCleanupOfAStrandedJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client := fakeCluster(t)
		exp := runstest.Experiment(t, "")
		mustDeploy(t, c, exp)
		s := submit(t, c, exp)
		client.PrependReactor("delete", "jobs", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, nil })
		err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}})
		want := "waiting for Job " + s.Name + " to be gone: context deadline exceeded; if its pod's node is down, " +
			"`kubectl delete pod -l job-name=" + s.Name + " --force` removes the pod; then try again"
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	})
}

// TestCleanupWaitsForPods has a garbage collector that was behind: the owners are gone,
// a pod of theirs is not yet.
func TestCleanupWaitsForPods(t *testing.T) {
	for name, tt := range map[string]struct {
		ends time.Duration
		want string
	}{
		"ending": {ends: 30 * time.Second},
		"stuck":  {ends: time.Hour, want: "Pod straggler remains"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, client := fakeCluster(t)
				exp := runstest.Experiment(t, "")
				mustDeploy(t, c, exp)
				pods := client.CoreV1().Pods("default")
				pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "straggler", Labels: map[string]string{manifests.LabelExperiment: exp.LoadMatrix.Name, manifests.LabelApp: manifests.App}}}
				if _, err := pods.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(tt.ends, func() { _ = pods.Delete(context.WithoutCancel(t.Context()), "straggler", metav1.DeleteOptions{}) })
				err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}})
				if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && got != tt.want {
					t.Errorf("error %v, want %q", err, tt.want)
				}
			})
		})
	}
}

func selfOf(s *Submitted) driver.Self { return runstest.Self(s.Name, s.Run) }
