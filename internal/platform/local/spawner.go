package local

import (
	"errors"
	"os/exec"
	"runtime"
)

// spawner starts all children from one thread that lives as long as they do: the
// parent-death signal is sent when the *thread* that forked ends (prctl(2),
// PR_SET_PDEATHSIG), and the Go runtime ends threads as it pleases.
type spawner struct {
	jobs chan func()
	quit chan struct{}
}

func newSpawner() *spawner {
	s := &spawner{jobs: make(chan func()), quit: make(chan struct{})}
	go func() {
		// Never unlocked: the thread ends with this goroutine.
		runtime.LockOSThread()
		for {
			select {
			case job := <-s.jobs:
				job()
			case <-s.quit:
				return
			}
		}
	}()
	return s
}

// start is cmd.Start on the spawner's thread.
func (s *spawner) start(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	select {
	case s.jobs <- func() { started <- cmd.Start() }:
		return <-started
	case <-s.quit:
		return errors.New("starting a process: the platform is released")
	}
}

// stop ends the thread and with it, on Linux, all children.
func (s *spawner) stop() { close(s.quit) }
