package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
)

// sysctls are what we, the kubelet or kube-proxy change; down puts the old values back.
func sysctls() []string {
	return []string{
		"net/ipv4/ip_forward", "net/ipv4/conf/all/route_localnet", "net/bridge/bridge-nf-call-iptables",
		"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
		"kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
	}
}

// network makes the bridge and lets packets between pods pass the packet filter,
// which is how kube-proxy's rules reach them.
func (t *testbed) network() error {
	if err := addressesFree(); err != nil {
		return err
	}
	if _, err := os.Stat("/proc/sys/net/bridge"); err != nil {
		if out, err := exec.Command("modprobe", "br_netfilter").CombinedOutput(); err != nil {
			return fmt.Errorf("loading the kernel module br_netfilter: %w: %s", err, out)
		}
	}
	if err := t.saveSysctls(); err != nil {
		return err
	}
	for _, args := range []string{
		"link add " + bridge + " type bridge", "addr add " + nodeAddress + "/16 dev " + bridge, "link set " + bridge + " up",
	} {
		if _, err := output("ip", strings.Fields(args)...); err != nil {
			return fmt.Errorf("making the pods' bridge: %w", err)
		}
	}
	for _, name := range []string{"net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables"} {
		if err := os.WriteFile("/proc/sys/"+name, []byte("1"), 0); err != nil {
			return fmt.Errorf("setting up the network: %w", err)
		}
	}
	return nil
}

// addressesFree refuses when the machine already uses the cluster's addresses.
func addressesFree() error {
	used, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, addr := range used {
		prefix, err := netip.ParsePrefix(addr.String())
		if err != nil {
			continue
		}
		for _, own := range []string{podRange, serviceRange} {
			if prefix.Overlaps(netip.MustParsePrefix(own)) {
				return fmt.Errorf("this machine has the address %s, which the cluster needs for itself (%s); is another cluster or podman's bridge up?", prefix, own)
			}
		}
	}
	return nil
}

func (t *testbed) saveSysctls() error {
	old := map[string]string{}
	for _, name := range sysctls() {
		if value, err := os.ReadFile("/proc/sys/" + name); err == nil { // not every kernel has all
			old[name] = strings.TrimSpace(string(value))
		}
	}
	data, err := json.Marshal(old)
	if err != nil {
		return err
	}
	return writeFile(t.in("sysctls.json"), string(data))
}

func (t *testbed) restoreSysctls() error {
	data, err := os.ReadFile(t.in("sysctls.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	old := map[string]string{}
	if err := json.Unmarshal(data, &old); err != nil {
		return fmt.Errorf("reading %s: %w", t.in("sysctls.json"), err)
	}
	for name, value := range old {
		err = errors.Join(err, os.WriteFile("/proc/sys/"+name, []byte(value), 0))
	}
	return err
}

// removeNetwork removes the bridge and the pods' interfaces that are still attached to it.
func removeNetwork() error {
	links, err := output("ip", "-o", "link", "show", "master", bridge)
	if err != nil {
		return nil // there is no bridge
	}
	for _, line := range strings.Split(links, "\n") {
		if fields := strings.Fields(line); len(fields) > 1 {
			name, _, _ := strings.Cut(strings.TrimSuffix(fields[1], ":"), "@")
			_, _ = output("ip", "link", "del", name) // it may go by itself, with its other end
		}
	}
	_, err = output("ip", "link", "del", bridge)
	return err
}
