//go:build cluster

package kube

import (
	"strings"
	"testing"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// otherNames let two experiments share a namespace.
const otherNames = `    names: {master: b-master, worker: b-worker, scripts: b-scripts, serviceAccount: b-driver, role: b-role, roleBinding: b-binding, job: b-job}
`

// TestTwoCampaigns refuses the second one on the same target, with the holder's name.
func TestTwoCampaigns(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{measure: "{duration: 40s, settle: 1s, cooldown: 1s}"})
	c := l.start("all", "--json", "--out", "out")
	c.awaitMeasuring(1)
	l.write(experiment{name: "second", cluster: otherNames})
	const holder = "locust-load-test-matrix-"
	l.refused(1, holder, "plan", "--cluster")
	l.refused(1, holder, "run", "--out", "second")
	l.refused(1, holder, "all", "--out", "second")
	if code := c.wait(3 * time.Minute); code != 0 {
		t.Fatalf("the first campaign: exit code %d:\n%s", code, c.errors())
	}
	l.wantSuccess(l.journal("out"), 1)
	l.wantRestored()
}

// TestScaledBySomebody leaves the target as somebody set it during a window, the last
// or an earlier one, and says so.
func TestScaledBySomebody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, users, attempts, want string }{
		{"last window", "[4]", "1", "INVALID"},
		{"earlier window", "[4, 8]", "2", "INVALID ERROR ERROR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, experiment{users: c.users, measure: "{duration: 10s, settle: 1s, cooldown: 1s, attempts: " + c.attempts + "}"})
			l.scaledBySomebody(c.want)
		})
	}
}

func (l *lab) scaledBySomebody(want string) {
	l.t.Helper()
	c := l.start("all", "--json", "--out", "out")
	c.awaitMeasuring(1)
	const theirs = 5
	scale := &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: "inference", Namespace: l.ns}, Spec: autoscalingv1.ScaleSpec{Replicas: theirs}}
	_, err := l.client.AppsV1().Deployments(l.ns).UpdateScale(l.t.Context(), "inference", scale, metav1.UpdateOptions{})
	l.must(err)
	if code := c.wait(3 * time.Minute); code != 1 {
		l.t.Errorf("exit code %d, want 1:\n%s", code, c.errors())
	}
	journal := l.journal("out")
	if text := journal.Records[0].StatusText(); !strings.Contains(text, "somebody changed the target, by kube.test") {
		l.t.Errorf("the first attempt is %s", text)
	}
	if got := strings.Join(statuses(journal), " "); got != want {
		l.t.Errorf("the attempts are %s, want %s", got, want)
	}
	for _, r := range journal.Records {
		l.t.Logf("%v: %s", r.Key, r.StatusText())
	}
	if n := *l.target().Spec.Replicas; n != theirs {
		l.t.Errorf("the target has %d replicas, want %d as somebody set them", n, theirs)
	}
	left := strings.Join(c.finished().Left, ", ")
	l.t.Logf("left: %s", left)
	// The API server names a client that does not name itself after its program.
	if !strings.HasPrefix(left, "Deployment inference has 5 replicas (it was found with 3), by kube.test") {
		l.t.Errorf("what was left is told as %q", left)
	}
}
