package local

import "fmt"

// OpenFilesError says that the limit of open files is too low for a load.
type OpenFilesError struct{ Needed, Limit uint64 }

// Error says the limit, the need and what to do.
func (e *OpenFilesError) Error() string {
	return fmt.Sprintf("this load needs up to %d open files per process, and the limit is %d: raise it with `ulimit -n %d` (as root, "+
		"or by \"nofile\" in /etc/security/limits.conf) and start again, or lower the number of users", e.Needed, e.Limit, e.Needed)
}
