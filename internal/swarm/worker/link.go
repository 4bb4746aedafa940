package worker

import (
	"context"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// link is one connection to the master with a goroutine that reads it.
type link struct {
	dealer *wire.Dealer
	cancel context.CancelFunc
	done   chan struct{}
}

// inbound is a message, or the error that ended its link.
type inbound struct {
	from *link
	at   time.Time // when it arrived, for the clock's estimate
	msg  []byte
	err  error
}

// dial connects and starts to deliver to inbox.
func dial(ctx context.Context, addr, id string, timeout time.Duration, inbox chan<- inbound) (*link, error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	d, err := wire.Dial(limited, addr, id)
	if err != nil {
		return nil, err
	}
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &link{dealer: d, cancel: stop, done: make(chan struct{})}
	go l.read(reading, inbox)
	return l, nil
}

func (l *link) read(ctx context.Context, inbox chan<- inbound) {
	defer close(l.done)
	for {
		b, err := l.dealer.Recv(ctx)
		select {
		case inbox <- inbound{from: l, at: time.Now(), msg: b, err: err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// close returns when the connection has ended, so that another of the same identity may
// begin: Python's master ignores the second of two (locust-protocol.md 2).
func (l *link) close() {
	l.cancel()
	_ = l.dealer.Close()
	<-l.done
}
