package balancer

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// pool knows the backends and which connections each has open.
type pool struct {
	policy string
	vitals *vitals

	mu     sync.Mutex
	active []*backend
	// all includes removed ones as long as they have connections.
	all  map[string]*backend
	next int
}

// backend is one replica; its fields are guarded by the pool's lock.
type backend struct {
	Backend
	links map[*link]bool
	// idle is closed when links becomes empty, if somebody waits for that.
	idle chan struct{}
	// opened and requests only grow; they are counted without the lock.
	opened, requests atomic.Int64
}

func newPool(policy string, v *vitals) *pool {
	return &pool{policy: policy, vitals: v, all: map[string]*backend{}}
}

// set replaces the backends that are picked.
func (p *pool) set(backends []Backend) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active = nil
	for _, b := range backends {
		known := p.all[b.ID]
		if known == nil || known.Address != b.Address {
			known = &backend{Backend: b, links: map[*link]bool{}}
			p.all[b.ID] = known
		}
		p.active = append(p.active, known)
	}
	p.tidy()
}

// tidy forgets the backends that are neither active nor used.
func (p *pool) tidy() {
	for id, b := range p.all {
		if len(b.links) == 0 && !slices.Contains(p.active, b) {
			delete(p.all, id)
		}
	}
}

// order lists the active backends: the one whose turn it is, then those to try after it.
func (p *pool) order() []*backend {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.active)
	if n == 0 {
		return nil
	}
	first := p.next % n
	if p.policy == Random {
		first = rand.IntN(n)
	}
	p.next = first + 1
	return append(slices.Clone(p.active[first:]), p.active[:first]...)
}

// claim counts a link to b, unless b has been removed meanwhile.
func (p *pool) claim(b *backend, l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.active, b) {
		return false
	}
	b.links[l] = true
	return true
}

// leave is claim's opposite.
func (p *pool) leave(b *backend, l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(b.links, l)
	if len(b.links) == 0 {
		if b.idle != nil {
			close(b.idle)
			b.idle = nil
		}
		p.tidy()
	}
}

// drain takes a backend out, waits until its links are gone or cuts those that are
// left after the timeout. It returns how many it cut.
func (p *pool) drain(id string, timeout time.Duration) int {
	b, idle := p.remove(id)
	if idle == nil {
		return 0
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-idle:
		return 0
	case <-timer.C:
		return p.cut(b)
	}
}

// remove takes a backend out; idle is nil when it has no links.
func (p *pool) remove(id string) (*backend, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.all[id]
	if b == nil {
		return nil, nil
	}
	p.active = slices.DeleteFunc(p.active, func(a *backend) bool { return a == b })
	p.tidy()
	if len(b.links) == 0 {
		return b, nil
	}
	if b.idle == nil {
		b.idle = make(chan struct{})
	}
	return b, b.idle
}

// cut resets a backend's links.
func (p *pool) cut(b *backend) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range b.links {
		l.reset()
	}
	return len(b.links)
}

// cutAll resets all links.
func (p *pool) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.all {
		for l := range b.links {
			l.reset()
		}
	}
}

// shares is what each backend was given so far.
func (p *pool) shares() map[string]Share {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]Share{}
	for id, b := range p.all {
		out[id] = Share{Requests: b.requests.Load(), Opened: b.opened.Load(), Open: int64(len(b.links))}
	}
	return out
}
