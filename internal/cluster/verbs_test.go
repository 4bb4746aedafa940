package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// testExperiment needs no workloads: its target and its master are somebody else's.
func testExperiment(t *testing.T, more string) *spec.Experiment {
	t.Helper()
	exp, err := spec.Decode("it.yaml", []byte(`
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
	return &Cluster{Client: client, Namespace: "default"}, client
}

func mustDeploy(t *testing.T, c *Cluster, exp *spec.Experiment) (changes []string) {
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

func submit(t *testing.T, c *Cluster, exp *spec.Experiment) *Submitted {
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
func driveRun(t *testing.T, c *Cluster, exp *spec.Experiment, self Self) {
	t.Helper()
	store, err := c.OpenStore(t.Context(), exp, self, "")
	if err != nil {
		t.Fatal(err)
	}
	h := testHeader(self.Run(), 1)
	h.Identity = exp.WithWorkers(1).Identity()
	if err := errors.Join(store.Begin(t.Context(), h), store.Append(t.Context(), noisy(h, 0, 10)), store.Close()); err != nil {
		t.Fatal(err)
	}
}

func selfOf(s *Submitted) Self {
	job, uid := s.Name, strings.TrimPrefix(s.Run, s.Name+"-")
	return Self{Namespace: "default", Pod: job + "-x", PodUID: "p", Job: job, JobUID: uid}
}

func TestSubmit(t *testing.T) {
	c, client := fakeCluster(t)
	exp := testExperiment(t, "")
	if _, err := c.Submit(t.Context(), exp, SubmitOptions{}); err == nil || !strings.Contains(err.Error(), "swarmgrid deploy FILE") {
		t.Errorf("submit without deploy: %v", err)
	}
	mustDeploy(t, c, exp)
	first := submit(t, c, exp)
	var active *ActiveError
	if _, err := c.Submit(t.Context(), exp, SubmitOptions{}); !errors.As(err, &active) || active.Run != first.Run {
		t.Errorf("submit beside an active run: %v", err)
	}
	if err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}}); !errors.As(err, &active) {
		t.Errorf("deploy beside an active run: %v", err)
	}
	driveRun(t, c, exp, selfOf(first))
	endJob(t, client, first.Name, batchv1.JobComplete, "")
	var wanted *NotDownloadedError
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
		exp, err := spec.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {url: \"http://target:8000\"}, cluster: "+cluster+"}"), "", nil)
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
		"{worker: {env: {A: b}}}": "Deployment locust-worker is not as the experiment says",
		"{worker: {resources: {requests: {cpu: \"2\"}}}}":         "Deployment locust-worker is not as the experiment says",
		"{names: {service: locust-master}, nodePort: 30089}":      "Service locust-master is not as the experiment says",
		"{master: {env: {A: b}}, worker: {priorityClassName: x}}": "Deployment locust-master is not as the experiment says",
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
			exp := testExperiment(t, "")
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
	scheduled := testExperiment(t, "  schedule: {cron: \"0 2 * * 0\", history: 1}")
	once := testExperiment(t, "")
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
	mustDeploy(t, c, testExperiment(t, ""))
	_, err := c.Submit(t.Context(), testExperiment(t, "  cluster: {names: {role: other}}"), SubmitOptions{})
	if err == nil || !strings.Contains(err.Error(), "run `swarmgrid deploy FILE`") {
		t.Errorf("error %v", err)
	}
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
	local, err := run.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.Journal, local); diff != "" || local.Header.RunID != s.Run || len(local.Records) != 1 {
		t.Errorf("the directory differs (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "experiment.json")); err != nil {
		t.Error(err)
	}
	if err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}}); !errors.As(err, new(*NotDownloadedError)) {
		t.Errorf("cleanup before the mark: %v", err)
	}
	if err := c.MarkDownloaded(t.Context(), exp, d); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Results(t.Context(), exp, "another", dir); err == nil || !strings.Contains(err.Error(), "kept are "+s.Run) {
		t.Errorf("results of another run: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, run.JournalName), mustHeader(t, "somebody"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Results(t.Context(), exp, "", dir); err == nil || !strings.Contains(err.Error(), "holds run somebody") {
		t.Errorf("results over another run's directory: %v", err)
	}
	if err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}}); err != nil {
		t.Error(err)
	}
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
	if err != nil || !strings.HasSuffix(d.Without, "it has another spec.measure.duration") {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := os.Stat(filepath.Join(later, "experiment.json")); err == nil {
		t.Error("the later experiment is beside the earlier run's journal")
	}
}

func mustHeader(t *testing.T, id string) []byte {
	t.Helper()
	line, err := result.EncodeHeader(testHeader(id, 1))
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
	if len(told) < 3 || told[0] != "Job locust-load-test-matrix deleted" || told[1] != "restored" || told[len(told)-1] != "Lease "+manifests.LeaseName(exp.LoadMatrix.Spec.Target)+" deleted" {
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
	if err := c.Cleanup(t.Context(), exp, opts); !errors.As(err, new(*NotDownloadedError)) {
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

func TestChooseSlot(t *testing.T) {
	c, _ := fakeCluster(t)
	exp := testExperiment(t, "  schedule: {cron: \"0 2 * * 0\", history: 2}")
	mustDeploy(t, c, exp)
	cms := c.Client.CoreV1().ConfigMaps("default")
	for i, want := range []string{"0", "1", "0", "1"} {
		self := Self{Job: "j", JobUID: fmt.Sprint("uid-", i), Pod: "p", PodUID: "u"}
		names, err := ChooseSlot(t.Context(), cms, exp, self.Run())
		if err != nil {
			t.Fatal(err)
		}
		if got := names[0]; got != "locust-load-test-matrix-journal-"+want+"-0" {
			t.Errorf("run %d goes to %s, want slot %s", i, got, want)
		}
		writeRun(t, cms, names, self.Run(), time.Unix(int64(1_800_000_000+i), 0))
	}
	slots, err := c.Kept(t.Context(), exp)
	if err != nil || len(slots) != 2 || slots[0].Run != "j-uid-3" || slots[1].Run != "j-uid-2" {
		t.Errorf("kept %d, %v", len(slots), err)
	}
}

func writeRun(t *testing.T, cms ConfigMaps, names []string, id string, created time.Time) {
	t.Helper()
	s, err := OpenStore(t.Context(), StoreOptions{ConfigMaps: cms, Shards: names, Run: id, Writer: "w"})
	if err != nil {
		t.Fatal(err)
	}
	h := testHeader(id, 1)
	h.Created = created
	if err := errors.Join(s.Begin(t.Context(), h), s.Append(t.Context(), noisy(h, 0, 10)), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestChooseSlotProtectsResults(t *testing.T) {
	c, _ := fakeCluster(t)
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	cms := c.Client.CoreV1().ConfigMaps("default")
	writeRun(t, cms, shardNames(exp, 0), "first", time.Now())
	if _, err := ChooseSlot(t.Context(), cms, exp, "second"); !errors.As(err, new(*NotDownloadedError)) {
		t.Errorf("error %v", err)
	}
	if _, err := ChooseSlot(t.Context(), cms, exp, "first"); err != nil {
		t.Error(err)
	}
	if err := c.mark(t.Context(), exp, 0, "first", "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := ChooseSlot(t.Context(), cms, exp, "second"); err != nil {
		t.Error(err)
	}
}

// TestMarkIsForOneRun has a slot that another run takes while the first is downloaded.
func TestMarkIsForOneRun(t *testing.T) {
	c, client := fakeCluster(t)
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	cms := c.Client.CoreV1().ConfigMaps("default")
	writeRun(t, cms, shardNames(exp, 0), "first", time.Now())
	taken := false
	client.PrependReactor("patch", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		if taken {
			return false, nil, nil
		}
		taken = true
		o, err := client.Tracker().Get(corev1.SchemeGroupVersion.WithResource("configmaps"), "default", shardNames(exp, 0)[0])
		cm, ok := o.(*corev1.ConfigMap)
		if err != nil || !ok {
			return true, nil, err
		}
		cm = cm.DeepCopy()
		annotate(cm, annotationRun, "second")
		if err := client.Tracker().Update(corev1.SchemeGroupVersion.WithResource("configmaps"), cm, "default"); err != nil {
			return true, nil, err
		}
		return true, nil, apierrors.NewConflict(configMaps, "journal", errors.New("it was changed"))
	})
	if err := c.mark(t.Context(), exp, 0, "first", "1"); err != nil {
		t.Fatal(err)
	}
	if slots, err := c.slots(t.Context(), exp); err != nil || slots[0].Run != "second" || !slots[0].Wanted() || !taken {
		t.Errorf("the second run's results count as downloaded: %+v, %v", slots[0].Run, err)
	}
}

func TestPodIsOver(t *testing.T) {
	c, client := fakeCluster(t)
	for _, tt := range []struct {
		phase corev1.PodPhase
		want  bool
	}{{corev1.PodRunning, false}, {corev1.PodPending, false}, {corev1.PodFailed, true}, {corev1.PodSucceeded, true}} {
		name := strings.ToLower(string(tt.phase))
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("u")}, Status: corev1.PodStatus{Phase: tt.phase}}
		if _, err := client.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := c.podIsOver(t.Context(), name+"/u"); got != tt.want {
			t.Errorf("%s: %v", tt.phase, got)
		}
	}
	if !c.podIsOver(t.Context(), "running/another") || !c.podIsOver(t.Context(), "gone/u") {
		t.Error("a pod that is gone is not over")
	}
}
