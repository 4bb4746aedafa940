package local

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// process is one child with a process group of its own.
type process struct {
	id      string
	cmd     *exec.Cmd
	started time.Time
	port    int    // its {{port}}
	log     string // the path
	// done is closed at the end, when exit and lived are set.
	done  chan struct{}
	exit  string
	lived time.Duration

	mu    sync.Mutex
	ended bool // from now on its pid may be somebody else's
}

// startProcess runs a command whose output goes to a log of its own.
func (s *session) startProcess(id string, w *Workload, m marks) (*process, error) {
	argv, env := w.fill(m)
	path := filepath.Join(s.logs, id+".log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = w.Dir
	cmd.Env = append(append(cmd.Environ(), env...), s.guard.mark)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttr()
	p := &process{id: id, cmd: cmd, started: time.Now(), port: m.ports[0], log: path, done: make(chan struct{})}
	if err := s.spawner.start(cmd); err != nil {
		return nil, fmt.Errorf("starting %q: %w", argv, err)
	}
	s.guard.watch(cmd.Process.Pid, true)
	go p.wait(s.guard)
	return p, nil
}

// wait reaps the process and ends what is left in its group.
func (p *process) wait(g *guard) {
	pid := p.cmd.Process.Pid
	state := reap(p.cmd, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ended = true
		signalGroup(pid, syscall.SIGKILL)
		g.watch(pid, false)
	})
	p.lived = time.Since(p.started)
	p.exit = state + lastWords(p.log)
	close(p.done)
}

// signal signals the whole group, as long as it is certainly ours.
func (p *process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		signalGroup(p.cmd.Process.Pid, sig)
	}
}

// terminate ends the process: SIGTERM, then SIGKILL after grace or when impatient is closed.
func (p *process) terminate(grace time.Duration, impatient <-chan struct{}) {
	p.signal(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return
	case <-timer.C:
	case <-impatient:
	}
	p.signal(syscall.SIGKILL)
	<-p.done
}
