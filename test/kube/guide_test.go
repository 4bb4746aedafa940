//go:build cluster

package kube

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestGuide runs the commands of docs/kubernetes.md in their order, with small
// numbers from the environment, in a directory that looks like the checkout.
func TestGuide(t *testing.T) {
	s := newShell(t, "")
	s.kubectl(nil, "delete", "deployment,service", "inference")
	s.copyTree("deploy")
	s.copyTree("examples")
	config := s.ownKubeconfig()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "kubernetes.md"))
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "KUBECONFIG="+config,
		"PATH="+filepath.Dir(s.program)+":"+filepath.Join(os.Getenv(envTestbed), "bin")+":"+os.Getenv("PATH"),
		"TEST_DURATION=4", "COOLDOWN=0", "REPLICA_COUNTS=1,2", "WORKER_COUNTS=1", "USER_COUNTS=10")
	ran := 0
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllSubmatch(page, -1) {
		for line := range strings.Lines(string(block[1])) {
			ran++
			cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
			cmd.Dir, cmd.Env = s.dir, env
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("$ %s%v\n%s", line, err, out)
			}
		}
	}
	if ran < 12 {
		t.Errorf("only %d commands found", ran)
	}
	s.allSuccess(s.journal("results/first"), 2)
	s.allSuccess(s.journal("results/from-here"), 2)
}

// copyTree copies a folder of the checkout, with this cluster's images and small requests.
func (s *shell) copyTree(name string) {
	s.t.Helper()
	from := filepath.Join("..", "..", name)
	if err := os.CopyFS(filepath.Join(s.dir, name), os.DirFS(from)); err != nil {
		s.t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(s.dir, name, "*.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			s.t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte(imageSwarmgrid), []byte(ownImage()))
		text = bytes.ReplaceAll(text, []byte("cpu: 100m"), []byte("cpu: 20m"))
		if err := os.WriteFile(path, text, 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
}

// ownKubeconfig is a copy whose context has the test's namespace.
func (s *shell) ownKubeconfig() string {
	s.t.Helper()
	data, err := os.ReadFile(os.Getenv(envKubeconfig))
	if err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.dir, "kubeconfig")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.kubectl(nil, "config", "set-context", "--current", "--namespace="+s.ns, "--kubeconfig="+path)
	return path
}
