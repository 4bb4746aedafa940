package inferencesim

import "time"

// An alarm calls a function once after the duration last set; setting it again
// replaces the earlier setting. Zero or less means at once.
type alarm interface {
	set(d time.Duration)
	close() error
}

// timerAlarm is an alarm on a Go timer: up to a millisecond late on an idle
// machine, because the runtime waits for timers in whole milliseconds
// (runtime/netpoll_epoll.go). It obeys testing/synctest.
type timerAlarm struct{ timer *time.Timer }

func newTimerAlarm(fire func()) (alarm, error) {
	t := time.AfterFunc(time.Hour, fire)
	t.Stop()
	return timerAlarm{timer: t}, nil
}

func (a timerAlarm) set(d time.Duration) { a.timer.Reset(max(d, 0)) }

func (a timerAlarm) close() error {
	a.timer.Stop()
	return nil
}
