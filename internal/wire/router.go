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

// EventKind tells what a Router saw.
type EventKind int

// The kinds of Event.
const (
	// PeerMessage carries a payload.
	PeerMessage EventKind = iota
	// PeerConnected comes before the connection's first message.
	PeerConnected
	// PeerGone says that a connection ended and no newer one had its identity. Events of two
	// connections come in no particular order: check with Connected.
	PeerGone
)

// Event is one thing that a Router saw.
type Event struct {
	Kind     EventKind
	Identity string
	// At is when the event happened on the connection.
	At time.Time
	// Payload belongs to the receiver, who handles it before the next Recv.
	Payload []byte
	held    *holding
}

// Router is a master's end of the wire: any number of workers, told apart by
// identity. The newest connection of an identity wins and the older is closed
// (libzmq's ROUTER_HANDOVER; Python's master lacks it and ignores the newer).
// A slow peer never blocks another, and what all take together is bounded in bytes.
// Recv is for one goroutine; all other methods may be called from any.
type Router struct {
	ln     net.Listener
	events chan Event
	closed chan struct{}
	once   sync.Once
	wg     sync.WaitGroup
	limit  int
	began  time.Time
	room   *room
	// handled is the share of the room that the last returned event takes.
	handled *holding

	// pending counts messages that are queued and not yet written.
	pending atomic.Int64

	mu     sync.Mutex
	peers  map[string]*peer
	conns  map[net.Conn]struct{}
	guests guests
	// admitted are the identities of peers that the master knows.
	admitted map[string]struct{}
	// out is how many bytes wait for all peers; deaf counts the peers dropped for that.
	out  int
	deaf int64
	// strange counts the messages that were not kept because their peers were not known.
	strange atomic.Int64
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
		ln: ln, limit: frameLimit, began: time.Now(), room: newRoom(routerRoom), guests: newGuests(),
		events: make(chan Event, 256), closed: make(chan struct{}),
		peers: map[string]*peer{}, conns: map[net.Conn]struct{}{}, admitted: map[string]struct{}{},
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
			// Mostly the limit of open files: close some, and wait for that.
			r.makeRoom()
			select {
			case <-time.After(50 * time.Millisecond):
			case <-r.closed:
				return
			}
			continue
		}
		r.awaitPlace()
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
	r.guests.add(nc)
	return true
}

// makeRoom closes the connection of the oldest guest.
func (r *Router) makeRoom() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.guests.dropOldest()
}

func (r *Router) untrack(nc net.Conn) {
	_ = nc.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, nc)
	r.guests.remove(nc)
}

// serve runs one connection to its end. What ends it does not matter to the others; the
// master learns of it by PeerGone.
func (r *Router) serve(nc net.Conn) {
	defer r.untrack(nc)
	c := newConn(nc, r.limit, r.room)
	c.strange = &r.strange
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
	r.wg.Go(func() { r.writeAll(p) })
	r.emit(Event{Kind: PeerConnected, Identity: id, At: time.Now()})
	r.readAll(id, p)
	close(p.gone)
	if r.unregister(id, p) {
		r.emit(Event{Kind: PeerGone, Identity: id, At: time.Now()})
	}
}

func (r *Router) readAll(id string, p *peer) {
	for {
		m, err := p.c.readMessage()
		if err != nil {
			return
		}
		e := Event{Kind: PeerMessage, Identity: id, At: r.hear(p), Payload: m.payload, held: m.held}
		p.c.stalled.Store(true)
		if !r.emit(e) {
			return
		}
		p.c.stalled.Store(false)
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
	p := newPeer(c)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns == nil {
		return nil
	}
	if old := r.peers[id]; old != nil {
		_ = old.c.nc.Close()
	}
	r.peers[id] = p
	if _, known := r.admitted[id]; known {
		r.welcome(p)
	}
	return p
}

// unregister drops what waits for p, and tells whether it was its identity's newest connection.
func (r *Router) unregister(id string, p *peer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.empty(p)
	if r.peers[id] != p {
		return false
	}
	delete(r.peers, id)
	return true
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
	if r.handled != nil {
		r.handled.give()
		r.handled = nil
	}
	select {
	case e := <-r.events:
		r.handled = e.held
		return e, nil
	case <-ctx.Done():
		return Event{}, ctx.Err()
	case <-r.closed:
		return Event{}, net.ErrClosed
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
		r.room.close()
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
