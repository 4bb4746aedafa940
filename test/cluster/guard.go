package main

import (
	"fmt"
	"strings"
)

const guardChain = "SWARMGRID-GUARD"

// guardRules keep all traffic of the cluster on this machine. A request to a Service
// that does not exist (any more) would follow the default route and leave: load must
// never do that. kube-proxy rewrites the destination of a live Service before these
// rules see it. Nothing from outside gets in either.
func guardRules() string {
	chain := func(name string, rules ...string) string {
		lines := []string{":" + name + " - [0:0]"}
		for _, rule := range rules {
			lines = append(lines, "-A "+name+" "+rule)
		}
		return strings.Join(lines, "\n")
	}
	return strings.Join([]string{
		"*filter",
		chain(guardChain+"-OUT",
			"-o lo -j RETURN",
			"-d "+serviceRange+" -j REJECT",
			"-d "+podRange+" ! -o "+bridge+" -j REJECT"),
		chain(guardChain+"-FWD",
			"-d "+serviceRange+" -j REJECT",
			"-d "+podRange+" ! -o "+bridge+" -j REJECT",
			"-s "+podRange+" ! -o "+bridge+" -j REJECT",
			"-d "+podRange+" ! -i "+bridge+" -j REJECT",
			"-i "+bridge+" -o "+bridge+" -j ACCEPT"), // Docker's policy would drop it
		chain(guardChain+"-IN",
			"-i lo -j RETURN",
			"-d "+podRange+" ! -i "+bridge+" -j REJECT"),
		"-I OUTPUT -j " + guardChain + "-OUT",
		"-I FORWARD -j " + guardChain + "-FWD",
		"-I INPUT -j " + guardChain + "-IN",
		"COMMIT", "",
	}, "\n")
}

// guard puts the rules in place, before anything of the cluster runs.
func (t *testbed) guard() error {
	if err := removeChains(guardChain); err != nil {
		return err
	}
	if _, err := feed(guardRules(), "iptables-restore", "--noflush"); err != nil {
		return fmt.Errorf("guarding the machine: %w", err)
	}
	return nil
}

// removeChains removes from every table the chains whose name has one of the
// prefixes, and the rules that jump to them.
func removeChains(prefixes ...string) error {
	for _, table := range []string{"filter", "nat", "mangle"} {
		saved, err := output("iptables-save", "-t", table)
		if err != nil {
			return fmt.Errorf("reading the packet filter: %w", err)
		}
		script := removal(table, saved, prefixes)
		if script == "" {
			continue
		}
		if _, err := feed(script, "iptables-restore", "--noflush"); err != nil {
			return fmt.Errorf("cleaning the packet filter: %w", err)
		}
	}
	return nil
}

// removal is the iptables-restore script that takes our chains out of one saved table.
func removal(table, saved string, prefixes []string) string {
	ours := func(chain string) bool {
		for _, prefix := range prefixes {
			if strings.HasPrefix(chain, prefix) {
				return true
			}
		}
		return false
	}
	var jumps, flushes, drops []string
	for _, line := range strings.Split(saved, "\n") {
		if chain, ok := strings.CutPrefix(line, ":"); ok {
			chain, _, _ = strings.Cut(chain, " ")
			if ours(chain) {
				flushes, drops = append(flushes, "-F "+chain), append(drops, "-X "+chain)
			}
		}
		rule, ok := strings.CutPrefix(line, "-A ")
		if _, target, jumps2 := strings.Cut(rule, " -j "); ok && jumps2 && ours(target) && !ours(rule) {
			jumps = append(jumps, "-D "+rule)
		}
	}
	if len(jumps)+len(drops) == 0 {
		return ""
	}
	lines := append([]string{"*" + table}, jumps...)
	lines = append(append(append(lines, flushes...), drops...), "COMMIT", "")
	return strings.Join(lines, "\n")
}
