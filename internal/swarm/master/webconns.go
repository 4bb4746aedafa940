package master

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// maxWebConns is how many connections the web API may have. One more takes the place of the
// one that has been quiet longest, which is between requests or before its first.
const maxWebConns = 256

// webConns are the connections of the web API.
type webConns struct {
	mu    sync.Mutex
	open  int
	quiet *list.List
	at    map[net.Conn]*list.Element
}

func newWebConns() *webConns { return &webConns{quiet: list.New(), at: map[net.Conn]*list.Element{}} }

// state is for http.Server.ConnState.
func (w *webConns) state(nc net.Conn, s http.ConnState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(nc)
	switch s {
	case http.StateNew:
		w.open++
		w.at[nc] = w.quiet.PushBack(nc)
		if w.open > maxWebConns {
			w.dropQuietest()
		}
	case http.StateIdle:
		w.at[nc] = w.quiet.PushBack(nc)
	case http.StateClosed, http.StateHijacked:
		w.open--
	case http.StateActive:
	}
}

func (w *webConns) forget(nc net.Conn) {
	if e := w.at[nc]; e != nil {
		w.quiet.Remove(e)
		delete(w.at, nc)
	}
}

// dropQuietest closes a connection, which its server then reports as closed.
func (w *webConns) dropQuietest() {
	if nc, ok := w.quiet.Front().Value.(net.Conn); ok {
		w.forget(nc)
		_ = nc.Close()
	}
}
