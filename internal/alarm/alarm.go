// Package alarm calls a function at a moment, as precisely as the machine can.
package alarm

import "time"

// An Alarm calls a function once after the duration last set; setting it again
// replaces the earlier setting. Zero or less means at once.
type Alarm interface {
	Set(d time.Duration)
	// Close returns when the function is not called any more.
	Close() error
}

// timerAlarm is an Alarm on a Go timer: up to a millisecond late on an idle
// machine, because the runtime waits for timers in whole milliseconds
// (runtime/netpoll_epoll.go). It obeys testing/synctest.
type timerAlarm struct{ timer *time.Timer }

// OnTimer makes one for tests in a bubble.
func OnTimer(fire func()) (Alarm, error) {
	t := time.AfterFunc(time.Hour, fire)
	t.Stop()
	return timerAlarm{timer: t}, nil
}

// Set implements Alarm.
func (a timerAlarm) Set(d time.Duration) { a.timer.Reset(max(d, 0)) }

// Close implements Alarm.
func (a timerAlarm) Close() error {
	a.timer.Stop()
	return nil
}
