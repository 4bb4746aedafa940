package worker

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// masterGivesUp is how long a master waits for client_stopped.
const masterGivesUp = 5 * time.Second

// TestStuckUser: a user that does not end does not hold up a stop, and is not part of the
// next load.
func TestStuckUser(t *testing.T) {
	m, srv := newScript(t, wire.Protocol), newTarget(t)
	w, s := m.worker(srv.URL, nil), &stuck{release: make(chan struct{})}
	w.fleet.start("Alpha", s)
	w.recorder.Begin(w.fleet.started, 0, time.Now())
	m.start(w)
	m.until(wire.TypeReport, nil)
	m.spawn(1, map[string]int{"Alpha": 2}, "", 0)
	m.until(wire.TypeSpawningComplete, func() bool { return m.complete.UserCount == 2 })

	began := time.Now()
	m.send(wire.TypeStop, nil)
	m.until(wire.TypeClientStopped, nil)
	if got := time.Since(began); got < patience || got >= masterGivesUp {
		t.Errorf("stopped after %s", got)
	}
	m.until(wire.TypeClientReady, nil)
	if !s.silenced.Load() {
		t.Error("the user may still record")
	}
	m.until(wire.TypeHeartbeat, nil)
	m.spawn(2, map[string]int{"Alpha": 1}, "", 0)
	m.until(wire.TypeSpawningComplete, func() bool { return m.complete.UserCount == 1 })
	close(s.release)
	m.until(wire.TypeReport, func() bool { r := m.reports[len(m.reports)-1]; return len(r.Slices) > 0 && r.UserCount == 1 })
	began = time.Now()
	m.send(wire.TypeStop, nil)
	m.until(wire.TypeClientStopped, nil)
	if got := time.Since(began); got >= masterGivesUp {
		t.Errorf("the next load stopped after %s", got)
	}
}

// TestStuckUserAtTheEnd: neither does it keep the worker from leaving.
func TestStuckUserAtTheEnd(t *testing.T) {
	m, srv := newScript(t, wire.Protocol), newTarget(t)
	w, s := m.worker(srv.URL, nil), &stuck{release: make(chan struct{})}
	defer close(s.release)
	w.fleet.start("Alpha", s)
	wait, cancel := m.start(w)
	m.until(wire.TypeReport, nil)
	cancel()
	m.until(wire.TypeQuit, nil)
	if err := wait(); err != nil {
		t.Error(err)
	}
}

// TestQuietAfterSwitching: requests to a target that answers 101 and falls silent fail; the
// users continue, and stop at once when told.
func TestQuietAfterSwitching(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			go func() {
				defer c.Close()
				_, _ = http.ReadRequest(bufio.NewReader(c))
				_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
	m := newScript(t, wire.Protocol)
	m.run("http://"+l.Addr().String(), nil)
	m.until(wire.TypeReport, nil)
	m.spawn(1, map[string]int{"Alpha": 2}, "", 0)
	m.until(wire.TypeReport, func() bool {
		r := m.reports[len(m.reports)-1]
		return len(r.Errors) > 0 && r.Errors[0].Error == "unexpected 101 Switching Protocols"
	})
	began := time.Now()
	m.send(wire.TypeStop, nil)
	m.until(wire.TypeClientStopped, nil)
	if got := time.Since(began); got >= masterGivesUp {
		t.Errorf("stopped after %s", got)
	}
}
