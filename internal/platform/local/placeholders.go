package local

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The placeholders in a Workload's Command and in the values of its Env. Anything
// else in double braces stays as it is.
const (
	// portMark is a free loopback port for the replica alone: where the target serves, or the
	// master's web port.
	portMark = "{{port}}"
	// port2Mark is a second one: the master's port for its workers.
	port2Mark = "{{port2}}"
	// masterPortMark is the master's {{port}}, in the other workloads.
	masterPortMark = "{{master.port}}"
	// masterPort2Mark is the master's {{port2}}, in the other workloads.
	masterPort2Mark = "{{master.port2}}"
	// replicaMark is the replica's id, which its log is named after.
	replicaMark = "{{replica}}"
	// targetURLMark is the target's address, as from Platform.Address.
	targetURLMark = "{{target.url}}"
)

// uses tells whether a placeholder occurs.
func (w *Workload) uses(mark string) bool {
	has := func(s string) bool { return strings.Contains(s, mark) }
	return slices.ContainsFunc(w.Command, has) || slices.ContainsFunc(slices.Collect(maps.Values(w.Env)), has)
}

// marks are the values of the placeholders for one process.
type marks struct {
	replica            string
	ports, masterPorts [2]int
	targetURL          string
}

func (m marks) replacer() *strings.Replacer {
	return strings.NewReplacer(
		portMark, strconv.Itoa(m.ports[0]),
		port2Mark, strconv.Itoa(m.ports[1]),
		masterPortMark, strconv.Itoa(m.masterPorts[0]),
		masterPort2Mark, strconv.Itoa(m.masterPorts[1]),
		replicaMark, m.replica,
		targetURLMark, m.targetURL,
	)
}

// fill returns the command and the extra environment of one process.
func (w *Workload) fill(m marks) (argv, env []string) {
	r := m.replacer()
	for _, arg := range w.Command {
		argv = append(argv, r.Replace(arg))
	}
	for _, name := range slices.Sorted(maps.Keys(w.Env)) {
		env = append(env, name+"="+r.Replace(w.Env[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(w.Secrets)) {
		env = append(env, name+"="+w.Secrets[name])
	}
	return argv, env
}

// HasPort tells whether a replica is told the port that it has to listen on.
func (w *Workload) HasPort() bool { return w.uses(portMark) }
