package cluster

import (
	"errors"
	"fmt"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs"
	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

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
			runstest.Publish(t, c.Client, selfOf(submit(t, c, runstest.Experiment(t, ""))), false, 0, "a")
		}, othersRun},
		"over": {func(t *testing.T, c *Cluster, client *fake.Clientset) {
			t.Helper()
			s := submit(t, c, runstest.Experiment(t, ""))
			runstest.Drive(t, c.Client, runstest.Experiment(t, ""), selfOf(s), runstest.Record)
			runstest.Publish(t, c.Client, selfOf(s), true, 0, "a")
			runstest.EndJob(t, client, s.Name, batchv1.JobComplete, "")
		}, othersRun},
	}
}

// TestOthersRun: an experiment that is asked for in another's namespace gets no word of
// that one's run, from any verb that looks at runs.
func TestOthersRun(t *testing.T) {
	verbs := map[string]func(t *testing.T, c *Cluster, exp *experiment.Experiment) error{
		"monitor": func(t *testing.T, c *Cluster, exp *experiment.Experiment) error {
			t.Helper()
			_, err := c.Runs(exp).Monitor(t.Context(), runs.MonitorOptions{Observe: func(e run.Event) { t.Errorf("another's %q is shown", e.Message) }})
			return err
		},
		"results": func(t *testing.T, c *Cluster, exp *experiment.Experiment) error {
			t.Helper()
			_, err := c.Runs(exp).Results(t.Context(), "", t.TempDir())
			return err
		},
		"newest": func(t *testing.T, c *Cluster, exp *experiment.Experiment) error {
			t.Helper()
			_, err := c.Runs(exp).NewestWithout(t.Context(), nil)
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
				mustDeploy(t, c, runstest.Experiment(t, ""))
				at.do(t, c, client)
				err := do(t, c, runstest.Shop(t))
				if !errors.As(err, new(*runs.OtherRunError)) || err.Error() != at.want {
					t.Errorf("%v\nwant %s", err, at.want)
				}
			})
		}
	}
}

// TestDeployOverOthers says in one line that all the names are another experiment's.
func TestDeployOverOthers(t *testing.T) {
	c, _ := fakeCluster(t)
	made := len(mustDeploy(t, c, runstest.Experiment(t, ""))) - 1 // the Lease is everybody's
	err := c.Deploy(t.Context(), runstest.Shop(t), DeployOptions{Changed: func(ch Change) { t.Errorf("%v", ch) }})
	want := fmt.Sprintf(`deploy would be refused, so it has changed nothing:
  namespace default has experiment it's objects (%d) under the same names; clean that up first, give another namespace with -n, or choose other spec.cluster.names`, made)
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// TestCleanupLeavesOthersRun says whose run it is, and touches nothing of it.
func TestCleanupLeavesOthersRun(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	stages()["under way"].do(t, c, client)
	before, err := c.remaining(t.Context(), manifests.Selector(exp.LoadMatrix), nil)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	if err := c.Cleanup(t.Context(), runstest.Shop(t), CleanupOptions{Tell: func(text string) { told = append(told, text) }}); err != nil {
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
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	s := submit(t, c, exp)
	runstest.Publish(t, c.Client, selfOf(s), false, 0, "a")
	over, err := c.Runs(runstest.Shop(t)).Last(t.Context())
	if err != nil || over != "" {
		t.Errorf("run %q of another is taken for over, %v", over, err)
	}
	if over, err := c.Runs(exp).Last(t.Context()); err != nil || over != s.Run {
		t.Errorf("its own last run is %q, want %s, %v", over, s.Run, err)
	}
}
