package wire

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// What Send answers when it cannot take a message.
var (
	// ErrUnknownPeer says that no connection has that identity.
	ErrUnknownPeer = errors.New("no such peer")
	// ErrPeerBusy says that the peer does not read and its queue is full; the message is dropped.
	ErrPeerBusy = errors.New("peer's queue is full")
)

const (
	// routerQueue is how many messages wait for one peer: libzmq's default high-water mark.
	routerQueue = 1000
	// maxPeers bounds what connections alone can cost.
	maxPeers = 10_000
)

// EventKind tells what a Router saw.
type EventKind int

// The kinds of Event.
const (
	// PeerMessage carries a payload.
	PeerMessage EventKind = iota
	// PeerConnected comes before the connection's first message.
	PeerConnected
	// PeerGone says that a connection ended and no newer one had its identity. Events of
	// two connections are not ordered with each other: ask Connected before believing it.
	PeerGone
)

// Event is one thing that a Router saw. Payload belongs to the receiver.
type Event struct {
	Kind     EventKind
	Identity string
	Payload  []byte
}

// Router is a master's end of the wire: any number of workers, told apart by
// identity. The newest connection of an identity wins and the older is closed
// (libzmq's ROUTER_HANDOVER; Python's master lacks it and ignores the newer).
// A slow peer never blocks another. All methods may be called from any goroutine.
type Router struct {
	ln     net.Listener
	events chan Event
	closed chan struct{}
	once   sync.Once
	wg     sync.WaitGroup
	limit  int

	// pending counts messages that are queued and not yet written.
	pending atomic.Int64

	mu    sync.Mutex
	peers map[string]*peer
	conns map[net.Conn]struct{}
}

type peer struct {
	c    *conn
	out  chan []byte
	gone chan struct{}
}

// Listen binds addr and begins to accept workers. frameLimit bounds a frame in
// bytes; 0 means DefaultFrameLimit.
func Listen(ctx context.Context, addr string, frameLimit int) (*Router, error) {
	lc := net.ListenConfig{KeepAliveConfig: keepAlive()}
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening for workers: %w", err)
	}
	if frameLimit <= 0 {
		frameLimit = DefaultFrameLimit
	}
	r := &Router{
		ln: ln, limit: frameLimit,
		events: make(chan Event, 256), closed: make(chan struct{}),
		peers: map[string]*peer{}, conns: map[net.Conn]struct{}{},
	}
	r.wg.Go(r.accept)
	return r, nil
}

// Addr is the bound address, with the real port when 0 was asked for.
func (r *Router) Addr() net.Addr { return r.ln.Addr() }

func (r *Router) accept() {
	for {
		nc, err := r.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Mostly the limit of open files: wait for some to be closed.
			select {
			case <-time.After(50 * time.Millisecond):
			case <-r.closed:
				return
			}
			continue
		}
		if !r.track(nc) {
			_ = nc.Close()
			continue
		}
		r.wg.Go(func() { r.serve(nc) })
	}
}

func (r *Router) track(nc net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns == nil || len(r.conns) >= maxPeers {
		return false
	}
	r.conns[nc] = struct{}{}
	return true
}

func (r *Router) untrack(nc net.Conn) {
	_ = nc.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, nc)
}

// serve runs one connection to its end. What ends it is no concern of the
// others; the master learns of it by PeerGone.
func (r *Router) serve(nc net.Conn) {
	defer r.untrack(nc)
	c := newConn(nc, r.limit)
	hello, err := c.handshake(socketRouter, "", socketDealer)
	if err != nil {
		return
	}
	id := hello.identity
	if id == "" {
		id = rand.Text()
	}
	p := r.register(id, c)
	if p == nil {
		return
	}
	r.wg.Go(func() { p.writeAll(&r.pending) })
	r.emit(Event{Kind: PeerConnected, Identity: id})
	r.readAll(id, c)
	close(p.gone)
	newest := r.unregister(id, p)
	r.drop(p)
	if newest {
		r.emit(Event{Kind: PeerGone, Identity: id})
	}
}

func (r *Router) readAll(id string, c *conn) {
	for {
		b, err := c.readMessage()
		if err != nil || !r.emit(Event{Kind: PeerMessage, Identity: id, Payload: b}) {
			return
		}
	}
}

// writeAll sends what is queued; a write that fails or stalls ends the connection.
func (p *peer) writeAll(pending *atomic.Int64) {
	for {
		select {
		case b := <-p.out:
			err := p.c.write(b)
			pending.Add(-1)
			if err != nil {
				_ = p.c.nc.Close()
				return
			}
		case <-p.gone:
			return
		}
	}
}

// Flush waits until everything queued is handed to the kernel, or ctx ends.
func (r *Router) Flush(ctx context.Context) {
	const step = 2 * time.Millisecond
	for r.pending.Load() > 0 && ctx.Err() == nil {
		select {
		case <-time.After(step):
		case <-ctx.Done():
		}
	}
}

func (r *Router) register(id string, c *conn) *peer {
	p := &peer{c: c, out: make(chan []byte, routerQueue), gone: make(chan struct{})}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns == nil {
		return nil
	}
	if old := r.peers[id]; old != nil {
		_ = old.c.nc.Close()
	}
	r.peers[id] = p
	return p
}

// unregister tells whether p was its identity's newest connection.
func (r *Router) unregister(id string, p *peer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[id] != p {
		return false
	}
	delete(r.peers, id)
	return true
}

// drop takes what a gone peer will never read out of the count that Flush waits for.
func (r *Router) drop(p *peer) {
	for {
		select {
		case <-p.out:
			r.pending.Add(-1)
		default:
			return
		}
	}
}

func (r *Router) emit(e Event) bool {
	select {
	case r.events <- e:
		return true
	case <-r.closed:
		return false
	}
}

// Recv returns the next event. It ends with ctx's error, or net.ErrClosed after Close.
func (r *Router) Recv(ctx context.Context) (Event, error) {
	select {
	case e := <-r.events:
		return e, nil
	case <-ctx.Done():
		return Event{}, ctx.Err()
	case <-r.closed:
		return Event{}, net.ErrClosed
	}
}

// Send queues one message for a peer and never blocks. Its error is
// ErrUnknownPeer or ErrPeerBusy; nil does not mean that the peer has read it.
func (r *Router) Send(identity string, payload []byte) error {
	r.mu.Lock()
	p := r.peers[identity]
	r.mu.Unlock()
	if p == nil {
		return fmt.Errorf("sending to %q: %w", identity, ErrUnknownPeer)
	}
	r.pending.Add(1)
	select {
	case p.out <- AppendFrame(nil, Frame{Body: payload}):
		return nil
	default:
		r.pending.Add(-1)
		return fmt.Errorf("sending to %q: %w", identity, ErrPeerBusy)
	}
}

// Connected tells whether a connection of that identity is open now.
func (r *Router) Connected(identity string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.peers[identity] != nil
}

// Close ends all connections and waits for their goroutines. It may be called again.
func (r *Router) Close() error {
	var err error
	r.once.Do(func() {
		close(r.closed)
		err = r.ln.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		for nc := range r.conns {
			_ = nc.Close()
		}
		r.conns = nil
	})
	r.wg.Wait()
	return err
}
