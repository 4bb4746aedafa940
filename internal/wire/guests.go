package wire

import (
	"container/list"
	"net"
	"time"
)

const (
	// maxPeers bounds the cost of connections as such, some 10 KiB each.
	maxPeers = 6000
	// maxGuests is how many connections may belong to peers that the master does not know. One
	// more takes the place of the oldest. Where a process may open 1024 files, that leaves half
	// of them to others.
	maxGuests = 512
	// guestTime is how long a connection may stay a guest's. A worker announces itself as soon
	// as it is connected.
	guestTime = time.Minute
	// guestGrace is the least time that a connection gets to become a worker's. While all
	// guests are younger, further ones wait to be accepted: thousands of workers may come at
	// once.
	guestGrace = time.Second
)

// guests are the connections of peers that were not admitted, the oldest first. The Router's
// lock guards them.
type guests struct {
	order *list.List
	at    map[net.Conn]*list.Element
	// dropped counts those that were closed to make room.
	dropped int64
}

type guest struct {
	nc    net.Conn
	since time.Time
}

func newGuests() guests { return guests{order: list.New(), at: map[net.Conn]*list.Element{}} }

// full tells whether the next one has to wait.
func (g *guests) full(now time.Time) bool {
	return g.order.Len() >= maxGuests && now.Sub(g.order.Front().Value.(guest).since) < guestGrace
}

// add takes one in and makes room for it.
func (g *guests) add(nc net.Conn) {
	for g.order.Len() >= maxGuests {
		g.dropOldest()
	}
	g.at[nc] = g.order.PushBack(guest{nc, time.Now()})
}

func (g *guests) remove(nc net.Conn) {
	if e := g.at[nc]; e != nil {
		g.order.Remove(e)
		delete(g.at, nc)
	}
}

// dropOldest closes the oldest, and tells whether there was one.
func (g *guests) dropOldest() bool {
	e := g.order.Front()
	if e == nil {
		return false
	}
	nc := e.Value.(guest).nc
	g.remove(nc)
	g.dropped++
	_ = nc.Close()
	return true
}

// expire closes those that have been guests for too long.
func (g *guests) expire(now time.Time) {
	for e := g.order.Front(); e != nil && now.Sub(e.Value.(guest).since) > guestTime; e = g.order.Front() {
		g.dropOldest()
	}
}

// awaitPlace returns when one more connection may be tracked.
func (r *Router) awaitPlace() {
	const step = 2 * time.Millisecond
	for {
		r.mu.Lock()
		full := r.conns != nil && r.guests.full(time.Now())
		r.mu.Unlock()
		if !full {
			return
		}
		time.Sleep(step)
	}
}

// Admit says that the master knows a peer: its connection stays and may take room for large
// messages, and so do later connections of the same identity.
func (r *Router) Admit(identity string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.admitted[identity] = struct{}{}
	if p := r.peers[identity]; p != nil {
		r.welcome(p)
	}
}

// welcome makes a peer more than a guest. The lock is held.
func (r *Router) welcome(p *peer) {
	p.c.known.Store(true)
	r.guests.remove(p.c.nc)
}

// Dismiss makes a peer a guest again.
func (r *Router) Dismiss(identity string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.admitted, identity)
	p := r.peers[identity]
	if p == nil || r.conns == nil || r.guests.at[p.c.nc] != nil {
		return
	}
	p.c.known.Store(false)
	if _, open := r.conns[p.c.nc]; open {
		r.guests.add(p.c.nc)
	}
}

// Shed counts what a Router had to turn away so far.
type Shed struct {
	// Guests are connections that were never admitted, Unfinished those whose message was not
	// complete when others needed its room, and Deaf those that did not read. Strange are
	// messages that were too large for peers that were not admitted.
	Guests, Unfinished, Deaf, Strange int64
}

// Shed returns what was turned away since Listen. Connections that have been guests
// for too long are closed on the way.
func (r *Router) Shed() Shed {
	r.room.mu.Lock()
	unfinished := r.room.evicted
	r.room.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.guests.expire(time.Now())
	return Shed{Guests: r.guests.dropped, Unfinished: unfinished, Deaf: r.deaf, Strange: r.strange.Load()}
}
