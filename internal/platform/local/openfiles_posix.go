//go:build linux || darwin

package local

import (
	"fmt"
	"syscall"
)

// CheckOpenFiles makes sure that this process and the children it starts from now on may
// have the needed number of files open, raising the soft limit up to the hard one if
// necessary. For the balancer a connection needs balancer.FilesPerConnection. If the limit
// is too low, the error is an *OpenFilesError.
func CheckOpenFiles(needed int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("reading the limit of open files: %w", err)
	}
	if want := uint64(max(needed, 0)); want > limit.Max {
		return &OpenFilesError{Needed: want, Limit: limit.Max}
	}
	return raiseOpenFiles(limit, needed)
}

// raiseOpenFiles sets the soft limit even where it seems high enough: the Go runtime
// raises our own at start, but gives children the original one unless we set it.
func raiseOpenFiles(limit syscall.Rlimit, needed int) error {
	raised := limit
	raised.Cur = limit.Max
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
		return nil
	}
	// macOS refuses an unlimited soft limit.
	raised.Cur = max(limit.Cur, uint64(max(needed, 0)))
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err != nil {
		return fmt.Errorf("raising the limit of open files to %d: %w", raised.Cur, err)
	}
	return nil
}
