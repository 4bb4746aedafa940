package wire

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// The memory for messages that are arriving or not handled yet: of all peers of a Router,
// and of a Dealer's one.
const (
	routerRoom = 32 << 20
	dealerRoom = 16 << 20
	// ownRoom is the size up to which a message takes none of that room: every connection has
	// as much of its own, and heartbeats never wait for anybody.
	ownRoom = 4 << 10
	// messageTimeout is how long a message may take from its first byte to its last, and
	// hurriedTimeout how long it may take while others wait for its room.
	messageTimeout = 20 * time.Second
	hurriedTimeout = 5 * time.Second
)

// room is a budget of bytes for messages. A message gets all it needs before any of it is
// read, in order of arrival, one per connection: so nothing that waits holds any room, and a
// connection waits only for those before it. While it waits, TCP's flow control holds its
// peer up.
type room struct {
	mu    sync.Mutex
	limit int
	used  int
	// most is the largest use ever seen.
	most int
	// queue is what waits, the oldest first, and unfinished what has room but has not fully arrived.
	queue      []*holding
	unfinished map[*holding]struct{}
	// evicted counts the messages that had to make way.
	evicted int64
	closed  chan struct{}
}

// holding is one message's share of the room.
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

// take waits for size bytes of room, and starts the message's deadline.
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

// grant gives room to the head of the queue and, if others are still waiting, shortens the
// deadlines of those that have room. The lock is held.
func (r *room) grant() {
	for len(r.queue) > 0 && r.used+r.queue[0].size <= r.limit {
		h := r.queue[0]
		r.queue[0] = nil
		r.queue = r.queue[1:]
		r.used += h.size
		r.most = max(r.most, r.used)
		r.unfinished[h] = struct{}{}
		h.since = time.Now()
		// The reader will meet the same error.
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

// end says that the message has arrived. It keeps its room until it is handled, which
// depends on nobody else.
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

// fail gives back the room of a message whose reading ended with err.
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

// close ends all waiting.
func (r *room) close() { close(r.closed) }
