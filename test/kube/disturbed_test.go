//go:build cluster

package kube

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// windowed has a window long enough to be disturbed.
const windowed = "{duration: 10s, settle: 1s, cooldown: 1s, attempts: 20}"

// TestDisturbed removes something while the first window is measured: the attempt is INVALID
// and says why, and the next one succeeds.
func TestDisturbed(t *testing.T) {
	t.Parallel()
	running := func(l *lab, selector string) string {
		for _, pod := range l.pods(selector) {
			if pod.Status.Phase == corev1.PodRunning {
				return pod.Name
			}
		}
		return ""
	}
	for _, c := range []struct {
		name    string
		disturb func(l *lab)
		engine  string
	}{
		{name: "worker pod deleted", disturb: func(l *lab) { l.deletePod(workerPods) }},
		{name: "target pod deleted", disturb: func(l *lab) { l.deletePod(targetPods) }},
		{name: "target process killed", disturb: func(l *lab) {
			if os.Getenv(envTestbed) == "" {
				l.deletePod(targetPods) // its processes are not on this machine
				return
			}
			killProcess(l.t, running(l, targetPods))
		}},
		{name: "master pod deleted", disturb: func(l *lab) { l.deletePod(masterPods) }},
		{name: "locust worker pod deleted", disturb: func(l *lab) { l.deletePod(workerPods) }, engine: "locust"},
		{name: "locust master pod deleted", disturb: func(l *lab) { l.deletePod(masterPods) }, engine: "locust"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, experiment{engine: c.engine, replicas: "[2]", workers: "[2]", users: "[8]", measure: windowed})
			l.disturbed(c.disturb)
		})
	}
}

// disturbed runs one scenario whose first window is disturbed.
func (l *lab) disturbed(disturb func(*lab)) {
	l.t.Helper()
	c := l.start("all", "--json", "--out", "out")
	c.awaitMeasuring(1)
	disturb(l)
	if code := c.wait(5 * time.Minute); code != 0 {
		l.t.Fatalf("exit code %d:\n%s", code, c.errors())
	}
	journal := l.journal("out")
	l.wantSuccess(journal, 1)
	l.wantFirstSpoilt(journal)
	for _, r := range journal.Records {
		l.t.Logf("%s: %s", r.Status, strings.Join(r.Reasons, "; "))
	}
	l.wantRestored()
}

// TestAPIServerAway stops the API server for 20 s within a window: the run goes on to its
// end. It is not parallel, since all other tests would notice.
func TestAPIServerAway(t *testing.T) {
	if os.Getenv(envTestbed) == "" {
		t.Logf("not our testbed: its API server is not ours to stop")
		return
	}
	l := newLab(t, experiment{replicas: "[2]", workers: "[1]", users: "[4, 8]", measure: "{duration: 30s, settle: 1s, cooldown: 1s}"})
	c := l.start("all", "--json", "--out", "out")
	c.awaitMeasuring(1)
	part(t, "stop")
	time.Sleep(20 * time.Second)
	part(t, "start")
	if code := c.wait(6 * time.Minute); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, c.errors())
	}
	journal := l.journal("out")
	l.wantSuccess(journal, 2)
	for _, r := range journal.Records {
		t.Logf("%v: %s: %s %s", r.Key, r.Status, strings.Join(r.Reasons, "; "), strings.Join(r.Warnings, "; "))
	}
	l.wantRestored()
}

// part stops or starts the testbed's API server.
func part(t *testing.T, verb string) {
	t.Helper()
	cache := strings.TrimSuffix(os.Getenv(envTestbed), "/cluster")
	out, err := exec.Command("go", "run", "../cluster", "-cache", cache, verb, "kube-apiserver").CombinedOutput()
	if err != nil {
		t.Fatalf("%s the API server: %v\n%s", verb, err, out)
	}
}
