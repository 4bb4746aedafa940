//go:build cluster

package kube

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/run"
)

// TestLaptop drives the same load from outside the cluster, through port-forwards.
func TestLaptop(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"swarm", "locust"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, experiment{engine: engine, replicas: "[1, 2]", workers: "[1, 2]"})
			l.run("deploy")
			c := l.start("run", "--json", "--out", "out")
			if code := c.wait(4 * time.Minute); code != 0 {
				t.Fatalf("exit code %d:\n%s", code, c.errors())
			}
			l.wantSuccess(l.journal("out"), 4)
			l.wantReports("out")
			l.wantRestored()
			t.Logf("from the last pod ready to the load's start: %.2f s (median)", c.finished().ReadyToSwarmMedian)
		})
	}
}

// TestLaptopInterrupted restores the target at the first Ctrl-C, and continues later.
func TestLaptopInterrupted(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{replicas: "[1, 2]"})
	l.run("deploy")
	c := l.start("run", "--json", "--out", "out")
	c.awaitMeasuring(2)
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := c.wait(time.Minute); code != 130 {
		t.Errorf("exit code %d, want 130:\n%s", code, c.errors())
	}
	l.wantRestored()
	resumed := l.startBare("run", "--resume", "out", "-n", l.ns)
	if code := resumed.wait(2 * time.Minute); code != 0 {
		t.Fatalf("resuming: exit code %d:\n%s", code, resumed.errors())
	}
	l.wantSuccess(l.journal("out"), 2)
	l.wantRestored()
}

// TestLaptopKilled leaves the target to cleanup, which restores it from the Lease.
func TestLaptopKilled(t *testing.T) {
	t.Parallel()
	l := killedLaptop(t)
	begin := time.Now()
	l.onceUnlocked("cleanup")
	t.Logf("restored %s after the driver's death, once its lock had run out", time.Since(begin).Round(time.Second))
	l.wantRestored()
}

// TestNextRunRestores: the run after a killed one says what it put back, measures, and
// leaves the target as it was before both.
func TestNextRunRestores(t *testing.T) {
	t.Parallel()
	l := killedLaptop(t)
	c := l.onceUnlocked("run", "--out", "next")
	if said := c.errors(); !strings.Contains(said, "restored after run") || !strings.Contains(said, "Deployment inference") {
		t.Errorf("the next run does not say what it restored:\n%s", said)
	}
	l.wantSuccess(l.journal("next"), 1)
	l.wantRestored()
}

// killedLaptop kills a laptop's driver in its window.
func killedLaptop(t *testing.T) *lab {
	l := newLab(t, experiment{})
	l.run("deploy")
	c := l.start("run", "--json", "--out", "out")
	c.awaitMeasuring(1)
	if err := c.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-c.done
	if n := *l.target().Spec.Replicas; n != 1 {
		t.Errorf("the dead run left %d replicas, want its scenario's 1", n)
	}
	return l
}

// onceUnlocked runs a verb again until the dead run's lock has run out.
func (l *lab) onceUnlocked(verb string, args ...string) (c *command) {
	l.t.Helper()
	eventually(l.t, 2*time.Minute, verb, func() error {
		c = l.start(verb, args...)
		if c.wait(time.Minute) != 0 {
			time.Sleep(time.Second)
			return errNotYet
		}
		return nil
	})
	return c
}

// TestResultsOutliveTheJob fetches them when the Job's TTL has taken its pods away.
func TestResultsOutliveTheJob(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{cluster: "    ttl: 2s\n"})
	l.run("deploy")
	l.run("submit")
	l.run("monitor")
	eventually(t, time.Minute, "the Job's TTL", func() error {
		list, err := l.client.BatchV1().Jobs(l.ns).List(t.Context(), metav1.ListOptions{})
		if err == nil && len(list.Items)+len(l.pods(driverPods)) > 0 {
			err = errNotYet
		}
		return err
	})
	l.run("results", "--out", "out")
	l.wantSuccess(l.journal("out"), 1)
	l.wantReports("out")
	l.run("cleanup")
}

// TestMonitorAcrossRestart shows one stream across two driver pods: each scenario's end
// once, none left out.
func TestMonitorAcrossRestart(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{replicas: "[1, 2]", users: "[4, 8]"})
	l.run("deploy")
	l.run("submit")
	c := l.start("monitor", "--json")
	c.awaitMeasuring(1)
	l.leaveMonitor()
	c.awaitMeasuring(2)
	l.deletePod(driverPods)
	if code := c.wait(3 * time.Minute); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, c.errors())
	}
	ends := map[string]int{}
	for _, e := range c.events() {
		if e.Type == run.AttemptFinished && e.Record.Terminal {
			ends[e.Key.String()]++
		}
	}
	for key, n := range ends {
		if n != 1 {
			t.Errorf("the end of %s was shown %d times", key, n)
		}
	}
	if len(ends) != 4 {
		t.Errorf("%d scenarios were shown, want 4", len(ends))
	}
	l.run("results", "--out", "out")
	l.wantSuccess(l.journal("out"), 4)
	l.wantRestored()
}

// leaveMonitor interrupts a monitor, which says that the run goes on.
func (l *lab) leaveMonitor() {
	l.t.Helper()
	c := l.start("monitor")
	eventually(l.t, time.Minute, "the monitor", func() error {
		if !strings.Contains(c.errors(), "run in ") {
			return errNotYet
		}
		return nil
	})
	l.must(c.cmd.Process.Signal(os.Interrupt))
	if code := c.wait(time.Minute); code != 130 || !strings.Contains(c.errors(), "the run goes on in the cluster: `swarmgrid monitor ") {
		l.t.Errorf("exit code %d, want 130 and what goes on:\n%s", code, c.errors())
	}
}

// startBare runs swarmgrid without the experiment's file.
func (l *lab) startBare(args ...string) *command {
	return l.startFile(args[0], args[1], args[2:]...)
}
