package webconns_test

import (
	"net"
	"net/http"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/webconns"
)

// conn is a connection that can only be closed.
type conn struct {
	net.Conn
	closed bool
}

func (c *conn) Close() error { c.closed = true; return nil }

// TestMost: one too many takes the place of the quietest, and never of one with a request.
func TestMost(t *testing.T) {
	w := webconns.New()
	conns := make([]*conn, webconns.Most+2)
	for i := range conns {
		conns[i] = &conn{}
	}
	for _, c := range conns[:webconns.Most] {
		w.State(c, http.StateNew)
	}
	w.State(conns[0], http.StateActive)
	w.State(conns[1], http.StateActive)
	w.State(conns[1], http.StateIdle)
	w.State(conns[webconns.Most], http.StateNew)
	if !conns[2].closed {
		t.Error("the quietest is open")
	}
	w.State(conns[2], http.StateClosed)
	w.State(conns[3], http.StateClosed)
	w.State(conns[webconns.Most+1], http.StateNew)
	for i, c := range conns {
		if c.closed != (i == 2) {
			t.Errorf("connection %d: closed is %v", i, c.closed)
		}
	}
}
