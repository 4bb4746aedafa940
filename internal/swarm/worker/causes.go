package worker

import (
	"bytes"
	"os"
	"runtime/debug"
	"strconv"
	"time"
)

// pauseCauses reads what may have held this process up so far: the time that a hypervisor
// took from the machine's processors, summed over them since boot, and the time for which
// the garbage collector stopped the process. What cannot be read is 0.
func pauseCauses() (steal, gc time.Duration) {
	var s debug.GCStats
	debug.ReadGCStats(&s)
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, s.PauseTotal
	}
	return stolen(b), s.PauseTotal
}

// stolen is the eighth figure of the first line of /proc/stat (proc(5)), in
// hundredths of a second.
func stolen(stat []byte) time.Duration {
	line, _, _ := bytes.Cut(stat, []byte{'\n'})
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return 0
	}
	ticks, err := strconv.ParseInt(string(fields[8]), 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
