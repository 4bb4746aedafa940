package wire

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// Dealer is a worker's end of the wire: one connection to a master's Router. It
// does not reconnect; when Recv or Send returns an error, Close it and Dial again.
// Its methods may be called from any goroutine.
type Dealer struct {
	c     *conn
	in    chan message
	done  chan struct{}
	err   error // why the reader ended; set before done is closed
	once  sync.Once
	close chan struct{}
}

const (
	// dealerQueue is how many messages may wait for Recv before TCP's flow control stops the master.
	dealerQueue = 64
	// dealerFrame bounds a master's message. The longest is a spawn: it names each class.
	dealerFrame = 4 << 20
)

// Dial connects to a master and shakes hands. A ROUTER tells peers apart by
// identity, so it must be unique to this process: Python's ignores a second
// connection of an identity that it still sees connected.
func Dial(ctx context.Context, addr, identity string) (*Dealer, error) {
	if identity == "" || len(identity) > maxIdentity {
		return nil, fmt.Errorf("dialing %s: identity of %d bytes, want 1 to %d", addr, len(identity), maxIdentity)
	}
	d := net.Dialer{KeepAliveConfig: keepAlive()}
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	defer stop()
	c := newConn(nc, dealerFrame, newRoom(dealerRoom))
	c.known.Store(true)
	if _, err := c.handshake(socketDealer, identity, socketRouter); err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("connecting to master %s: %w", addr, err)
	}
	dealer := &Dealer{c: c, in: make(chan message, dealerQueue), done: make(chan struct{}), close: make(chan struct{})}
	go dealer.read()
	return dealer, nil
}

// read runs beside Recv so that pings are answered while nobody receives.
func (d *Dealer) read() {
	defer close(d.done)
	for {
		m, err := d.c.readMessage()
		if err != nil {
			d.err = fmt.Errorf("receiving from master: %w", noEOF(err))
			return
		}
		select {
		case d.in <- m:
		case <-d.close:
			d.err = fmt.Errorf("receiving from master: %w", net.ErrClosed)
			return
		}
	}
}

// Send writes one message. It blocks while the master does not read, at most 10 s;
// after an error the connection is unusable.
func (d *Dealer) Send(payload []byte) error {
	if err := d.c.write(AppendFrame(nil, Frame{Body: payload})); err != nil {
		return fmt.Errorf("sending to master: %w", err)
	}
	return nil
}

// Recv returns the next message. It ends with ctx's error, or for good with the
// connection's.
func (d *Dealer) Recv(ctx context.Context) ([]byte, error) {
	select {
	case m := <-d.in:
		return m.handOut(), nil
	default:
	}
	select {
	case m := <-d.in:
		return m.handOut(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-d.done:
		return d.last()
	}
}

// handOut gives the room back: a receiver handles a message before it takes the next.
func (m message) handOut() []byte {
	m.held.give()
	return m.payload
}

// last returns what arrived before the connection ended.
func (d *Dealer) last() ([]byte, error) {
	select {
	case m := <-d.in:
		return m.handOut(), nil
	default:
		return nil, d.err
	}
}

// Done is closed when the connection has ended.
func (d *Dealer) Done() <-chan struct{} { return d.done }

// Close ends the connection. It may be called again.
func (d *Dealer) Close() error {
	var err error
	d.once.Do(func() {
		close(d.close)
		d.c.room.close()
		err = d.c.nc.Close()
	})
	<-d.done
	return err
}
