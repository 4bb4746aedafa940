//go:build cluster

package kube

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGitOps applies what a repository would hold, runs, and keeps applying it during the
// run, as a controller does: the number of workers stays as the scenario wants it.
func TestGitOps(t *testing.T) {
	s := newShell(t, smallWith("swarm", "4s", "1h"))
	printed := s.manifests("manifests", "it.yaml", "--for", "gitops", "--workers", "2", "--users", "10", "--replicas", "1")
	s.kubectl([]byte(printed), "apply", "-f", "-")
	s.kubectl(nil, "delete", "lease", "swarmgrid-deployment-inference") // Argo CD applies none
	s.kubectl(nil, "rollout", "status", "deployment/locust-master", "--timeout=60s")
	s.kubectl(nil, "rollout", "status", "deployment/locust-worker", "--timeout=60s")
	if got := s.must(0, "submit", "it.yaml"); !strings.Contains(got.err, " as deployed (deploy --replicas 1 --workers 2 --users 10); the file has ") {
		t.Error("submit does not take what manifests was given")
	}
	ended := make(chan output, 1)
	go func() { ended <- s.do("monitor", "it.yaml") }()
	applied := 0
	for again := true; again; {
		select {
		case got := <-ended:
			again = false
			if got.code != 0 {
				t.Errorf("monitor ended with %d", got.code)
			}
		case <-time.After(time.Second): // as a controller does, only faster
			s.kubectl([]byte(printed), "apply", "-f", "-")
			applied++
		}
	}
	if applied == 0 {
		t.Error("nothing was applied under the run")
	}
	s.must(0, "results", "it.yaml", "--out", "r")
	s.allSuccess(s.journal("r"), 1)
	s.must(0, "cleanup", "it.yaml")
}

// manifests prints without a kubeconfig, which the command does not take.
func (s *shell) manifests(args ...string) string {
	s.t.Helper()
	cmd := s.command(s.t.Context(), args...)
	cmd.Args = slices.DeleteFunc(cmd.Args, func(arg string) bool { return arg == "--kubeconfig" || strings.HasSuffix(arg, "kubeconfig") })
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatal(err)
	}
	return string(out)
}
