//go:build !linux

package inferencesim

// newPreciseAlarm has no better timer here than Go's.
func newPreciseAlarm(fire func()) (alarm, error) { return newTimerAlarm(fire) }
