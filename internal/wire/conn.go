package wire

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	handshakeTimeout = 10 * time.Second
	// writeTimeout is how long a peer may leave its receive window shut before its connection is given up.
	writeTimeout = 10 * time.Second
	// keepAliveIdle is what Locust sets (TCP_KEEPALIVE_IDLE, locust-protocol.md 1).
	keepAliveIdle = 30 * time.Second
)

func keepAlive() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: keepAliveIdle}
}

// readAhead is small because large bodies are read past it.
const readAhead = 1 << 10

// conn is one ZMTP connection. One goroutine may read; any may write.
type conn struct {
	nc    net.Conn
	r     *bufio.Reader
	limit int
	room  *room
	// stalled says that a message has come but must wait until others are handled.
	stalled atomic.Bool
	// known says that the peer may take room. strange counts the messages of peers that may
	// not, over all connections of a Router.
	known   atomic.Bool
	strange *atomic.Int64
	wmu     sync.Mutex
}

func newConn(nc net.Conn, limit int, room *room) *conn {
	return &conn{nc: nc, r: bufio.NewReaderSize(nc, readAhead), limit: min(limit, room.limit), room: room, strange: new(atomic.Int64)}
}

// handshake greets the peer and returns its READY. Both sides may send all of
// theirs before reading (locust-protocol.md 1), which saves a round trip.
func (c *conn) handshake(socketType, identity, wantPeer string) (ready, error) {
	if err := c.nc.SetReadDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return ready{}, fmt.Errorf("setting deadline: %w", err)
	}
	if err := c.write(appendReady(appendGreeting(nil), socketType, identity)); err != nil {
		return ready{}, fmt.Errorf("greeting peer: %w", err)
	}
	if err := readGreeting(c.r); err != nil {
		return ready{}, err
	}
	peer, err := c.readReady()
	if err != nil {
		return ready{}, fmt.Errorf("reading READY: %w", err)
	}
	if peer.socketType != wantPeer {
		return ready{}, c.refuse(fmt.Errorf("peer is a %q socket, want %s", peer.socketType, wantPeer))
	}
	return peer, c.nc.SetReadDeadline(time.Time{})
}

func (c *conn) readReady() (ready, error) {
	f, err := ReadFrame(c.r, maxCommand)
	if err != nil {
		return ready{}, noEOF(err)
	}
	if !f.Command {
		return ready{}, fmt.Errorf("peer sent a message before READY")
	}
	name, data, err := splitCommand(f.Body)
	if err != nil {
		return ready{}, err
	}
	switch name {
	case "READY":
		return parseReady(data)
	case "ERROR":
		return ready{}, fmt.Errorf("peer refused the connection: %q", errorReason(data))
	}
	return ready{}, fmt.Errorf("peer sent command %q", name)
}

func errorReason(data []byte) string {
	if len(data) > 0 && len(data) >= 1+int(data[0]) {
		return string(data[1 : 1+int(data[0])])
	}
	return ""
}

// refuse tells the peer why, if it can, and returns the reason.
func (c *conn) refuse(reason error) error {
	text := reason.Error()
	text = text[:min(len(text), 255)]
	_ = c.write(appendCommand(nil, "ERROR", append([]byte{byte(len(text))}, text...)))
	return reason
}

// message is a payload and what it takes of the room until it is handled, nil for nothing.
type message struct {
	payload []byte
	held    *holding
}

// readMessage returns the first frame of the next message; Locust's have only
// one, and Python's master ignores any other as well. Commands are answered on the way.
func (c *conn) readMessage() (message, error) {
	for {
		// A peer may say nothing for as long as it likes, but not stop in the middle.
		if _, err := c.r.Peek(1); err != nil {
			return message{}, err
		}
		if err := c.nc.SetReadDeadline(time.Now().Add(messageTimeout)); err != nil {
			return message{}, err
		}
		m, whole, err := c.readParts()
		if err != nil {
			return message{}, err
		}
		if err := c.nc.SetReadDeadline(time.Time{}); err != nil {
			// The connection was closed meanwhile.
			m.held.give()
			return message{}, err
		}
		if whole {
			return m, nil
		}
	}
}

// readParts reads to the end of a message. whole is false after a command, and after a
// message that is not kept.
func (c *conn) readParts() (m message, whole bool, err error) {
	for begun := false; ; {
		f, size, err := readHead(c.r, c.limit)
		switch {
		case err != nil:
		case f.Command:
			err = c.readCommand(size)
		case !begun:
			begun = true
			m, whole, err = c.readFirst(size)
		default:
			_, err = c.r.Discard(size)
		}
		if err != nil {
			m.held.fail(err)
			return message{}, false, err
		}
		if !begun || !f.Command && !f.More {
			m.held.end()
			return m, whole, nil
		}
	}
}

// readFirst reads a message's first frame. A stranger's is kept only if it needs no room,
// which is enough for announcing itself.
func (c *conn) readFirst(size int) (m message, kept bool, err error) {
	if size > ownRoom {
		if !c.known.Load() {
			c.strange.Add(1)
			_, err = c.r.Discard(size)
			return m, false, err
		}
		if m.held, err = c.room.take(c, size); err != nil {
			return m, false, err
		}
	}
	m.payload, err = readBody(c.r, size)
	return m, true, err
}

// readCommand reads a command and does what it says.
func (c *conn) readCommand(size int) error {
	if size > maxCommand {
		return fmt.Errorf("peer sent a command of %d bytes, limit %d", size, maxCommand)
	}
	body, err := readBody(c.r, size)
	if err != nil {
		return err
	}
	return c.command(body)
}

// command answers PING (ZMTP 3.1) and ends the connection on ERROR; other commands are ignored.
func (c *conn) command(body []byte) error {
	name, data, err := splitCommand(body)
	if err != nil {
		return err
	}
	switch name {
	case "PING":
		return c.pong(data)
	case "ERROR":
		return fmt.Errorf("peer reports an error: %q", errorReason(data))
	}
	return nil
}

// pong echoes PING's context, which follows a two-byte time to live.
func (c *conn) pong(data []byte) error {
	const ttl, maxContext = 2, 16
	if len(data) < ttl || len(data) > ttl+maxContext {
		return fmt.Errorf("peer sent a PING of %d bytes", len(data))
	}
	return c.write(appendCommand(nil, "PONG", data[ttl:]))
}

func (c *conn) write(b []byte) error {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	if err := c.nc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := c.nc.Write(b)
	return err
}
