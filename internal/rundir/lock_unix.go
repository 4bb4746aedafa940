//go:build unix

package rundir

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes a lock that the kernel gives back when the process ends, however it ends.
func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
