package run

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// ThisMachine is what this program works on, as far as the system tells.
func ThisMachine() *result.Machine {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // there is none but on Linux
	memory, _ := os.ReadFile("/proc/meminfo")
	return &result.Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Kernel: strings.TrimSpace(string(kernel)),
		CPUs: runtime.GOMAXPROCS(0), Memory: memTotal(string(memory)), Go: runtime.Version(),
	}
}

// memTotal reads "MemTotal:  8145628 kB", in bytes; 0 without such a line.
func memTotal(meminfo string) int64 {
	for line := range strings.Lines(meminfo) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err == nil {
				return kib << 10
			}
		}
	}
	return 0
}
