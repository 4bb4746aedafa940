//go:build cluster

package kube

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestDriverKilled kills the driver four times at random moments, twice its process and
// twice its pod, under a monitor.
func TestDriverKilled(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	l := newLab(t, experiment{replicas: "[1, 2]", workers: "[1, 2]", users: "[4, 8]", measure: "{duration: 5s, settle: 1s, cooldown: 1s, attempts: 20}"})
	c := l.start("all", "--json", "--out", "out")
	victim := ""
	for _, how := range []string{"process", "pod", "process", "pod"} {
		victim = l.awaitDriver(c, victim)
		after := time.Duration(rng.IntN(10000)) * time.Millisecond
		time.Sleep(after) // the moment is what the test varies
		if c.ended() {
			t.Fatalf("the run ended before all kills were done:\n%s", c.errors())
		}
		t.Logf("killing the %s of %s %s after its start", how, victim, after)
		if how == "process" && os.Getenv(envTestbed) != "" {
			killProcess(t, victim)
		} else {
			l.deletePod(driverPods)
		}
	}
	if code := c.wait(8 * time.Minute); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, c.errors())
	}
	journal := l.journal("out")
	l.wantSuccess(journal, 8)
	t.Logf("attempts: %v", statuses(journal))
	l.wantRestored()
}

// awaitDriver waits for a running driver other than the last one.
func (l *lab) awaitDriver(c *command, last string) (name string) {
	l.t.Helper()
	eventually(l.t, 3*time.Minute, "the next driver", func() error {
		if c.ended() {
			l.t.Fatalf("the run ended:\n%s", c.errors())
		}
		list, err := l.client.CoreV1().Pods(l.ns).List(l.t.Context(), metav1.ListOptions{LabelSelector: driverPods})
		if err != nil {
			return err
		}
		for _, pod := range list.Items {
			if pod.Name != last && pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil {
				name = pod.Name
				return nil
			}
		}
		return fmt.Errorf("%d pods, none is new", len(list.Items))
	})
	return name
}

// killProcess kills all processes of a pod of the testbed, whose node is this machine.
func killProcess(t *testing.T, pod string) {
	t.Helper()
	want := []byte("HOSTNAME=" + pod)
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for _, dir := range dirs {
		env, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err != nil {
			continue // it has ended
		}
		for field := range bytes.SplitSeq(env, []byte{0}) {
			if !bytes.Equal(field, want) {
				continue
			}
			pid, err := strconv.Atoi(filepath.Base(dir))
			if err != nil {
				t.Fatal(err)
			}
			kill(t, pid)
			killed++
		}
	}
	if killed == 0 {
		t.Fatalf("no process of pod %s", pod)
	}
}
