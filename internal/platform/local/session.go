package local

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/local/balancer"
)

// session is everything between Acquire and Release.
type session struct {
	cfg       Config
	holder    platform.Holder
	logs      string // the directory
	locks     fileLocks
	spawner   *spawner
	guard     *guard
	ports     *ports
	client    *http.Client
	targetURL string

	// closing ends draining, killing ends waiting for SIGTERM.
	closing, killing chan struct{}
	supervisors      sync.WaitGroup

	// syncing makes "look which replicas pass, tell the balancer" one step.
	syncing sync.Mutex

	// mu guards the workloads, their replicas, and what follows.
	mu          sync.Mutex
	workloads   map[platform.Role]*workload
	masterPorts [2]int
	masterFixed bool // it has been ready, so others know its address
	closed      bool
}

// openSession takes the lock and starts the guard.
func openSession(ctx context.Context, cfg Config, holder platform.Holder) (*session, error) {
	locks, err := takeLocks(cfg.LockDir, cfg.lockIDs(), cfg.targetName(), holder)
	if err != nil {
		return nil, err
	}
	s := &session{
		cfg: cfg, holder: holder, locks: locks,
		logs:      filepath.Join(cfg.RunDir, "logs"),
		spawner:   newSpawner(),
		ports:     newPorts(),
		client:    probeClient(),
		targetURL: cfg.TargetURL,
		closing:   make(chan struct{}), killing: make(chan struct{}),
		workloads: map[platform.Role]*workload{},
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *session) open(ctx context.Context) error {
	if err := os.MkdirAll(s.logs, 0o755); err != nil {
		return fmt.Errorf("making the log directory: %w", err)
	}
	for role, spec := range s.cfg.workloads() {
		last, err := lastID(s.logs, role)
		if err != nil {
			return err
		}
		s.workloads[role] = &workload{Workload: spec, role: role, lastID: last}
	}
	var err error
	if s.masterPorts, err = s.ports.pair(); err != nil {
		return err
	}
	if s.guard, err = startGuard(s.spawner, s.cfg.Self, s.logs); err != nil {
		return err
	}
	if s.cfg.Target == nil {
		return nil
	}
	reply, err := s.guard.ask(ctx, balancer.Request{Op: balancer.OpListen, Policy: s.cfg.Balance})
	if err != nil {
		return fmt.Errorf("starting the balancer: %w", err)
	}
	s.targetURL = "http://" + reply.Address
	return nil
}

// lastID finds the highest id that a role has used in this run directory, so that ids stay
// unique and no log is overwritten when a run is resumed.
func lastID(logs string, role platform.Role) (int, error) {
	entries, err := os.ReadDir(logs)
	if err != nil {
		return 0, fmt.Errorf("looking for earlier logs: %w", err)
	}
	last := 0
	for _, e := range entries {
		name, _ := strings.CutSuffix(e.Name(), ".log")
		if number, ok := strings.CutPrefix(name, string(role)+"-"); ok {
			if n, err := strconv.Atoi(number); err == nil {
				last = max(last, n)
			}
		}
	}
	return last, nil
}

func (s *session) address(role platform.Role) string {
	switch {
	case role == platform.Target:
		return s.targetURL
	case role == platform.Master && s.cfg.Master != nil:
		s.mu.Lock()
		defer s.mu.Unlock()
		return "http://" + loopback(s.masterPorts[0])
	}
	return ""
}

// whileOpen is a context for requests to the balancer, which may hang: it ends when the session closes.
func (s *session) whileOpen(limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	go func() {
		select {
		case <-ctx.Done():
		case <-s.closing:
		}
		cancel()
	}()
	return ctx, cancel
}

// forceTime is how long processes may take to end after SIGKILL.
const forceTime = 5 * time.Second

// close ends everything, by SIGTERM and, once ctx is over, by SIGKILL.
func (s *session) close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	for _, w := range s.workloads {
		w.wanted = 0
		s.retireSurplus(w)
	}
	s.mu.Unlock()
	close(s.closing)
	ended := make(chan struct{})
	go func() { s.supervisors.Wait(); close(ended) }()
	err := s.awaitEnd(ctx, ended)
	if s.guard != nil {
		s.guard.close()
	}
	s.spawner.stop()
	s.locks.release()
	return err
}

func (s *session) awaitEnd(ctx context.Context, ended <-chan struct{}) error {
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	close(s.killing)
	select {
	case <-ended:
		return nil
	case <-time.After(forceTime):
		return errors.New("ending the workloads: some processes do not end, not even by SIGKILL")
	}
}
