package cluster

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/targetlock"
)

func leaseNames(t *testing.T, c *Cluster) (names []string) {
	t.Helper()
	list, err := c.Client.CoordinationV1().Leases("default").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, lease := range list.Items {
		names = append(names, lease.Name)
	}
	return names
}

func leaseOf(exp *experiment.Experiment) string { return targetlock.Name(exp.LoadMatrix.Spec.Target) }

// hold does a run's part: it has the target, or has left it changed.
func hold(t *testing.T, c *Cluster, name, holder, restore string) {
	t.Helper()
	leases := c.Client.CoordinationV1().Leases("default")
	lease, err := leases.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now := metav1.NowMicro()
	lease.Spec.HolderIdentity, lease.Spec.RenewTime, lease.Spec.LeaseDurationSeconds = &holder, &now, new(int32(30))
	lease.Annotations = map[string]string{targetlock.AnnotationRestore: restore}
	if _, err := leases.Update(t.Context(), lease, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// TestDeployForAnotherTarget sees that only a Lease that is free and empty goes.
func TestDeployForAnotherTarget(t *testing.T) {
	for _, tt := range []struct {
		holder, restore string
		kept            bool
	}{{"", "", false}, {"r1", "", true}, {"", `{"counts":{}}`, true}} {
		c, _ := fakeCluster(t)
		before, after := runstest.Experiment(t, ""), runstest.Experiment(t, "")
		after.LoadMatrix.Spec.Target.URL = "http://another:8000"
		mustDeploy(t, c, before)
		hold(t, c, leaseOf(before), tt.holder, tt.restore)
		changes := strings.Join(mustDeploy(t, c, after), "\n")
		if said := strings.Contains(changes, "Lease "+leaseOf(before)+" kept: "); said != tt.kept {
			t.Errorf("%+v: it says\n%s", tt, changes)
		}
		if n := len(leaseNames(t, c)); (n == 2) != tt.kept {
			t.Errorf("%+v: %d Leases", tt, n)
		}
	}
}

// TestDeployDuringARunFromElsewhere has no Job to tell of the run.
func TestDeployDuringARunFromElsewhere(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	hold(t, c, leaseOf(exp), "laptop", "")
	err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}})
	if err == nil || !strings.Contains(err.Error(), "target http://target:8000 is held by run laptop") {
		t.Errorf("error %v", err)
	}
	lease, err := client.CoordinationV1().Leases("default").Get(t.Context(), leaseOf(exp), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lease.Spec.RenewTime = new(metav1.NewMicroTime(time.Now().Add(-time.Minute)))
	if _, err := client.CoordinationV1().Leases("default").Update(t.Context(), lease, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	mustDeploy(t, c, exp)
}

// TestTwoExperimentsOfOneTarget lets the last of them take the Lease away.
func TestTwoExperimentsOfOneTarget(t *testing.T) {
	c, _ := fakeCluster(t)
	first := runstest.Experiment(t, "")
	second := runstest.Experiment(t, "  cluster: {names: {serviceAccount: a, role: b, roleBinding: c, job: d}}")
	second.LoadMatrix.Name = "second"
	mustDeploy(t, c, first)
	mustDeploy(t, c, second)
	for _, change := range mustDeploy(t, c, first) {
		if !strings.HasSuffix(change, " unchanged") {
			t.Error(change)
		}
	}
	for i, exp := range []*experiment.Experiment{first, second} {
		if err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}}); err != nil {
			t.Fatal(err)
		}
		if n := len(leaseNames(t, c)); n != 1-i {
			t.Errorf("%d Leases after cleanup %d", n, i+1)
		}
	}
}
