//go:build unix

package local

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// flock locks a file exclusively, or returns errLocked. Children do not inherit the
// lock: os.OpenFile closes its files on exec.
func flock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return errLocked
		}
		return err
	}
}
