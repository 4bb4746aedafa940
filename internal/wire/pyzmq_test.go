package wire

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// echoDealer answers each message with itself until one is empty, over Locust's own
// socket; it turns on ZMTP 3.1 heartbeats, which Locust does not, to see PING answered.
const echoDealer = `
import sys, zmq
s = zmq.Context().socket(zmq.DEALER)
s.setsockopt(zmq.IDENTITY, b"py_1")
s.setsockopt(zmq.HEARTBEAT_IVL, 50)
s.setsockopt(zmq.HEARTBEAT_TIMEOUT, 400)
s.connect("tcp://127.0.0.1:" + sys.argv[1])
s.send(b"hello")
while True:
    m = s.recv()
    s.send(m)
    if not m: break
s.close(linger=2000)
`

const echoRouter = `
import sys, zmq
s = zmq.Context().socket(zmq.ROUTER)
s.setsockopt(zmq.HEARTBEAT_IVL, 50)
s.setsockopt(zmq.HEARTBEAT_TIMEOUT, 400)
s.bind("tcp://127.0.0.1:" + sys.argv[1])
while True:
    who, m = s.recv_multipart()
    s.send_multipart([who, who + m])
`

// sizes lie around the places where a frame's encoding changes, and far beyond.
func sizes() []int { return []int{1, 254, 255, 256, 257, 65535, 65536, 3_000_000} }

func TestPyzmqDealerOnOurRouter(t *testing.T) {
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		r, err := Listen(ctx, "127.0.0.1:0", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		py := p.Start(t, "-c", echoDealer, strconv.Itoa(r.Addr().(*net.TCPAddr).Port))
		next(ctx, t, r, PeerConnected, nil)
		next(ctx, t, r, PeerMessage, []byte("hello"))
		r.Admit("py_1")
		for _, n := range append(sizes(), 0) {
			body := bytes.Repeat([]byte{'x'}, n)
			if err := r.Send("py_1", body); err != nil {
				t.Fatal(err)
			}
			next(ctx, t, r, PeerMessage, body)
			// Long enough for libzmq to give up on a peer that does not answer PING.
			if n == 1 {
				quiet(ctx, t, r, time.Second)
			}
		}
		next(ctx, t, r, PeerGone, nil)
		if err := py.Wait(); err != nil {
			t.Errorf("dealer ended with %v", err)
		}
	})
}

func quiet(ctx context.Context, t *testing.T, r *Router, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if e, err := r.Recv(ctx); err == nil {
		t.Errorf("event %v while idle", e.Kind)
	}
}

func next(ctx context.Context, t *testing.T, r *Router, kind EventKind, payload []byte) {
	t.Helper()
	e, err := r.Recv(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if e.Kind != kind || e.Identity != "py_1" || !bytes.Equal(e.Payload, payload) {
		t.Fatalf("event %v from %q with %d bytes, want %v with %d", e.Kind, e.Identity, len(e.Payload), kind, len(payload))
	}
}

func TestOurDealerOnPyzmqRouter(t *testing.T) {
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		port := pylocust.FreePort(t)
		py := p.Start(t, "-c", echoRouter, strconv.Itoa(port))
		py.WaitPort(t, port)
		d, err := Dial(ctx, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), "go_1")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range sizes() {
			body := bytes.Repeat([]byte{'x'}, n)
			if err := d.Send(body); err != nil {
				t.Fatal(err)
			}
			got, err := d.Recv(ctx)
			if err != nil || string(got) != "go_1"+string(body) {
				t.Fatalf("sent %d bytes, received %d: %v", n, len(got), err)
			}
			if n == 1 {
				stayOpen(ctx, t, d, time.Second)
			}
		}
		py.Kill()
		if _, err := d.Recv(ctx); err == nil || ctx.Err() != nil {
			t.Error("the end of the master goes unnoticed")
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

func stayOpen(ctx context.Context, t *testing.T, d *Dealer, for_ time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, for_)
	defer cancel()
	select {
	case <-d.Done():
		t.Error("the router gave up on us: PING is not answered")
	case <-ctx.Done():
	}
}
