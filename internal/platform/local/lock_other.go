//go:build !unix

package local

import (
	"errors"
	"os"
)

// flock is not there, and without it two runs could spoil each other's numbers.
func flock(*os.File) error { return errors.ErrUnsupported }
