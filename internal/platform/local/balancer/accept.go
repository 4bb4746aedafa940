package balancer

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// acceptor accepts connections, no more than there are slots for.
type acceptor struct {
	listener net.Listener
	pool     *pool
	slots    chan struct{}
	vitals   *vitals
}

// run accepts until the listener is closed.
func (a *acceptor) run() {
	for {
		a.awaitSlot()
		conn, err := a.listener.Accept()
		if err != nil {
			<-a.slots
			if errors.Is(err, net.ErrClosed) {
				return
			}
			a.vitals.note("accepting a connection: " + err.Error())
			time.Sleep(50 * time.Millisecond) // what ran out needs time to become available
			continue
		}
		go func() {
			defer func() { <-a.slots }()
			a.pool.serve(conn.(*net.TCPConn))
		}()
	}
}

// awaitSlot waits while all slots are in use, and notes that as a trouble: connections then
// queue in the kernel, and what is measured is our limit, not the target.
func (a *acceptor) awaitSlot() {
	select {
	case a.slots <- struct{}{}:
		return
	default:
	}
	a.vitals.note(fmt.Sprintf("all %d connections that the limit of open files allows are in use; raise it (ulimit -n) or lower the number of users", cap(a.slots)))
	a.slots <- struct{}{}
}
