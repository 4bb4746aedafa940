package main

import (
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed config
var configs embed.FS

// config writes one of the embedded configuration files, filled in, and returns its path.
func (t *testbed) config(name string) (string, error) {
	data, err := configs.ReadFile("config/" + name)
	if err != nil {
		return "", err
	}
	words := strings.NewReplacer(
		"CNI_PLUGINS", pluginDir(), "DIR", t.dir, "BRIDGE", bridge, "POD_RANGE", podRange,
		"NODE_ADDRESS", nodeAddress, "NODE_NAME", nodeName, "DNS_SERVICE", dnsService,
		"PORT_KUBELET", portKubelet, "PORT_HEALTH", portKubeletHealth,
		"PORT_PROXY_HEALTH", portProxyHealth, "PORT_PROXY_METRICS", portProxyMetrics,
	)
	path := t.in(name)
	if name == "cni.conflist" {
		path = t.in("cni/net.d/10-swarmgrid.conflist")
	}
	return path, writeFile(path, words.Replace(string(data)))
}

func (t *testbed) socket() string { return t.in("containerd/containerd.sock") }

func (t *testbed) startContainerd() error {
	if _, err := t.config("cni.conflist"); err != nil {
		return err
	}
	config, err := t.config("containerd.toml")
	if err != nil {
		return err
	}
	program, err := exec.LookPath("containerd")
	if err != nil {
		return err
	}
	if err := t.start("containerd", program, "--config", config); err != nil {
		return err
	}
	if err := t.await(20*time.Second, "containerd", func() error {
		_, err := t.ctr("version")
		return err
	}); err != nil {
		return err
	}
	return t.linkSocket()
}

// usualSocket is where the kubelet's cAdvisor looks for the figures of single
// containers; no flag says otherwise any more.
const usualSocket = "/run/containerd/containerd.sock"

// linkSocket lets cAdvisor find our containerd, unless the machine has its own there;
// then there are figures of pods only.
func (t *testbed) linkSocket() error {
	if _, err := os.Lstat(usualSocket); err == nil {
		t.say("%s belongs to another containerd: cAdvisor will have no figures of single containers", usualSocket)
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(usualSocket), 0o711); err != nil {
		return err
	}
	return os.Symlink(t.socket(), usualSocket)
}

// ctr speaks to our containerd, in Kubernetes' namespace.
func (t *testbed) ctr(args ...string) (string, error) {
	return output("ctr", append([]string{"--address", t.socket(), "-n", "k8s.io"}, args...)...)
}

func (t *testbed) startKubelet(bin string) error {
	config, err := t.config("kubelet.yaml")
	if err != nil {
		return err
	}
	return t.start("kubelet", bin+"/kubelet",
		"--config="+config, "--kubeconfig="+t.userConfig("kubelet"),
		"--root-dir="+t.in("kubelet"), "--cert-dir="+t.in("pki"),
		"--hostname-override="+nodeName, "--node-ip="+nodeAddress,
		"--housekeeping-interval=2s") // fresh figures for metrics-server, whose readiness waits for two of them
}

func (t *testbed) startProxy(bin string) error {
	config, err := t.config("kube-proxy.yaml")
	if err != nil {
		return err
	}
	return t.start("kube-proxy", bin+"/kube-proxy", "--config="+config)
}

// await is until that gives up at once when a part has ended.
func (t *testbed) await(limit time.Duration, what string, ok func() error) error {
	var crash error
	err := until(limit, what, func() error {
		if crash = t.crashed(); crash != nil {
			return nil
		}
		return ok()
	})
	if crash != nil {
		return fmt.Errorf("waiting for %s: %w", what, crash)
	}
	return err
}
