package wire

import (
	"errors"
	"sync"
	"time"
)

// What messages may take while they arrive and until they are handled, over all peers
// of a Router, and for the one of a Dealer.
const (
	routerRoom = 32 << 20
	dealerRoom = 16 << 20
	// smallMessage is what a message may take of the part that is kept for small ones,
	// an eighth: so a peer with large ones does not hold up the heartbeats of others.
	smallMessage = 64 << 10
	smallPart    = 8
	// messageTimeout is how long a message may take from its first byte to its last.
	messageTimeout = 20 * time.Second
	// staleAfter is how long a message is waited for when there is no room for others.
	staleAfter = time.Second
	// lookAgain is how often one that waits for room looks for a stale one.
	lookAgain = 50 * time.Millisecond
)

// errNoRoom ends a connection whose message others need the room of.
var errNoRoom = errors.New("message was unfinished for too long while others needed its room")

// room is the bytes that messages may take, from their first byte until they are
// handled. What finds none waits, so that its peer feels it by TCP's flow control;
// but a message that does not get finished makes way: the oldest first.
type room struct {
	mu    sync.Mutex
	limit int
	used  int
	// unhandled is the part of used that is of messages that are whole.
	unhandled int
	// most is the most that was ever used.
	most int
	// freed is closed, and made anew, when something is given back.
	freed      chan struct{}
	unfinished map[*holding]struct{}
	// evicted counts the messages that made way. leaving is one whose room is not free yet.
	evicted int64
	leaving *holding
}

// holding is what one message takes of the room.
type holding struct {
	room  *room
	conn  *conn
	bytes int
	since time.Time
	// gone says that the connection was ended, waiting that the peer does not owe bytes
	// but waits for room itself.
	gone, waiting bool
}

func newRoom(limit int) *room {
	return &room{limit: limit, freed: make(chan struct{}), unfinished: map[*holding]struct{}{}}
}

// begin notes a message whose first byte has come.
func (r *room) begin(c *conn) *holding {
	h := &holding{room: r, conn: c, since: time.Now()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unfinished[h] = struct{}{}
	return h
}

// take takes n bytes more, and waits for them.
func (h *holding) take(n int) error {
	for {
		freed, err := h.try(n)
		h.conn.stalled.Store(freed != nil)
		if freed == nil {
			return err
		}
		select {
		case <-freed:
		case <-time.After(lookAgain):
		}
	}
}

// try takes n bytes, or returns what to wait for.
func (h *holding) try(n int) (freed chan struct{}, err error) {
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	limit := r.limit
	if h.bytes+n > smallMessage {
		limit -= limit / smallPart
	}
	switch {
	case h.gone:
		return nil, errNoRoom
	case r.used+n <= limit:
		r.used, h.bytes, h.waiting = r.used+n, h.bytes+n, false
		r.most = max(r.most, r.used)
		return nil, nil
	}
	h.waiting = true
	r.evict()
	return r.freed, nil
}

// evict ends the connection of the oldest message that is owed for too long. When all
// of them only wait for each other, it is the oldest of these.
func (r *room) evict() {
	if r.leaving != nil {
		return
	}
	var oldest *holding
	for h := range r.unfinished {
		owes := !h.waiting && time.Since(h.since) >= staleAfter
		if !h.gone && h.bytes > 0 && (owes || r.unhandled == 0 && h.waiting) && (oldest == nil || h.before(oldest)) {
			oldest = h
		}
	}
	if oldest != nil {
		oldest.gone = true
		r.leaving = oldest
		r.evicted++
		_ = oldest.conn.nc.Close()
	}
}

// before puts those that owe bytes before those that wait.
func (h *holding) before(o *holding) bool {
	if h.waiting != o.waiting {
		return o.waiting
	}
	return h.since.Before(o.since)
}

// end says that the message is whole, which from now on takes its room until give.
func (h *holding) end() {
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.unfinished, h)
	r.unhandled += h.bytes
}

// shrink gives n bytes back.
func (h *holding) shrink(n int) {
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	h.bytes -= n
	r.used -= n
	r.wake()
}

// give gives all back, of a whole message or an unfinished one.
func (h *holding) give() {
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, unfinished := r.unfinished[h]; unfinished {
		delete(r.unfinished, h)
	} else {
		r.unhandled -= h.bytes
	}
	r.used -= h.bytes
	h.bytes = 0
	if r.leaving == h {
		r.leaving = nil
	}
	r.wake()
}

func (r *room) wake() {
	close(r.freed)
	r.freed = make(chan struct{})
}
