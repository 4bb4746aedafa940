package cli

import "path/filepath"

// samePath tells whether two paths name the same file, however they are written.
func samePath(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}
