package balancer

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// connectTimeout is how long one backend may take to accept before the next is
	// tried. Loopback answers at once unless the backlog is full, and then the kernel
	// tries again after 1 s and 3 s.
	connectTimeout = 5 * time.Second
	// lastTimeout is for the last backend. It is as long as clients wait by default, because a
	// failure that we make out of a slow answer is ours.
	lastTimeout = time.Minute
)

// link is one client's connection and, once there, the backend's.
type link struct {
	client *net.TCPConn
	vitals *vitals
	// answered says that the backend sent last, or nobody did: what the client sends next is a
	// new request.
	answered atomic.Bool

	mu      sync.Mutex
	backend *net.TCPConn
	broken  bool
}

// serve connects a client to a backend and copies until both sides are done.
func (p *pool) serve(client *net.TCPConn) {
	order := p.order()
	for i, b := range order {
		l := &link{client: client, vitals: p.vitals}
		timeout := connectTimeout
		if i == len(order)-1 {
			timeout = lastTimeout
		}
		if !p.claim(b, l) {
			continue
		}
		if l.connect(b.Address, timeout) {
			b.opened.Add(1)
			l.copyBoth(b)
			p.leave(b, l)
			return
		}
		p.leave(b, l)
		if l.isBroken() {
			return
		}
	}
	// What a client sees of a service without replicas: a reset, never a clean end.
	resetConn(client)
}

// connect dials the backend; false means that it is down, or that the link was cut.
func (l *link) connect(address string, timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp4", address)
	if err != nil {
		l.vitals.blame("connecting to a replica", err)
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		_ = conn.Close()
		return false
	}
	l.backend = conn.(*net.TCPConn)
	return true
}

// copyBoth copies both ways. The end of one direction is passed on (half-close) and the
// other continues; an error in either ends both with a reset, so that a failure of one side
// looks like a failure to the other.
func (l *link) copyBoth(b *backend) {
	l.answered.Store(true)
	var back sync.WaitGroup
	back.Go(func() { l.oneWay(l.client, l.backend, func() { l.answered.Store(true) }) })
	l.oneWay(l.backend, l.client, func() {
		if l.answered.Swap(false) {
			b.requests.Add(1)
		}
	})
	back.Wait()
	_ = l.client.Close()
	_ = l.backend.Close()
}

// oneWay copies until src ends, and calls came for every chunk before it is passed on.
func (l *link) oneWay(dst, src *net.TCPConn, came func()) {
	if err := pump(dst, src, came); err != nil {
		l.vitals.blame("copying", err)
		l.reset()
		return
	}
	_ = dst.CloseWrite()
}

// reset ends both sides at once.
func (l *link) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return
	}
	l.broken = true
	resetConn(l.client)
	if l.backend != nil {
		resetConn(l.backend)
	}
}

func (l *link) isBroken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// resetConn closes a connection with RST instead of FIN.
func resetConn(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}
