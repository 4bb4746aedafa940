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
// but a message that does not get finished makes way: the largest first.
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
	closed  bool
}

// holding is what one message takes of the room.
type holding struct {
	room  *room
	conn  *conn
	bytes int
	// size is what it was announced as, since from when on its bytes are owed.
	size  int
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

// announce says how large the message is going to be.
func (h *holding) announce(size int) {
	if h == nil {
		return
	}
	h.room.mu.Lock()
	defer h.room.mu.Unlock()
	h.size = max(h.size, size)
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
	case h.gone || r.closed:
		return nil, errNoRoom
	case r.used+n <= limit:
		if h.waiting {
			// It could not be read meanwhile.
			h.waiting, h.since = false, time.Now()
		}
		r.used, h.bytes = r.used+n, h.bytes+n
		r.most = max(r.most, r.used)
		return nil, nil
	}
	h.waiting = true
	r.evict()
	return r.freed, nil
}

// evict ends the connection of the largest message that is owed for too long, or that
// waits while all only wait for each other.
func (r *room) evict() {
	if r.leaving != nil {
		return
	}
	// While bytes of some are awaited or handled, those that wait get their turn.
	stuck := r.unhandled == 0
	for h := range r.unfinished {
		stuck = stuck && (h.waiting || h.bytes == 0)
	}
	var first *holding
	for h := range r.unfinished {
		owes := !h.waiting && time.Since(h.since) >= staleAfter
		if !h.gone && h.bytes > 0 && (owes || stuck && h.waiting) && (first == nil || h.before(first)) {
			first = h
		}
	}
	if first != nil {
		first.gone = true
		r.leaving = first
		r.evicted++
		_ = first.conn.nc.Close()
	}
}

// before puts the larger first, and of equal ones the older.
func (h *holding) before(o *holding) bool {
	if h.size != o.size {
		return h.size > o.size
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

// close lets nobody wait any more.
func (r *room) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.wake()
}

func (r *room) wake() {
	close(r.freed)
	r.freed = make(chan struct{})
}
