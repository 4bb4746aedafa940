//go:build cluster

package kube

import (
	"strings"
	"testing"
)

// TestRotatedSecret follows a token that workers take from a Secret: a run with the old one
// is refused, and deploy restarts the workers, once.
func TestRotatedSecret(t *testing.T) {
	text := strings.Replace(smallWith("swarm", "3s", "1h"), "worker: {", "worker: {envFromSecrets: [api-token], ", 1)
	s := newShell(t, text)
	s.kubectl(nil, "create", "secret", "generic", "api-token", "--from-literal=TOKEN=first")
	deploy := []string{"deploy", "it.yaml", "--workers", "1", "--users", "10", "--replicas", "1"}
	s.must(0, deploy...)
	first := s.worker()
	if got := s.must(0, deploy...); !strings.Contains(got.err, " 0 created, 0 changed, 0 deleted, ") || s.worker() != first {
		t.Error("deploy changed something the second time")
	}
	s.kubectl(nil, "patch", "secret", "api-token", "-p", `{"stringData": {"TOKEN": "second"}}`)
	const changed = "Secret api-token changed since the pods of Deployment locust-worker started"
	for _, command := range [][]string{{"plan", "it.yaml", "--cluster"}, {"submit", "it.yaml"}, {"run", "it.yaml"}} {
		if got := s.must(1, command...); !strings.Contains(got.err, changed) {
			t.Errorf("%s does not say that the Secret changed", command[0])
		}
	}
	if got := s.must(0, deploy...); !strings.Contains(got.err, "Deployment locust-worker restarts its pods: Secret api-token changed") || s.worker() == first {
		t.Error("deploy did not restart the workers, or did not say so")
	}
	s.must(0, "plan", "it.yaml", "--cluster")
	s.must(0, "cleanup", "it.yaml")
}

// worker names the one pod of the workers.
func (s *shell) worker() string {
	s.t.Helper()
	return s.kubectl(nil, "get", "pods", "-l", workerPods, "-o", "name", "--field-selector", "status.phase=Running")
}
