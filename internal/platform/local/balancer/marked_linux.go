package balancer

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// maxSweeps bounds the search: processes may fork while they are searched for, but only
// until they are found.
const maxSweeps = 100

// killMarked kills every process whose environment holds the variable
// "NAME=value", which children inherit, until none is left.
func killMarked(mark string) {
	for range maxSweeps {
		if sweep([]byte(mark)) == 0 {
			return
		}
	}
}

// sweep kills what it finds in one pass and counts it. A process that cannot be read is
// another user's or gone, and not ours.
func sweep(mark []byte) (found int) {
	paths, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is valid
	for _, path := range paths {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		environ, err := os.ReadFile(path)
		if err != nil || pid == os.Getpid() || !holds(environ, mark) {
			continue
		}
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			found++
		}
	}
	return found
}

func holds(environ, mark []byte) bool {
	for variable := range bytes.SplitSeq(environ, []byte{0}) {
		if bytes.Equal(variable, mark) {
			return true
		}
	}
	return false
}
