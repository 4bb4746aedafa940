package cluster

import (
	"errors"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs"
	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
)

// TestSubmitEndsWhatLingers has the next submit and deploy of a run that is over.
func TestSubmitEndsWhatLingers(t *testing.T) {
	for name, schedule := range map[string]string{"a run": "", "a schedule": "  schedule: {cron: \"0 2 * * 0\", history: 1}"} {
		t.Run(name, func(t *testing.T) {
			c, client := fakeCluster(t)
			mustDeploy(t, c, runstest.Experiment(t, ""))
			first := submit(t, c, runstest.Experiment(t, ""))
			runstest.DriverPod(t, client, first.Name, "driver-x", runstest.Terminated(0, 1), runstest.Mesh(runstest.Running()))
			runstest.Publish(t, c.Client, selfOf(first), true, 0)
			exp := runstest.Experiment(t, schedule)
			mustDeploy(t, c, exp)
			var said []string
			_, err := c.Submit(t.Context(), exp, SubmitOptions{Changed: func(change Change) { said = append(said, change.String()) }})
			if err != nil || !slices.Contains(said, "Job locust-load-test-matrix deleted") {
				t.Errorf("submit says %q, %v", said, err)
			}
		})
	}
}

// TestActiveSaysWhatIsStuck does not end a run that is to go on, and says why it does not.
func TestActiveSaysWhatIsStuck(t *testing.T) {
	c, client := fakeCluster(t)
	exp := runstest.Experiment(t, "")
	mustDeploy(t, c, exp)
	s := submit(t, c, exp)
	runstest.DriverPod(t, client, s.Name, "driver-x", runstest.Terminated(75, 1), runstest.Mesh(runstest.Running()))
	runstest.Publish(t, c.Client, selfOf(s), false, 75)
	_, err := c.Submit(t.Context(), exp, SubmitOptions{})
	var active *runs.ActiveError
	if !errors.As(err, &active) || !strings.Contains(err.Error(), "cannot continue: pod driver-x is kept running by container mesh; ") {
		t.Errorf("error %v", err)
	}
	if _, err := client.BatchV1().Jobs("default").Get(t.Context(), s.Name, metav1.GetOptions{}); err != nil {
		t.Errorf("its Job is gone: %v", err)
	}
}
