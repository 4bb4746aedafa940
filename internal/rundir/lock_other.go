//go:build !unix

package rundir

import "os"

// lockFile does nothing where files cannot be locked this way; the target's own
// lock still keeps a second run away.
func lockFile(*os.File) error { return nil }
