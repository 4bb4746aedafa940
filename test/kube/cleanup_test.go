//go:build cluster

package kube

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCleanup: everything that deploy, a run and its results made is deleted, but results
// that have not been fetched are not deleted unasked.
func TestCleanup(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{})
	before := l.objects()
	l.run("deploy")
	if len(l.objects()) <= len(before) {
		t.Fatal("deploy made nothing")
	}
	l.run("submit")
	l.run("monitor")
	l.refused(1, "were never downloaded", "cleanup")
	l.run("results")
	l.run("cleanup")
	if diff := cmp.Diff(before, l.objects()); diff != "" {
		t.Errorf("cleanup left something (- before deploy, + after cleanup):\n%s", diff)
	}
	l.wantRestored()
}

// TestCleanupDuringRun stops a run in its window, restores the target and leaves nothing.
func TestCleanupDuringRun(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{measure: "{duration: 60s, settle: 1s, cooldown: 1s}"})
	before := l.objects()
	c := l.start("all", "--json")
	c.awaitMeasuring(1)
	begin := time.Now()
	l.run("cleanup", "--discard-results")
	t.Logf("cleanup during a window took %s", time.Since(begin).Round(100*time.Millisecond))
	if diff := cmp.Diff(before, l.objects()); diff != "" {
		t.Errorf("cleanup left something (- before deploy, + after cleanup):\n%s", diff)
	}
	l.wantRestored()
	if code := c.wait(time.Minute); code == 0 {
		t.Errorf("the monitor of a run that was stopped ended well:\n%s", c.errors())
	}
}

// TestDeployTwice changes nothing the second time.
func TestDeployTwice(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{})
	l.run("deploy")
	if got := l.run("deploy").errors(); !strings.Contains(got, " 0 created, 0 changed, 0 deleted,") {
		t.Errorf("the second deploy says:\n%s", got)
	}
}
