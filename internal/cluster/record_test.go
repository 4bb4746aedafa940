package cluster

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

func recordOfUsers(value string) experiment.Record {
	return experiment.NewRecord([]experiment.Setting{{Field: experiment.FieldUsers, Origin: "--users", Value: value}})
}

// deployNoting deploys with a record and returns what is said of that.
func deployNoting(t *testing.T, c *Cluster, record experiment.Record) (notes []string) {
	t.Helper()
	exp := runstest.Experiment(t, "")
	exp.Record = record
	err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}, Note: func(text string) { notes = append(notes, text) }})
	if err != nil {
		t.Fatal(err)
	}
	return notes
}

func mustRecorded(t *testing.T, c *Cluster) experiment.Record {
	t.Helper()
	record, note, err := c.Recorded(t.Context(), runstest.Experiment(t, "").LoadMatrix)
	if err != nil || note != "" {
		t.Errorf("%q, %v", note, err)
	}
	return record
}

// TestDeployRecords what it was given, and nothing of an earlier one; submit leaves it.
func TestDeployRecords(t *testing.T) {
	c, _ := fakeCluster(t)
	if got := mustRecorded(t, c); got != nil {
		t.Errorf("before the first deploy: %v", got)
	}
	const told = "recorded, so that plan --cluster, submit and run take it from here: "
	for _, step := range []struct {
		record experiment.Record
		notes  []string
	}{
		{nil, nil},
		{recordOfUsers("20"), []string{told + "--users 20"}},
		{recordOfUsers("20"), []string{told + "--users 20"}},
		{recordOfUsers("30"), []string{told + "--users 30 (the last deploy had --users 20)"}},
		{nil, []string{"no longer recorded: --users 30 of the last deploy; this one overrides nothing of the file"}},
		{recordOfUsers("20"), []string{told + "--users 20"}},
	} {
		if diff := cmp.Diff(step.notes, deployNoting(t, c, step.record)); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(step.record, mustRecorded(t, c)); diff != "" {
			t.Errorf("recorded (-want +got):\n%s", diff)
		}
	}
	exp := runstest.Experiment(t, "")
	exp.Record = mustRecorded(t, c)
	submit(t, c, exp)
	if diff := cmp.Diff(recordOfUsers("20"), mustRecorded(t, c)); diff != "" {
		t.Errorf("after submit (-want +got):\n%s", diff)
	}
}

// TestDeployPromisesNothingBeaten by the driver's own variables, which run does not have.
func TestDeployPromisesNothingBeaten(t *testing.T) {
	both := append(recordOfUsers("20"), experiment.NewRecord([]experiment.Setting{{Field: experiment.FieldWorkers, Origin: "--workers", Value: "1"}})...)
	driver := []experiment.Setting{{Field: experiment.FieldUsers, Origin: "USER_COUNTS", Value: "7"}}
	const beats = ", which spec.cluster.driver.env beats in the cluster"
	for _, tt := range []struct {
		before, now experiment.Record
		want        string
	}{
		{nil, nil, ""},
		{nil, recordOfUsers("20"), "recorded for run alone: --users 20" + beats},
		{nil, both, "recorded, so that plan --cluster, submit and run take it from here: --workers 1; for run alone: --users 20" + beats},
		{recordOfUsers("30"), recordOfUsers("20"), "recorded for run alone: --users 20" + beats + " (the last deploy had --users 30)"},
	} {
		if got := recordChange(tt.before, tt.now, driver); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

// TestManifestsRecord has kubectl or a controller bring the objects.
func TestManifestsRecord(t *testing.T) {
	c, _ := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	exp.Record = recordOfUsers("20")
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		t.Fatal(err)
	}
	objects, _ := set.GitOps()
	for _, o := range objects {
		if _, err := c.apply(t.Context(), o, "it"); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(exp.Record, mustRecorded(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecordsThatCannotBeTaken(t *testing.T) {
	const name = "locust-load-test-matrix-experiment"
	users := recordOfUsers("20").Encode()
	for _, tt := range []struct {
		name, owner, text string
		trouble           error
		note, err         string
	}{
		{name: "another experiment's", owner: "other", text: users},
		{name: "somebody else's", text: users},
		{
			name: "an older version's", owner: "it", text: "-",
			note: "what deploy was given is not known, since ConfigMap " + name + " has no annotation swarmgrid.dev/overrides, so an older swarmgrid deployed it; the file is used as it is",
		},
		{
			name: "a newer version's", owner: "it", text: strings.ReplaceAll(users, "users", "rates"),
			err: "reading what deploy was given: ConfigMap " + name + ": its annotation swarmgrid.dev/overrides sets \"spec.matrix.rates\", which is not known here, so another version of swarmgrid may have written it; run `swarmgrid deploy FILE` again with the flags that you want",
		},
		{
			name: "no right to read it", owner: "it", text: users, trouble: apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, name, errors.New("no")),
			note: "what deploy was given is not known, since you may not get ConfigMap " + name + " in namespace default; the file is used as it is",
		},
		{name: "no answer", owner: "it", text: users, trouble: errors.New("connection refused"), err: "reading what deploy was given: connection refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, client := fakeCluster(t)
			cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", Annotations: map[string]string{manifests.AnnotationOverrides: tt.text}}}
			if tt.text == "-" {
				cm.Annotations = nil
			}
			if tt.owner != "" {
				cm.Labels = map[string]string{manifests.LabelExperiment: tt.owner}
			}
			if err := client.Tracker().Add(cm); err != nil {
				t.Fatal(err)
			}
			client.PrependReactor("get", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
				return tt.trouble != nil, nil, tt.trouble
			})
			record, note, err := c.Recorded(t.Context(), runstest.Experiment(t, "").LoadMatrix)
			said := ""
			if err != nil {
				said = err.Error()
			}
			if record != nil || note != tt.note || said != tt.err {
				t.Errorf("record %v\nnote %s\nerror %s", record, note, said)
			}
		})
	}
}

// TestDeployReplacesWhatCannotBeRead is the way on that the error names.
func TestDeployReplacesWhatCannotBeRead(t *testing.T) {
	c, client := fakeCluster(t)
	deployNoting(t, c, nil)
	cms := client.CoreV1().ConfigMaps("default")
	cm, err := cms.Get(t.Context(), "locust-load-test-matrix-experiment", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cm.Annotations[manifests.AnnotationOverrides] = "?"
	if _, err := cms.Update(t.Context(), cm, metav1.UpdateOptions{FieldManager: kubeapi.FieldManager}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Recorded(t.Context(), runstest.Experiment(t, "").LoadMatrix); !errors.As(err, new(*RecordError)) {
		t.Errorf("%v", err)
	}
	deployNoting(t, c, recordOfUsers("20"))
	if diff := cmp.Diff(recordOfUsers("20"), mustRecorded(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
