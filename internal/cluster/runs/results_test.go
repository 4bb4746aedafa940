package runs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/rundir"
)

func TestResults(t *testing.T) {
	exp := runstest.Experiment(t, "")
	r, client := fakeRuns(t, exp)
	if _, err := r.Results(t.Context(), "", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no results yet") {
		t.Errorf("results of nothing: %v", err)
	}
	s := submit(t, client, exp, "")
	runstest.Drive(t, client, exp, s.self(), runstest.Record)
	if d, err := r.Results(t.Context(), "", t.TempDir()); err != nil || !d.GoesOn {
		t.Errorf("results during the run: %+v, %v", d, err)
	}
	runstest.EndJob(t, client, s.Name, batchv1.JobComplete, "")
	// The TTL takes the Job and its pods away.
	remove(t, client, s.Name)
	dir := filepath.Join(t.TempDir(), "r")
	d, err := r.Results(t.Context(), "", dir)
	if err != nil {
		t.Fatal(err)
	}
	if d.GoesOn {
		t.Error("the run is over and goes on")
	}
	if measured, err := r.Measured(t.Context(), s.Run); err != nil || cmp.Diff(d.Journal, measured) != "" {
		t.Errorf("measured: %+v, %v", measured, err)
	}
	if measured, err := r.Measured(t.Context(), "another"); err != nil || measured != nil {
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
	if err := r.RefuseNotDownloaded(t.Context()); !errors.As(err, new(*driver.NotDownloadedError)) {
		t.Errorf("before the mark: %v", err)
	}
	if err := r.MarkDownloaded(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Results(t.Context(), "another", dir); err == nil || !strings.Contains(err.Error(), "kept runs: "+s.Run) {
		t.Errorf("results of another run: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, rundir.JournalName), mustHeader(t, "somebody"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Results(t.Context(), "", dir); err == nil || !strings.Contains(err.Error(), "holds run somebody") {
		t.Errorf("results over another run's directory: %v", err)
	}
	if err := r.RefuseNotDownloaded(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestResultsOfNoTime: a run that a limit ended before anything was measured says which.
func TestResultsOfNoTime(t *testing.T) {
	exp := runstest.Experiment(t, "")
	r, client := fakeRuns(t, exp)
	s := submit(t, client, exp, "")
	store, err := runstest.Driver(client, exp, s.self()).OpenStore(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	h := runstest.Header(s.Run)
	end := result.Amendment{End: &result.End{Why: "the budget of 2s is spent", Next: result.Planned{Key: h.Keys[0], Role: result.RoleGrid}}}
	_, loaded := store.Load(t.Context())
	if err := errors.Join(loaded, store.Begin(t.Context(), h), store.Amend(t.Context(), end), store.Close()); err != nil {
		t.Fatal(err)
	}
	runstest.Publish(t, client, s.self(), true, 5)
	runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "exit code 5")
	_, err = r.Results(t.Context(), "", t.TempDir())
	if want := "run " + s.Run + ", the newest, left no records: the budget of 2s is spent"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestResultsAreTheNewestRuns does not pass off the results of the run before.
func TestResultsAreTheNewestRuns(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, client *fake.Clientset, s submitted)
		want string
	}{
		{name: "its driver told why", want: ", the newest, left no records: the preflight said no; fetch an earlier", do: func(t *testing.T, client *fake.Clientset, s submitted) {
			p := runstest.Driver(client, runstest.Experiment(t, ""), s.self()).Publish()
			if err := p.Finish(t.Context(), true, 1, "the preflight said no"); err != nil {
				t.Fatal(err)
			}
			runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "exit code 1")
		}},
		{name: "its Job is gone, too", want: ", the newest, left no records; fetch an earlier", do: func(t *testing.T, client *fake.Clientset, s submitted) {
			runstest.Publish(t, client, s.self(), true, 1)
			remove(t, client, s.Name)
		}},
		{name: "its driver never said a word", want: ", the newest, left no records: Because: too many; fetch an earlier", do: func(t *testing.T, client *fake.Clientset, s submitted) {
			runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "too many")
		}},
		{name: "it has only begun", want: ", the newest, has no records yet; `swarmgrid monitor FILE` shows its progress; fetch an earlier", do: func(*testing.T, *fake.Clientset, submitted) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			exp := runstest.Experiment(t, "")
			r, client := fakeRuns(t, exp)
			first := submit(t, client, exp, "11111111")
			runstest.Drive(t, client, exp, first.self(), runstest.Record)
			runstest.Publish(t, client, first.self(), true, 0)
			runstest.EndJob(t, client, first.Name, batchv1.JobComplete, "")
			if d, err := r.Results(t.Context(), "", t.TempDir()); err != nil || r.MarkDownloaded(t.Context(), d) != nil {
				t.Fatal(err)
			}
			remove(t, client, first.Name) // the next submit does
			second := submit(t, client, exp, "22222222")
			tt.do(t, client, second)
			_, err := r.Results(t.Context(), "", t.TempDir())
			want := "run " + second.Run + tt.want + " run's results with `swarmgrid results FILE --run " + first.Run + "`"
			if !errors.As(err, new(*NoRecordsError)) || err.Error() != want {
				t.Errorf("%v\nwant %s", err, want)
			}
			if d, err := r.Results(t.Context(), first.Run, t.TempDir()); err != nil || d.Run != first.Run {
				t.Errorf("the run that was asked for: %v", err)
			}
		})
	}
}

// TestResultsOfAnEarlierDeploy does not pass off an experiment as that of an older run.
func TestResultsOfAnEarlierDeploy(t *testing.T) {
	exp := runstest.Experiment(t, "  cluster: {driver: {env: {TEST_DURATION: \"7\", TOKEN: hush}}}")
	r, client := fakeRuns(t, exp)
	s := submit(t, client, exp, "")
	driven, err := manifests.Driven(exp)
	if err != nil {
		t.Fatal(err)
	}
	runstest.Drive(t, client, driven, s.self(), runstest.Record)
	runstest.EndJob(t, client, s.Name, batchv1.JobComplete, "")
	same, later := filepath.Join(t.TempDir(), "same"), filepath.Join(t.TempDir(), "later")
	if d, err := r.Results(t.Context(), "", same); err != nil || d.Without != "" {
		t.Fatalf("%+v, %v", d, err)
	}
	text, err := os.ReadFile(filepath.Join(same, "experiment.json"))
	if err != nil || !strings.Contains(string(text), `"duration": "7s"`) || strings.Contains(string(text), "hush") {
		t.Errorf("%s, %v", text, err)
	}
	deployed := setOf(t, runstest.Experiment(t, "  measure: {duration: 5s}")).Experiment
	if _, err := client.CoreV1().ConfigMaps(runstest.Namespace).Update(t.Context(), deployed, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	d, err := r.Results(t.Context(), "", later)
	if err != nil || !strings.HasSuffix(d.Without, "differing: spec.measure.duration") {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := os.Stat(filepath.Join(later, "experiment.json")); err == nil {
		t.Error("the later experiment is beside the earlier run's journal")
	}
}

func mustHeader(t *testing.T, id string) []byte {
	t.Helper()
	line, err := result.EncodeHeader(runstest.Header(id))
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// TestResultsNeedADirectoryOfTheirOwn: nothing of anybody's is overwritten, and the same
// run may be fetched again.
func TestResultsNeedADirectoryOfTheirOwn(t *testing.T) {
	write := func(dir, name, text string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	header, err := result.EncodeHeader(runstest.Header("r1"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ dir, want string }{
		"new":                  {filepath.Join(t.TempDir(), "new"), ""},
		"empty":                {t.TempDir(), ""},
		"this run's":           {write(t.TempDir(), rundir.JournalName, string(header)), ""},
		"another run's":        {write(t.TempDir(), rundir.JournalName, strings.Replace(string(header), "r1", "r0", 1)), "holds run r0; name a new or an empty directory"},
		"somebody's swarmfile": {write(t.TempDir(), "swarmfile.yaml", "mine"), "holds swarmfile.yaml; name a new or an empty directory"},
		"somebody's journal":   {write(t.TempDir(), rundir.JournalName, "mine\n"), "cannot be read"},
	} {
		err := refuseOther(tt.dir, "r1")
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error = %v, want %q", name, err, tt.want)
		}
	}
}

// TestMarkIsForOneRun has a slot that another run takes while the first is downloaded.
func TestMarkIsForOneRun(t *testing.T) {
	exp := runstest.Experiment(t, "")
	r, client := fakeRuns(t, exp)
	runstest.Drive(t, client, exp, driver.Self{Namespace: "default", Pod: "p", PodUID: "u", Job: "first", JobUID: "12345678"}, runstest.Record)
	taken := false
	client.PrependReactor("patch", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		if taken {
			return false, nil, nil
		}
		taken = true
		o, err := client.Tracker().Get(corev1.SchemeGroupVersion.WithResource("configmaps"), "default", manifests.JournalName(exp.LoadMatrix.Spec.Cluster.Names, 0, 0))
		cm, ok := o.(*corev1.ConfigMap)
		if err != nil || !ok {
			return true, nil, err
		}
		cm = cm.DeepCopy()
		cm.Annotations = map[string]string{driver.AnnotationRun: "second"}
		if err := client.Tracker().Update(corev1.SchemeGroupVersion.WithResource("configmaps"), cm, "default"); err != nil {
			return true, nil, err
		}
		return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "configmaps"}, "journal", errors.New("it was changed"))
	})
	if err := r.mark(t.Context(), 0, "first-12345678", "1"); err != nil {
		t.Fatal(err)
	}
	if slots, err := r.Slots(t.Context()); err != nil || slots[0].Run != "second" || !slots[0].Wanted() || !taken {
		t.Errorf("the second run's results count as downloaded: %+v, %v", slots[0].Run, err)
	}
}
