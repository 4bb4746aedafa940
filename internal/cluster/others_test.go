package cluster

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// shopExperiment has the names, and the target, of testExperiment.
func shopExperiment(t *testing.T) *experiment.Experiment {
	t.Helper()
	exp, err := experiment.Decode("shop.yaml", []byte(`
apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
metadata: {name: shop}
spec:
  target: {url: "http://target:8000"}
  load: {masterURL: "http://master:8089"}
  matrix: {users: [10]}
`), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

const (
	othersRun    = "the run in namespace default belongs to experiment it, not shop; give another namespace with -n, or the file of it"
	othersDeploy = "what is deployed in namespace default belongs to experiment it, not shop; give another namespace with -n, or the file of it"
)

// stages are how far another experiment's run may be when somebody asks for their own.
func stages() map[string]struct {
	do   func(t *testing.T, c *Cluster, client *fake.Clientset)
	want string
} {
	return map[string]struct {
		do   func(t *testing.T, c *Cluster, client *fake.Clientset)
		want string
	}{
		"deployed": {func(*testing.T, *Cluster, *fake.Clientset) {}, othersDeploy},
		"under way": {func(t *testing.T, c *Cluster, _ *fake.Clientset) {
			t.Helper()
			publish(t, c, submit(t, c, testExperiment(t, "")), false, 0, "a")
		}, othersRun},
		"over": {func(t *testing.T, c *Cluster, client *fake.Clientset) {
			t.Helper()
			s := submit(t, c, testExperiment(t, ""))
			driveRun(t, c, testExperiment(t, ""), selfOf(s))
			publish(t, c, s, true, 0, "a")
			endJob(t, client, s.Name, batchv1.JobComplete, "")
		}, othersRun},
	}
}

// TestOthersRun: an experiment that is asked for in another's namespace gets no word of
// that one's run, from any verb that looks at runs.
func TestOthersRun(t *testing.T) {
	verbs := map[string]func(t *testing.T, c *Cluster, exp *experiment.Experiment) error{
		"monitor": func(t *testing.T, c *Cluster, exp *experiment.Experiment) error {
			t.Helper()
			_, err := c.Monitor(t.Context(), exp, MonitorOptions{Observe: func(e run.Event) { t.Errorf("another's %q is shown", e.Message) }})
			return err
		},
		"results": func(t *testing.T, c *Cluster, exp *experiment.Experiment) error {
			t.Helper()
			_, err := c.Results(t.Context(), exp, "", t.TempDir())
			return err
		},
		"newest": func(t *testing.T, c *Cluster, exp *experiment.Experiment) error {
			t.Helper()
			_, err := c.NewestWithout(t.Context(), exp, nil)
			return err
		},
		"submit": func(t *testing.T, c *Cluster, exp *experiment.Experiment) error {
			t.Helper()
			_, err := c.Submit(t.Context(), exp, SubmitOptions{DiscardResults: true})
			return err
		},
	}
	for stage, at := range stages() {
		for verb, do := range verbs {
			t.Run(verb+" "+stage, func(t *testing.T) {
				c, client := fakeCluster(t)
				mustDeploy(t, c, testExperiment(t, ""))
				at.do(t, c, client)
				err := do(t, c, shopExperiment(t))
				if !errors.As(err, new(*OtherRunError)) || err.Error() != at.want {
					t.Errorf("%v\nwant %s", err, at.want)
				}
			})
		}
	}
}

// TestDeployOverOthers says in one line that all the names are another experiment's.
func TestDeployOverOthers(t *testing.T) {
	c, _ := fakeCluster(t)
	made := len(mustDeploy(t, c, testExperiment(t, ""))) - 1 // the Lease is everybody's
	err := c.Deploy(t.Context(), shopExperiment(t), DeployOptions{Changed: func(ch Change) { t.Errorf("%v", ch) }})
	want := fmt.Sprintf(`deploy would be refused, so it has changed nothing:
  namespace default has experiment it's objects (%d) under the same names; clean that up first, give another namespace with -n, or choose other spec.cluster.names`, made)
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// TestCleanupLeavesOthersRun says whose run it is, and touches nothing of it.
func TestCleanupLeavesOthersRun(t *testing.T) {
	c, client := fakeCluster(t)
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	stages()["under way"].do(t, c, client)
	before, err := c.remaining(t.Context(), manifests.Selector(exp.LoadMatrix), nil)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	if err := c.Cleanup(t.Context(), shopExperiment(t), CleanupOptions{Tell: func(text string) { told = append(told, text) }}); err != nil {
		t.Fatal(err)
	}
	if len(told) == 0 || told[0] != "left alone: "+othersRun {
		t.Errorf("told %q", told)
	}
	if after, err := c.remaining(t.Context(), manifests.Selector(exp.LoadMatrix), nil); err != nil || len(after) != len(before) {
		t.Errorf("of %v there is %v, %v", before, after, err)
	}
}

// TestRestoreLeavesOthersRun does not take another experiment's last run for one of its
// own that is over, and so not the target from it.
func TestRestoreLeavesOthersRun(t *testing.T) {
	c, _ := fakeCluster(t)
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	s := submit(t, c, exp)
	publish(t, c, s, false, 0, "a")
	over, err := c.over(t.Context(), shopExperiment(t))
	if err != nil || over != "" {
		t.Errorf("run %q of another is taken for over, %v", over, err)
	}
	if over, err := c.over(t.Context(), exp); err != nil || over != s.Run {
		t.Errorf("its own last run is %q, want %s, %v", over, s.Run, err)
	}
}

// TestOwnResultsBesideOthers: what an experiment has measured under other names before is
// not withheld because its names are another's now.
func TestOwnResultsBesideOthers(t *testing.T) {
	c, client := fakeCluster(t)
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	stages()["over"].do(t, c, client)
	status, err := c.statusMap(t.Context(), exp)
	if err != nil {
		t.Fatal(err)
	}
	status.Labels[manifests.LabelExperiment] = "shop"
	if _, err := client.CoreV1().ConfigMaps("default").Update(t.Context(), status, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if d, err := c.Results(t.Context(), exp, "", t.TempDir()); err != nil || !strings.HasPrefix(d.Run, exp.LoadMatrix.Spec.Cluster.Names.Job) {
		t.Errorf("%+v, %v", d, err)
	}
}
