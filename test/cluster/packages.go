package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// debian says which package brings which program.
func debian() map[string]string {
	return map[string]string{
		"containerd": "containerd", "ctr": "containerd", "runc": "runc", "iptables": "iptables", "nft": "nftables",
		"conntrack": "conntrack", "socat": "socat", "ip": "iproute2", "mount": "mount",
	}
}

// pluginDir is where the container network plugins are: in Debian's folder, or in the usual one.
func pluginDir() string {
	for _, dir := range []string{"/usr/lib/cni", "/opt/cni/bin"} {
		if _, err := os.Stat(dir + "/bridge"); err == nil {
			return dir
		}
	}
	return ""
}

func missingPackages() []string {
	var missing []string
	for program, pkg := range debian() {
		if _, err := exec.LookPath(program); err != nil && !slices.Contains(missing, pkg) {
			missing = append(missing, pkg)
		}
	}
	if pluginDir() == "" {
		missing = append(missing, "containernetworking-plugins")
	}
	slices.Sort(missing)
	return missing
}

// installPackages installs what Debian has; it needs root only if something is missing.
func (t *testbed) installPackages() error {
	missing := missingPackages()
	if len(missing) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("this machine lacks %s and has no apt-get: install them", strings.Join(missing, ", "))
	}
	t.say("installing %s", strings.Join(missing, " "))
	for _, args := range [][]string{{"update", "-qq"}, append([]string{"install", "-y", "-qq", "--no-install-recommends"}, missing...)} {
		cmd := exec.Command("apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("installing %s: %w\n%s", strings.Join(missing, " "), err, out)
		}
	}
	if missing = missingPackages(); len(missing) > 0 {
		return errors.New("still missing after apt-get install: " + strings.Join(missing, ", "))
	}
	return nil
}
