// Package local is the platform of one machine: every replica of a workload is a child
// process, and a balancer process in front of the target gives it a single address.
//
// Children die with the driver, however it ends: the kernel kills them (Linux's parent-death
// signal), and the balancer, which sees its standard input end, kills their process groups
// and with these their own children. So nothing has to be restored; a file lock keeps a
// second run away from the same target. Before starting a load, call CheckOpenFiles.
package local

import (
	"context"
	"fmt"
	"sync"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Platform implements platform.Platform with child processes.
type Platform struct {
	cfg Config

	// lifecycle is held through Acquire and Release, mu only to look at session.
	lifecycle sync.Mutex
	mu        sync.Mutex
	session   *session
}

var (
	_ platform.Platform     = (*Platform)(nil)
	_ platform.Instrumented = (*Platform)(nil)
)

// New checks the configuration and returns a platform. Nothing is started yet.
func New(cfg Config) (*Platform, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuring local workloads: %w", err)
	}
	return &Platform{cfg: cfg}, nil
}

// Properties implements platform.Platform.
func (p *Platform) Properties() platform.Properties {
	scalable := map[platform.Role]bool{}
	for role := range p.cfg.workloads() {
		scalable[role] = true
	}
	return platform.Properties{Name: "local", Scalable: scalable, DiesWithDriver: true}
}

// Acquire takes the file lock and starts the balancer.
func (p *Platform) Acquire(ctx context.Context, holder platform.Holder) error {
	p.lifecycle.Lock()
	defer p.lifecycle.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("acquiring the target: %w", err)
	}
	if s := p.current(); s != nil {
		if s.holder.Run == holder.Run {
			return nil
		}
		return &platform.HeldError{Target: p.cfg.targetName(), Holder: s.holder}
	}
	s, err := openSession(ctx, p.cfg, holder)
	if err != nil {
		return err
	}
	p.setCurrent(s)
	return nil
}

// Scale implements platform.Platform. There is at most one master.
func (p *Platform) Scale(ctx context.Context, role platform.Role, n int) error {
	s, err := p.managed(ctx, role)
	if err != nil {
		return fmt.Errorf("scaling %s: %w", role, err)
	}
	if n < 0 || role == platform.Master && n > 1 {
		return &platform.PermanentError{Err: fmt.Errorf("scaling %s: count %d is not allowed", role, n)}
	}
	return s.scale(role, n)
}

// Status implements platform.Platform.
func (p *Platform) Status(ctx context.Context, role platform.Role) (platform.Status, error) {
	s, err := p.managed(ctx, role)
	if err != nil {
		return platform.Status{}, fmt.Errorf("observing %s: %w", role, err)
	}
	return s.status(role), nil
}

// Instrument implements platform.Instrumented: it observes the balancer. A target that is
// not managed has none in front; then only the end of the guard counts, which is the same
// process.
func (p *Platform) Instrument(ctx context.Context) (platform.Instrument, error) {
	s := p.current()
	switch {
	case ctx.Err() != nil:
		return platform.Instrument{}, fmt.Errorf("observing the balancer: %w", ctx.Err())
	case s == nil:
		return platform.Instrument{}, fmt.Errorf("observing the balancer: %w", platform.ErrNotAcquired)
	case p.cfg.Target == nil:
		return platform.Instrument{Name: balancerName}, s.guard.gone()
	}
	return s.guard.health(ctx)
}

// Address implements platform.Platform. The master's is final once it has been ready: a port
// that somebody takes before that is replaced.
func (p *Platform) Address(role platform.Role) (string, error) {
	s := p.current()
	if s == nil {
		return "", platform.ErrNotAcquired
	}
	if url := s.address(role); url != "" {
		return url, nil
	}
	return "", &platform.PermanentError{Err: fmt.Errorf("role %s has no address here", role)}
}

// Release ends all children, with SIGTERM first as long as ctx allows, and gives the lock back.
func (p *Platform) Release(ctx context.Context) error {
	p.lifecycle.Lock()
	defer p.lifecycle.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("releasing the target: %w", err)
	}
	s := p.current()
	if s == nil {
		return nil
	}
	p.setCurrent(nil)
	return s.close(ctx)
}

// managed returns the session if it has the role.
func (p *Platform) managed(ctx context.Context, role platform.Role) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := p.current()
	if s == nil {
		return nil, platform.ErrNotAcquired
	}
	if s.workloads[role] == nil {
		return nil, &platform.PermanentError{Err: fmt.Errorf("role %s is not managed here", role)}
	}
	return s, nil
}

func (p *Platform) current() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session
}

func (p *Platform) setCurrent(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = s
}
