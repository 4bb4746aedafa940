package main

import (
	"fmt"
	"io"
)

// status lists the parts, with the memory that each occupies.
func (t *testbed) status(w io.Writer) error {
	processes := t.processes()
	if len(processes) == 0 {
		_, err := fmt.Fprintln(w, "the cluster is down")
		return err
	}
	var total int64
	for _, name := range names(processes) {
		p, state := processes[name], "has ended"
		if stat, err := readStat(p.PID); err == nil && p.alive() {
			total += stat.resident
			state = fmt.Sprintf("runs, %4d MiB", stat.resident>>20)
		}
		fmt.Fprintf(w, "%-24s %7d  %s\n", name, p.PID, state)
	}
	_, err := fmt.Fprintf(w, "%-24s %7s  %11d MiB\nKUBECONFIG=%s\n", "together", "", total>>20, t.kubeconfig())
	return err
}
