package alarm

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// fdAlarm is an Alarm on a kernel timer (timerfd_create(2)), which the Go
// runtime polls like a socket: some tens of microseconds late where a Go timer
// would be half a millisecond late on average.
type fdAlarm struct {
	fd   int
	file *os.File
	done chan struct{}
}

// New makes one. How late it is, is how late this process learns of an event of the kernel's.
func New(fire func()) (Alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making a timer: %w", err)
	}
	a := &fdAlarm{fd: fd, file: os.NewFile(uintptr(fd), "timerfd"), done: make(chan struct{})}
	go a.listen(fire)
	return a, nil
}

func (a *fdAlarm) listen(fire func()) {
	defer close(a.done)
	var expirations [8]byte
	for {
		if _, err := a.file.Read(expirations[:]); err != nil {
			return // closed
		}
		fire()
	}
}

// Set implements Alarm.
func (a *fdAlarm) Set(d time.Duration) {
	// All zero would disarm it. The only errors possible are those of a wrong
	// argument (timerfd_settime(2)), and of a closed timer: then nobody waits.
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(max(d, 1)))}
	_ = unix.TimerfdSettime(a.fd, 0, &spec, nil)
}

// Close implements Alarm.
func (a *fdAlarm) Close() error {
	err := a.file.Close()
	<-a.done
	return err
}
