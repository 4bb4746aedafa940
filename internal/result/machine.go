package result

import (
	"fmt"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
)

// Machine is what the program that drives a run works on: on one machine that of everything, in
// a cluster the driver's pod. What the system does not tell is empty.
type Machine struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Kernel string `json:"kernel,omitempty"`
	// CPUs are those that the program may use.
	CPUs   int    `json:"cpus"`
	Memory int64  `json:"memory_bytes,omitempty"`
	Go     string `json:"go"`
}

// String is for people: "linux/amd64, kernel 6.1.0, 2 CPUs, 7.8 GB of memory, go1.26.8"; empty
// for a machine that is not known.
func (m *Machine) String() string {
	if m == nil {
		return ""
	}
	parts := []string{m.OS + "/" + m.Arch}
	if m.Kernel != "" {
		parts = append(parts, "kernel "+m.Kernel)
	}
	parts = append(parts, matrix.Count(m.CPUs, "CPU"))
	if m.Memory > 0 {
		parts = append(parts, fmt.Sprintf("%.1f GB of memory", float64(m.Memory)/1e9))
	}
	return strings.Join(append(parts, m.Go), ", ")
}
