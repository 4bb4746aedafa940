package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

var kubernetesLine = regexp.MustCompile(`k8s\.io/kubernetes (v\S+)`)

// packages are the parts of the cluster, by the name of the program.
func packages() map[string]string {
	return map[string]string{
		"etcd":                    "go.etcd.io/etcd/server/v3",
		"kube-apiserver":          "k8s.io/kubernetes/cmd/kube-apiserver",
		"kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
		"kube-scheduler":          "k8s.io/kubernetes/cmd/kube-scheduler",
		"kube-proxy":              "k8s.io/kubernetes/cmd/kube-proxy",
		"kubelet":                 "k8s.io/kubernetes/cmd/kubelet",
		"kubectl":                 "k8s.io/kubernetes/cmd/kubectl",
		"metrics-server":          "sigs.k8s.io/metrics-server/cmd/metrics-server",
		"coredns":                 "./coredns",
		"pause":                   "./pause",
	}
}

func (t *testbed) parts() string { return filepath.Join(t.root, "test/cluster/parts") }

// findCheckout learns where the source is: the module that the command was started in.
func (t *testbed) findCheckout() error {
	root, err := output("go", "list", "-m", "-f", "{{.Dir}}", "github.com/swarmgrid/swarmgrid")
	t.root = root
	return err
}

// bin is the folder of built parts; its name changes with every version of anything in them.
func (t *testbed) bin() (string, error) {
	if err := t.findCheckout(); err != nil {
		return "", err
	}
	goVersion, err := output("go", "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	sum.Write([]byte(goVersion))
	version := ""
	for _, name := range []string{"go.mod", "go.sum", "coredns/main.go", "pause/main.go"} {
		data, err := os.ReadFile(filepath.Join(t.parts(), name))
		if err != nil {
			return "", err
		}
		if name == "go.mod" {
			version, err = kubernetesVersion(data)
			if err != nil {
				return "", err
			}
		}
		sum.Write(data)
	}
	return filepath.Join(t.cache, fmt.Sprintf("cluster-%s-%s", version, hex.EncodeToString(sum.Sum(nil))[:8])), nil
}

func kubernetesVersion(gomod []byte) (string, error) {
	match := kubernetesLine.FindSubmatch(gomod)
	if match == nil {
		return "", errors.New("test/cluster/parts/go.mod requires no k8s.io/kubernetes")
	}
	return string(match[1]), nil
}

// build makes the parts that are not in the cache: some ten minutes on two cores the
// first time, nothing afterwards.
func (t *testbed) build() error {
	bin, err := t.bin()
	if err != nil {
		return err
	}
	if _, err := os.Stat(bin); err == nil {
		return nil
	}
	start := time.Now()
	t.say("building Kubernetes and its friends into %s (minutes, the first time)", bin)
	fresh := bin + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := t.goBuild(fresh); err != nil {
		return fmt.Errorf("building the parts of the cluster: %w", err)
	}
	t.say("built in %s", time.Since(start).Round(time.Second))
	return os.Rename(fresh, bin)
}

func (t *testbed) goBuild(dir string) error {
	gomod, err := os.ReadFile(filepath.Join(t.parts(), "go.mod"))
	if err != nil {
		return err
	}
	version, err := kubernetesVersion(gomod)
	if err != nil {
		return err
	}
	args := []string{
		"build", "-trimpath", "-buildvcs=false", "-o", dir + "/",
		"-ldflags", "-s -w -X k8s.io/component-base/version.gitVersion=" + version,
	}
	for _, pkg := range packages() {
		args = append(args, pkg)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.parts(), t.log, t.log
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	if err := cmd.Run(); err != nil {
		return err
	}
	return os.Rename(filepath.Join(dir, "server"), filepath.Join(dir, "etcd"))
}
