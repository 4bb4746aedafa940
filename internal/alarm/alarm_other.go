//go:build !linux

package alarm

// New has no better timer here than Go's.
func New(fire func()) (Alarm, error) { return OnTimer(fire) }
