package wire

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// What messages may take while they arrive and until they are handled, over all peers
// of a Router, and for the one of a Dealer.
const (
	routerRoom = 32 << 20
	dealerRoom = 16 << 20
	// ownRoom is up to which size a message takes nothing of that: every connection has
	// so much of its own, and heartbeats never wait for anybody.
	ownRoom = 4 << 10
	// messageTimeout is how long a message may take from its first byte to its last,
	// and hurriedTimeout how long while others wait for its room.
	messageTimeout = 20 * time.Second
	hurriedTimeout = 5 * time.Second
)

// room is the bytes that messages may take. A message gets all it needs before any of
// it is read, in the order in which messages come, one for each connection: so nothing
// that waits holds anything, and a connection waits for those before it and no others.
// While it waits, its peer feels it by TCP's flow control.
type room struct {
	mu    sync.Mutex
	limit int
	used  int
	// most is the most that was ever used.
	most int
	// queue is what waits, the oldest first, and unfinished what has room and is not whole.
	queue      []*holding
	unfinished map[*holding]struct{}
	// evicted counts the messages that made way.
	evicted int64
	closed  chan struct{}
}

// holding is what one message takes of the room.
type holding struct {
	room    *room
	nc      net.Conn
	size    int
	granted chan struct{}
	since   time.Time
	hurried bool
}

func newRoom(limit int) *room {
	return &room{limit: limit, unfinished: map[*holding]struct{}{}, closed: make(chan struct{})}
}

// take waits for size bytes, and gives their message its time to arrive.
func (r *room) take(c *conn, size int) (*holding, error) {
	h := &holding{room: r, nc: c.nc, size: size, granted: make(chan struct{})}
	r.mu.Lock()
	r.queue = append(r.queue, h)
	r.grant()
	r.mu.Unlock()
	select {
	case <-h.granted:
		return h, nil
	default:
	}
	c.stalled.Store(true)
	defer c.stalled.Store(false)
	select {
	case <-h.granted:
		return h, nil
	case <-r.closed:
		return nil, net.ErrClosed
	}
}

// grant gives room to those at the head of the queue, and hurries those that have it if
// others are left. The lock is held.
func (r *room) grant() {
	for len(r.queue) > 0 && r.used+r.queue[0].size <= r.limit {
		h := r.queue[0]
		r.queue[0] = nil
		r.queue = r.queue[1:]
		r.used += h.size
		r.most = max(r.most, r.used)
		r.unfinished[h] = struct{}{}
		h.since = time.Now()
		// An error is the reader's, too.
		_ = h.nc.SetReadDeadline(h.since.Add(messageTimeout))
		close(h.granted)
	}
	if len(r.queue) == 0 {
		return
	}
	for h := range r.unfinished {
		if !h.hurried {
			h.hurried = true
			_ = h.nc.SetReadDeadline(h.since.Add(hurriedTimeout))
		}
	}
}

// end says that the message is whole. It keeps its room until it is handled, for which
// it needs nobody.
func (h *holding) end() {
	if h == nil {
		return
	}
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	delete(h.room.unfinished, h)
}

// give gives the room back.
func (h *holding) give() {
	if h == nil {
		return
	}
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	delete(h.room.unfinished, h)
	h.room.used -= h.size
	h.room.grant()
}

// fail gives the room of a message back whose reading ended with err.
func (h *holding) fail(err error) {
	if h == nil {
		return
	}
	h.room.mu.Lock()
	if h.hurried && errors.Is(err, os.ErrDeadlineExceeded) {
		h.room.evicted++
	}
	h.room.mu.Unlock()
	h.give()
}

// close lets nobody wait any more.
func (r *room) close() { close(r.closed) }
