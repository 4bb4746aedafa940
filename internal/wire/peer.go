package wire

import (
	"fmt"
	"sync/atomic"
	"time"
)

const (
	// routerQueue is how many messages wait for one peer: libzmq's default high-water mark.
	routerQueue = 1000
	// peerOut is how many bytes may wait for one peer, unless that is a single message, and
	// routerOut how many for all peers.
	peerOut   = 1 << 20
	routerOut = 16 << 20
	// queuedMessage is the memory that a message takes in a queue besides its bytes.
	queuedMessage = 64
)

// peer is a connection that has shaken hands.
type peer struct {
	c    *conn
	gone chan struct{}
	// wake holds a token when the queue is not empty.
	wake chan struct{}
	// queue is what waits to be written, writing the size of the message being written, and
	// queued the sum of both. The Router's lock guards them.
	queue           [][]byte
	queued, writing int
	// heard is when its last message came, in nanoseconds since the Router's start.
	heard atomic.Int64
}

func newPeer(c *conn) *peer {
	return &peer{c: c, gone: make(chan struct{}), wake: make(chan struct{}, 1)}
}

// Send queues one message for a peer and never blocks. Its error is
// ErrUnknownPeer or ErrPeerBusy; nil does not mean that the peer has read it.
func (r *Router) Send(identity string, payload []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.peers[identity]
	if p == nil {
		return fmt.Errorf("sending to %q: %w", identity, ErrUnknownPeer)
	}
	frame := AppendFrame(nil, Frame{Body: payload})
	size := queuedSize(frame)
	for size < routerOut && r.out+size > routerOut && r.dropDeafest() {
	}
	full := len(p.queue) >= routerQueue || p.queued > 0 && p.queued+size > peerOut
	if full || r.out+size > routerOut {
		return fmt.Errorf("sending to %q: %w", identity, ErrPeerBusy)
	}
	p.queue = append(p.queue, frame)
	p.queued += size
	r.out += size
	r.pending.Add(1)
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return nil
}

func queuedSize(frame []byte) int { return cap(frame) + queuedMessage }

// dropDeafest ends the connection for which most is waiting, and tells whether there is one.
func (r *Router) dropDeafest() bool {
	var deafest *peer
	for _, p := range r.peers {
		if p.queued > 0 && (deafest == nil || p.queued > deafest.queued) {
			deafest = p
		}
	}
	if deafest == nil {
		return false
	}
	r.deaf++
	r.empty(deafest)
	_ = deafest.c.nc.Close()
	return true
}

// empty drops what waits for a peer, but not what is being written. The lock is held.
func (r *Router) empty(p *peer) {
	r.pending.Add(-int64(len(p.queue)))
	r.out -= p.queued - p.writing
	p.queue, p.queued = nil, p.writing
}

// shift begins to write the oldest message that waits for a peer; nil when none does.
func (r *Router) shift(p *peer) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(p.queue) == 0 {
		p.queue = nil
		return nil
	}
	b := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	p.writing = queuedSize(b)
	return b
}

// written takes the message that was being written out of the account.
func (r *Router) written(p *peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending.Add(-1)
	r.out -= p.writing
	p.queued -= p.writing
	p.writing = 0
}

// writeAll sends what is queued; a write that fails or stalls ends the connection.
func (r *Router) writeAll(p *peer) {
	for {
		select {
		case <-p.wake:
		case <-p.gone:
			return
		}
		for b := r.shift(p); b != nil; b = r.shift(p) {
			err := p.c.write(b)
			r.written(p)
			if err != nil {
				_ = p.c.nc.Close()
				return
			}
		}
	}
}

// Heard is when the peer's last message arrived, whether or not it has been handled; the
// present, if one is waiting until others are handled; zero if nothing came or the peer is
// unknown.
func (r *Router) Heard(identity string) time.Time {
	r.mu.Lock()
	p := r.peers[identity]
	r.mu.Unlock()
	switch {
	case p == nil || p.heard.Load() == 0:
		return time.Time{}
	case p.c.stalled.Load():
		return time.Now()
	}
	return r.began.Add(time.Duration(p.heard.Load()))
}

func (r *Router) hear(p *peer) time.Time {
	now := time.Now()
	p.heard.Store(int64(now.Sub(r.began)))
	return now
}
