package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

// testExperiment needs no workloads: its target and its master are somebody else's.
func testExperiment(t *testing.T, more string) *experiment.Experiment {
	t.Helper()
	exp, err := experiment.Decode("it.yaml", []byte(`
apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
metadata: {name: it}
spec:
  target: {url: "http://target:8000"}
  load: {masterURL: "http://master:8089"}
  matrix: {users: [10]}
`+more), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

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
	exp := testExperiment(t, "")
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
	other := testExperiment(t, "  measure: {duration: 5s}\n  cluster: {networkPolicies: omit}")
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
		err := c.Deploy(t.Context(), testExperiment(t, ""), DeployOptions{Changed: func(Change) {}})
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

// endJob does the Job controller's part.
func endJob(t *testing.T, client *fake.Clientset, name string, kind batchv1.JobConditionType, message string) {
	t.Helper()
	job, err := client.BatchV1().Jobs("default").Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	job.Status.Conditions = []batchv1.JobCondition{{Type: kind, Status: corev1.ConditionTrue, Reason: "Because", Message: message}}
	if _, err := client.BatchV1().Jobs("default").UpdateStatus(t.Context(), job, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// driveRun does the driver's part: a journal with one record and a status.
func driveRun(t *testing.T, c *Cluster, exp *experiment.Experiment, self driver.Self) {
	t.Helper()
	driveRecord(t, c, exp, self, testRecord)
}

func driveRecord(t *testing.T, c *Cluster, exp *experiment.Experiment, self driver.Self, record func(result.Header) result.Record) {
	t.Helper()
	store, err := driverOf(c, exp, self).OpenStore(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	h := testHeader(self.Run())
	h.Identity = exp.WithWorkers(1).Identity()
	_, loaded := store.Load(t.Context())
	if err := errors.Join(loaded, store.Begin(t.Context(), h), store.Append(t.Context(), record(h)), store.Close()); err != nil {
		t.Fatal(err)
	}
}

func selfOf(s *Submitted) driver.Self {
	job, uid := s.Name, strings.TrimPrefix(s.Run, s.Name+"-")
	return driver.Self{Namespace: "default", Pod: job + "-x", PodUID: "p", Job: job, JobUID: uid}
}

func TestResults(t *testing.T) {
	c, client := fakeCluster(t)
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	if _, err := c.Results(t.Context(), exp, "", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no results yet") {
		t.Errorf("results of nothing: %v", err)
	}
	s := submit(t, c, exp)
	driveRun(t, c, exp, selfOf(s))
	if d, err := c.Results(t.Context(), exp, "", t.TempDir()); err != nil || !d.GoesOn {
		t.Errorf("results during the run: %+v, %v", d, err)
	}
	endJob(t, client, s.Name, batchv1.JobComplete, "")
	// The TTL takes the Job and its pods away.
	if err := client.BatchV1().Jobs("default").Delete(t.Context(), s.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "r")
	d, err := c.Results(t.Context(), exp, "", dir)
	if err != nil {
		t.Fatal(err)
	}
	if d.GoesOn {
		t.Error("the run is over and goes on")
	}
	if measured, err := c.Measured(t.Context(), exp, s.Run); err != nil || cmp.Diff(d.Journal, measured) != "" {
		t.Errorf("measured: %+v, %v", measured, err)
	}
	if measured, err := c.Measured(t.Context(), exp, "another"); err != nil || measured != nil {
		t.Errorf("measured by a run that is not there: %+v, %v", measured, err)
	}
	local, err := rundir.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.Journal, local); diff != "" || local.Header.RunID != s.Run || len(local.Records) != 1 {
		t.Errorf("the directory differs (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "experiment.json")); err != nil {
		t.Error(err)
	}
	if err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}}); !errors.As(err, new(*driver.NotDownloadedError)) {
		t.Errorf("cleanup before the mark: %v", err)
	}
	if err := c.MarkDownloaded(t.Context(), exp, d); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Results(t.Context(), exp, "another", dir); err == nil || !strings.Contains(err.Error(), "kept are "+s.Run) {
		t.Errorf("results of another run: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, rundir.JournalName), mustHeader(t, "somebody"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Results(t.Context(), exp, "", dir); err == nil || !strings.Contains(err.Error(), "holds run somebody") {
		t.Errorf("results over another run's directory: %v", err)
	}
	if err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}}); err != nil {
		t.Error(err)
	}
}

// TestResultsAreTheNewestRuns does not pass off the results of the run before.
func TestResultsAreTheNewestRuns(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted)
		want string
	}{
		{name: "its driver told why", want: ", the newest, left no records: the preflight said no; an earlier", do: func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted) {
			p := driverOf(c, testExperiment(t, ""), selfOf(s)).Publish()
			if err := p.Finish(t.Context(), true, 1, "the preflight said no"); err != nil {
				t.Fatal(err)
			}
			endJob(t, client, s.Name, batchv1.JobFailed, "exit code 1")
		}},
		{name: "its Job is gone, too", want: ", the newest, left no records; an earlier", do: func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted) {
			publish(t, c, s, true, 1)
			if err := client.BatchV1().Jobs("default").Delete(t.Context(), s.Name, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "its driver never said a word", want: ", the newest, left no records: Because: too many; an earlier", do: func(t *testing.T, _ *Cluster, client *fake.Clientset, s *Submitted) {
			endJob(t, client, s.Name, batchv1.JobFailed, "too many")
		}},
		{name: "it has only begun", want: ", the newest, has no records yet; `swarmgrid monitor FILE` tells how far it is; an earlier", do: func(*testing.T, *Cluster, *fake.Clientset, *Submitted) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, client := fakeCluster(t)
			exp := testExperiment(t, "")
			mustDeploy(t, c, exp)
			first := submitAs(t, c, client, "11111111")
			driveRun(t, c, exp, selfOf(first))
			publish(t, c, first, true, 0)
			endJob(t, client, first.Name, batchv1.JobComplete, "")
			if d, err := c.Results(t.Context(), exp, "", t.TempDir()); err != nil || c.MarkDownloaded(t.Context(), exp, d) != nil {
				t.Fatal(err)
			}
			second := submitAs(t, c, client, "22222222")
			tt.do(t, c, client, second)
			_, err := c.Results(t.Context(), exp, "", t.TempDir())
			want := "run " + second.Run + tt.want + " run's results are fetched with `swarmgrid results FILE --run " + first.Run + "`"
			if !errors.As(err, new(*NoRecordsError)) || err.Error() != want {
				t.Errorf("%v\nwant %s", err, want)
			}
			if d, err := c.Results(t.Context(), exp, first.Run, t.TempDir()); err != nil || d.Run != first.Run {
				t.Errorf("the run that was asked for: %v", err)
			}
		})
	}
}

// submitAs gives the Job an id, as a real API server does.
func submitAs(t *testing.T, c *Cluster, client *fake.Clientset, uid types.UID) *Submitted {
	t.Helper()
	client.PrependReactor("create", "jobs", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if job, ok := action.(clienttesting.CreateAction).GetObject().(*batchv1.Job); ok && job.UID == "" {
			job.UID, job.CreationTimestamp = uid, metav1.Now()
		}
		return false, nil, nil
	})
	return submit(t, c, testExperiment(t, ""))
}

// TestResultsOfAnEarlierDeploy does not pass off an experiment as that of an older run.
func TestResultsOfAnEarlierDeploy(t *testing.T) {
	c, client := fakeCluster(t)
	exp := testExperiment(t, "  cluster: {driver: {env: {TEST_DURATION: \"7\", TOKEN: hush}}}")
	mustDeploy(t, c, exp)
	s := submit(t, c, exp)
	driven, err := manifests.Driven(exp)
	if err != nil {
		t.Fatal(err)
	}
	driveRun(t, c, driven, selfOf(s))
	endJob(t, client, s.Name, batchv1.JobComplete, "")
	same, later := filepath.Join(t.TempDir(), "same"), filepath.Join(t.TempDir(), "later")
	if d, err := c.Results(t.Context(), exp, "", same); err != nil || d.Without != "" {
		t.Fatalf("%+v, %v", d, err)
	}
	text, err := os.ReadFile(filepath.Join(same, "experiment.json"))
	if err != nil || !strings.Contains(string(text), `"duration": "7s"`) || strings.Contains(string(text), "hush") {
		t.Errorf("%s, %v", text, err)
	}
	mustDeploy(t, c, testExperiment(t, "  measure: {duration: 5s}"))
	d, err := c.Results(t.Context(), exp, "", later)
	if err != nil || !strings.HasSuffix(d.Without, "differing: spec.measure.duration") {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := os.Stat(filepath.Join(later, "experiment.json")); err == nil {
		t.Error("the later experiment is beside the earlier run's journal")
	}
}

func mustHeader(t *testing.T, id string) []byte {
	t.Helper()
	line, err := result.EncodeHeader(testHeader(id))
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestCleanupRestoresBeforeTheLockGoes(t *testing.T) {
	c, client := fakeCluster(t)
	exp := testExperiment(t, "")
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
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	s := submit(t, c, exp)
	driveRun(t, c, exp, selfOf(s))
	restored := false
	opts := CleanupOptions{Tell: func(string) {}, Restore: func(context.Context) (string, error) { restored = true; return "", nil }}
	if err := c.Cleanup(t.Context(), exp, opts); !errors.As(err, new(*driver.NotDownloadedError)) {
		t.Errorf("error %v", err)
	}
	jobs, err := client.BatchV1().Jobs("default").List(t.Context(), metav1.ListOptions{})
	if err != nil || len(jobs.Items) > 0 || !restored {
		t.Errorf("the run was not stopped: %d Jobs, restored: %v, %v", len(jobs.Items), restored, err)
	}
	d, err := c.Results(t.Context(), exp, "", t.TempDir())
	if err != nil || len(d.Journal.Records) != 1 {
		t.Fatalf("the results are gone: %v", err)
	}
	if err := c.MarkDownloaded(t.Context(), exp, d); err != nil {
		t.Fatal(err)
	}
	if err := c.Cleanup(t.Context(), exp, opts); err != nil {
		t.Error(err)
	}
}

func TestCleanupStopsWhereItCannotRestore(t *testing.T) {
	c, client := fakeCluster(t)
	exp := testExperiment(t, "")
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
		exp := testExperiment(t, "")
		mustDeploy(t, c, exp)
		s := submit(t, c, exp)
		client.PrependReactor("delete", "jobs", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, nil })
		err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}})
		want := "waiting for Job " + s.Name + " to be gone: context deadline exceeded; if the node of its pod is away, " +
			"`kubectl delete pod -l job-name=" + s.Name + " --force` takes the pod away, and this can be done again"
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
				exp := testExperiment(t, "")
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
