package kube

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Platform implements platform.Platform and the optional platform.Meter, platform.Sharer,
// platform.Fronted and platform.Takeover.
type Platform struct {
	cfg     settings
	clients *kubeapi.Clients

	acquiring sync.Mutex // one Acquire or Release at a time
	mu        sync.Mutex
	held      *session
	holder    platform.Holder
}

// New makes a platform. It does not talk to the API server yet.
func New(config kubeapi.Config) (*Platform, error) {
	cfg, c, err := prepare(settings{Config: config})
	if err != nil {
		return nil, err
	}
	return &Platform{cfg: cfg, clients: c}, nil
}

// prepare fills in defaults and makes clients; it sends no request.
func prepare(cfg settings) (settings, *kubeapi.Clients, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return cfg, nil, err
	}
	c, err := kubeapi.NewClients(cfg.Config)
	return cfg, c, err
}

// Properties implements platform.Platform.
func (p *Platform) Properties() platform.Properties {
	managed := map[platform.Role]bool{}
	for role := range p.cfg.Refs() {
		managed[role] = true
	}
	return platform.Properties{Name: "kubernetes", Scalable: managed, StartLimit: startLimit}
}

// startLimit allows for a new node, which takes clouds one to two minutes, and for pulling
// an image. What is stuck is reported earlier, as Stuck.
const startLimit = 3 * time.Minute

// Acquire implements platform.Platform. It also refuses an autoscaler or prepares to pause
// it, and restores what a dead run left changed.
func (p *Platform) Acquire(ctx context.Context, holder platform.Holder) error {
	p.acquiring.Lock()
	defer p.acquiring.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("acquiring the target: %w", err)
	}
	if s, by := p.session(); s != nil {
		if by.Run == holder.Run {
			return nil
		}
		return &platform.HeldError{Target: s.lock.target, Holder: by}
	}
	s, err := open(ctx, p.cfg, p.clients, holder)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held, p.holder = s, holder
	return nil
}

// TakenOver implements platform.Takeover.
func (p *Platform) TakenOver() []string {
	s, _ := p.session()
	if s == nil {
		return nil
	}
	return s.takenOver.lines()
}

func (p *Platform) session() (*session, platform.Holder) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held, p.holder
}

// observer finds a role, or says why it cannot be used.
func (p *Platform) observer(ctx context.Context, role platform.Role) (*session, *observer, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("using %s: %w", role, err)
	}
	s, _ := p.session()
	if s == nil {
		return nil, nil, platform.ErrNotAcquired
	}
	w := s.observers[role]
	if w == nil {
		return nil, nil, &platform.PermanentError{Err: fmt.Errorf("role %s is not managed: no object is named for it", role)}
	}
	return s, w, nil
}

// Scale implements platform.Platform.
func (p *Platform) Scale(ctx context.Context, role platform.Role, n int) error {
	s, _, err := p.observer(ctx, role)
	if err != nil {
		return err
	}
	if n < 0 {
		return &platform.PermanentError{Err: fmt.Errorf("scaling %s: count %d is negative", role, n)}
	}
	return s.set(ctx, role, n)
}

// Status implements platform.Platform.
func (p *Platform) Status(ctx context.Context, role platform.Role) (platform.Status, error) {
	s, w, err := p.observer(ctx, role)
	if err != nil {
		return platform.Status{}, err
	}
	at, err := s.current(w)
	if err != nil {
		return platform.Status{}, err
	}
	st, crashed := w.snapshot().status()
	st.At = at.Add(-newsDelay)
	if crashed != nil {
		st.Stuck += s.logs.lastWords(ctx, s.clients, *crashed)
	}
	return st, nil
}

// Address implements platform.Platform.
func (p *Platform) Address(role platform.Role) (string, error) {
	s, _ := p.session()
	if s == nil {
		return "", platform.ErrNotAcquired
	}
	switch {
	case role == platform.Target && p.cfg.TargetURL != "":
		return p.cfg.TargetURL, nil
	case role == platform.Master && p.cfg.MasterURL != "":
		return p.cfg.MasterURL, nil
	case role == platform.Master && s.forward != nil:
		return s.forward.URL(), nil
	}
	return "", &platform.PermanentError{Err: fmt.Errorf("role %s has no address", role)}
}

// Release implements platform.Platform.
func (p *Platform) Release(ctx context.Context) error {
	p.acquiring.Lock()
	defer p.acquiring.Unlock()
	s, _ := p.session()
	if s == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("releasing the target: %w", err)
	}
	left, err := s.close(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.held = nil
	p.mu.Unlock()
	if len(left) > 0 {
		return &platform.LeftError{What: left}
	}
	return nil
}
