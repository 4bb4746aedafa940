//go:build cluster

package kube

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestGateMissed ends with the run's own exit code through the Job, which is not retried;
// the results are downloaded all the same.
func TestGateMissed(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{cluster: "  slo: [{metric: p95, below: 1ms}]\n"})
	c := l.start("all", "--out", "out")
	if code := c.wait(2 * time.Minute); code != 3 {
		t.Errorf("exit code %d, want 3:\n%s", code, c.errors())
	}
	l.wantSuccess(l.journal("out"), 1)
	l.wantReports("out")
	if n := len(l.pods(driverPods)); n != 1 {
		t.Errorf("the Job made %d pods, want one", n)
	}
	l.wantRestored()
}

// TestTargetAtZero starts a target that was switched off, and switches it off again.
func TestTargetAtZero(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{})
	_, err := l.client.AppsV1().Deployments(l.ns).Patch(t.Context(), "inference", types.MergePatchType, []byte(`{"spec": {"replicas": 0}}`), metav1.PatchOptions{})
	l.must(err)
	awaitEndpoints(t, l.client, l.ns, 0)
	c := l.start("all", "--out", "out")
	if code := c.wait(2 * time.Minute); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, c.errors())
	}
	l.wantSuccess(l.journal("out"), 1)
	if n := *l.target().Spec.Replicas; n != 0 {
		t.Errorf("the target has %d replicas, want 0 again", n)
	}
}

// TestJournalGone kills a driver whose journal somebody deleted: the next pod can neither
// continue nor start afresh, and restores the target before it says so.
func TestJournalGone(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{measure: "{duration: 20s, settle: 1s, cooldown: 1s}"})
	l.run("deploy")
	l.run("submit")
	c := l.start("monitor", "--json")
	c.awaitMeasuring(1)
	l.must(l.client.CoreV1().ConfigMaps(l.ns).Delete(t.Context(), "locust-load-test-matrix-journal-0-0", metav1.DeleteOptions{}))
	l.deletePod(driverPods)
	if code := c.wait(3 * time.Minute); code != 1 || !strings.Contains(c.errors(), "journal") {
		t.Errorf("exit code %d, want 1 and a word of the journal:\n%s", code, c.errors())
	}
	if n := len(l.pods(driverPods)); n > 1 {
		t.Errorf("%d pods are there, want only the second", n)
	}
	l.wantRestored()
}
