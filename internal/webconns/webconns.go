// Package webconns bounds the connections of an HTTP server, so that those which nobody uses
// keep nobody else out.
package webconns

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// Most is how many connections a server of ours may have. One more takes the place of the one
// that has been quiet longest, which is between requests or before its first.
const Most = 256

// Conns are the connections of a server.
type Conns struct {
	mu    sync.Mutex
	open  int
	quiet *list.List
	at    map[net.Conn]*list.Element
}

// New has none yet.
func New() *Conns { return &Conns{quiet: list.New(), at: map[net.Conn]*list.Element{}} }

// State is for http.Server.ConnState.
func (w *Conns) State(nc net.Conn, s http.ConnState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(nc)
	switch s {
	case http.StateNew:
		w.open++
		w.at[nc] = w.quiet.PushBack(nc)
		if w.open > Most {
			w.dropQuietest()
		}
	case http.StateIdle:
		w.at[nc] = w.quiet.PushBack(nc)
	case http.StateClosed, http.StateHijacked:
		w.open--
	case http.StateActive:
	}
}

func (w *Conns) forget(nc net.Conn) {
	if e := w.at[nc]; e != nil {
		w.quiet.Remove(e)
		delete(w.at, nc)
	}
}

// dropQuietest closes a connection, which its server then reports as closed.
func (w *Conns) dropQuietest() {
	if nc, ok := w.quiet.Front().Value.(net.Conn); ok {
		w.forget(nc)
		_ = nc.Close()
	}
}
