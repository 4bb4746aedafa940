package local

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/local/balancer"
)

const (
	// quickLife is what a process must outlive for its death to count as an accident rather
	// than as part of a crash loop.
	quickLife = 5 * time.Second
	// maxBackoff bounds the wait before a restart.
	maxBackoff = 5 * time.Second
	// maxClashes is how many times in a row a taken port may be put down to bad luck.
	maxClashes = 10
)

// replica is a slot for one process after another; the session's lock guards it.
type replica struct {
	id    string
	since time.Time     // when the present process, or attempt, began
	stop  chan struct{} // closed when the replica is surplus

	proc     *process
	ports    [2]int
	passing  bool // its probe passes
	ready    bool // and, for the target, the balancer knows
	was      bool // the present process has been ready
	failures int  // probes failed in a row
	waiting  string
	// explained is why its present process will never be ready, read when its output was last
	// searched for that.
	explained string
	read      time.Time

	restarts int
	lastExit string
	quick    int // quick deaths in a row
	clashes  int // of these, ports taken by somebody else
	stuck    string
}

// supervise keeps a process running until the replica is surplus.
func (s *session) supervise(w *workload, r *replica) {
	defer s.gone(w, r)
	for first := true; ; first = false {
		if p, err := s.launch(w, r, first); err != nil {
			s.cannotStart(r, err)
		} else if retired := s.attend(w, r, p); retired {
			return
		}
		if retired := s.pause(r); retired {
			return
		}
	}
}

// launch starts the replica's next process. Every one but the first gets an id and
// ports of its own.
func (s *session) launch(w *workload, r *replica, first bool) (*process, error) {
	s.mu.Lock()
	if !first {
		r.id = w.newID()
	}
	r.since, r.was, r.passing, r.ready, r.failures, r.waiting = time.Now(), false, false, false, 0, ""
	r.explained, r.read = "", time.Now()
	err := s.choosePorts(w, r)
	id, m := r.id, marks{r.id, r.ports, s.masterPorts, s.targetURL}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	p, err := s.startProcess(id, w.Workload, m)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.proc = p
	return p, nil
}

// choosePorts gives the replica new ports, the master its known ones.
func (s *session) choosePorts(w *workload, r *replica) (err error) {
	s.freePorts(w, r)
	if w.role == platform.Master {
		r.ports = s.masterPorts
		return nil
	}
	r.ports, err = s.ports.pair()
	return err
}

func (s *session) freePorts(w *workload, r *replica) {
	if w.role != platform.Master {
		s.ports.giveBack(r.ports)
	}
}

// attend probes a process until it ends, or ends it when the replica is surplus.
func (s *session) attend(w *workload, r *replica, p *process) (retired bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go s.probeAll(ctx, w, r, p)
	select {
	case <-p.done:
		s.ended(w, r, p)
		return false
	case <-r.stop:
		s.drain(w, p)
		p.terminate(s.cfg.KillGrace, s.killing)
		return true
	}
}

// drain waits until no connection of a surplus target replica is left, or the
// balancer has cut them.
func (s *session) drain(w *workload, p *process) {
	if w.role != platform.Target {
		return
	}
	s.tellBalancer()
	ctx, cancel := s.whileOpen(s.cfg.DrainTimeout + tellTimeout)
	defer cancel()
	go func() {
		select {
		case <-ctx.Done():
		case <-p.done:
		}
		cancel()
	}()
	// An error means that there is nothing left to wait for.
	_, _ = s.guard.ask(ctx, balancer.Request{Op: balancer.OpDrain, Backend: p.id, Timeout: s.cfg.DrainTimeout})
}

// ended records an unexpected end.
func (s *session) ended(w *workload, r *replica, p *process) {
	s.mu.Lock()
	r.proc, r.passing, r.ready = nil, false, false
	r.lastExit = fmt.Sprintf("%s ended unexpectedly after %v: %s", p.id, p.lived.Round(time.Millisecond), p.exit)
	if wantsOther(p.exit) && takenPort(w, r) == 0 {
		r.lastExit = fmt.Sprintf("%s wants a port that is taken, other than its {{port}} (%d), which is free; %s", p.id, p.port, r.lastExit)
	}
	r.waiting = r.lastExit
	if port := s.clashed(w, r); port != 0 {
		r.clashes++
		r.waiting = fmt.Sprintf("port %d was taken by another program; %s", port, r.lastExit)
	} else {
		r.clashes = 0
		r.restarts++
		s.countDeath(r, p.lived)
	}
	s.mu.Unlock()
	if w.role == platform.Target {
		s.tellBalancer()
	}
}

func (s *session) countDeath(r *replica, lived time.Duration) {
	if r.was && lived >= quickLife {
		r.quick, r.stuck = 0, ""
	}
	r.quick++
	switch {
	case r.quick < s.cfg.CrashLoop:
	case r.quick == 1:
		r.stuck = r.lastExit
	default:
		r.stuck = fmt.Sprintf("crash loop, %d quick ends in a row: %s", r.quick, r.lastExit)
	}
}

// clashed is the port of a process that died because somebody else had taken it before it
// listened; 0 if that is not why. It gets another, even the master's, unless its address is
// known already.
func (s *session) clashed(w *workload, r *replica) int {
	taken := takenPort(w, r)
	if r.was || taken == 0 {
		return 0
	}
	if r.clashes >= maxClashes {
		r.lastExit = fmt.Sprintf("port %d is taken by another program (see lsof -i :%d); %s", taken, taken, r.lastExit)
		return 0
	}
	if w.role == platform.Master && !s.masterFixed {
		if other, err := s.ports.pair(); err == nil {
			s.masterPorts = other
		}
	}
	return taken
}

// wantsOther tells from a dead process's last words whether a port was taken.
func wantsOther(words string) bool {
	words = strings.ToLower(words)
	return strings.Contains(words, "address already in use") || strings.Contains(words, "eaddrinuse")
}

// takenPort is one of a dead process's own ports that somebody else has.
func takenPort(w *workload, r *replica) int {
	for i, mark := range []string{portMark, port2Mark} {
		if w.uses(mark) && !portFree(r.ports[i]) {
			return r.ports[i]
		}
	}
	return 0
}

// cannotStart records a command that does not even start. It is retried, slowly, because it
// may be about to be installed.
func (s *session) cannotStart(r *replica, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.quick = max(r.quick+1, s.cfg.CrashLoop)
	r.stuck = fmt.Sprintf("%s cannot start: %v", r.id, err)
	r.waiting, r.lastExit = r.stuck, r.stuck
}

// pause waits before the next start.
func (s *session) pause(r *replica) (retired bool) {
	s.mu.Lock()
	wait := s.cfg.Backoff
	for range r.quick - 1 {
		wait = min(2*wait, maxBackoff)
	}
	s.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-r.stop:
		return true
	case <-timer.C:
		return false
	}
}

// whyStuck says why waiting for the replica is pointless, or is "".
func (r *replica) whyStuck(w *Workload) string {
	running := time.Since(r.since)
	switch {
	case r.ready && running >= quickLife:
		return ""
	case r.stuck != "":
		return r.stuck
	case r.proc != nil && !r.was && r.explained != "":
		return r.id + " will not be ready: " + r.explained
	case r.proc != nil && !r.was && running > w.ReadyTimeout:
		return fmt.Sprintf("%s is not ready after %v: %s%s%s", r.id, w.ReadyTimeout, r.waiting, nextStep(w.NotReady), lastWords(r.proc.log))
	}
	return ""
}

func nextStep(text string) string {
	if text == "" {
		return ""
	}
	return "; " + text
}
