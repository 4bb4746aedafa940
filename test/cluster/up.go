package main

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed addons
var addons embed.FS

// up leaves a working cluster, whatever was there before: nothing, a part, or all of it.
func (t *testbed) up() error {
	if os.Geteuid() != 0 {
		return errors.New("containers and bridges need root: run it as root")
	}
	begin := time.Now()
	if err := t.installPackages(); err != nil {
		return err
	}
	if err := t.build(); err != nil {
		return err
	}
	archives, err := t.allImages()
	if err != nil {
		return err
	}
	built := time.Now()
	if err := t.run(archives); err != nil {
		return fmt.Errorf("%w\nlook at %s, then run down", err, t.in("logs"))
	}
	t.say("the cluster is up in %.1f s, after %.1f s of preparation; export KUBECONFIG=%s",
		time.Since(built).Seconds(), built.Sub(begin).Seconds(), t.kubeconfig())
	return nil
}

func (t *testbed) run(archives map[string]string) error {
	if len(t.processes()) > 0 && t.crashed() == nil {
		t.say("the cluster runs already")
		return t.load(archives)
	}
	if err := t.down(); err != nil {
		return fmt.Errorf("clearing what an earlier cluster left: %w", err)
	}
	if err := foreignNode(); err != nil {
		return err
	}
	bin, err := t.bin()
	if err != nil {
		return err
	}
	link := func() error { return os.Symlink(bin, t.in("bin")) } // a fixed name, for a person's PATH
	for _, step := range []func() error{t.guard, t.network, t.makeKeys, link} {
		if err := step(); err != nil {
			return err
		}
	}
	loaded := make(chan error, 1)
	if err := t.startMachine(bin, func() { loaded <- t.load(archives) }); err != nil {
		return err
	}
	if err := t.startCluster(bin); err != nil {
		return err
	}
	if err := <-loaded; err != nil {
		return err
	}
	return t.settle(bin)
}

// foreignNode refuses to share the machine's packet filter with another Kubernetes node.
func foreignNode() error {
	for _, table := range []string{"filter", "nat"} {
		saved, err := output("iptables-save", "-t", table)
		if err != nil {
			return err
		}
		if strings.Contains(saved, ":KUBE-SERVICES ") {
			return errors.New("this machine already has the packet filter rules of a Kubernetes node, and down would remove them: use another machine, or that cluster (docs/testbed.md)")
		}
	}
	return nil
}

// startMachine starts what needs no API server, and loads the images meanwhile.
func (t *testbed) startMachine(bin string, load func()) error {
	if err := t.startEtcd(bin); err != nil {
		return err
	}
	if err := t.startAPIServer(bin); err != nil {
		return err
	}
	if err := t.startContainerd(); err != nil {
		return err
	}
	go load()
	return nil
}

func (t *testbed) startCluster(bin string) error {
	if err := t.await(60*time.Second, "the API server", func() error {
		_, err := t.kubectl(bin, "get", "--raw", "/readyz")
		return err
	}); err != nil {
		return err
	}
	for _, start := range []func(string) error{t.startControllers, t.startScheduler, t.startKubelet, t.startProxy} {
		if err := start(bin); err != nil {
			return err
		}
	}
	return nil
}

// settle adds DNS and metrics and waits until both answer.
func (t *testbed) settle(bin string) error {
	files, err := addons.ReadDir("addons")
	if err != nil {
		return err
	}
	for _, f := range files {
		data, err := addons.ReadFile("addons/" + f.Name())
		if err != nil {
			return err
		}
		if err := t.await(10*time.Second, f.Name(), func() error {
			_, err := feed(string(data), filepath.Join(bin, "kubectl"), "--kubeconfig", t.kubeconfig(), "apply", "-f", "-")
			return err
		}); err != nil {
			return err
		}
	}
	for _, what := range []string{"node/" + nodeName, "deployment/coredns", "deployment/metrics-server", "apiservice/v1beta1.metrics.k8s.io"} {
		if err := t.await(60*time.Second, what, t.condition(bin, what)); err != nil {
			return err
		}
		t.say("%s works", what)
	}
	return nil
}

func (t *testbed) condition(bin, what string) func() error {
	condition := "Available"
	if strings.HasPrefix(what, "node/") {
		condition = "Ready"
	}
	return func() error {
		_, err := t.kubectl(bin, "-n", "kube-system", "wait", "--for=condition="+condition, "--timeout=2s", what)
		return err
	}
}

func (t *testbed) kubectl(bin string, args ...string) (string, error) {
	return output(filepath.Join(bin, "kubectl"), append([]string{"--kubeconfig", t.kubeconfig()}, args...)...)
}
