package balancer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const patience = 10 * time.Second

// client drives a Run as the driver does.
type client struct {
	t       testing.TB
	stdin   *io.PipeWriter
	done    chan error
	address string

	mu      sync.Mutex
	next    int64
	waiting map[int64]chan Reply
}

func start(t testing.TB, policy string) *client {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	c := &client{t: t, stdin: inW, done: make(chan error, 1), waiting: map[int64]chan Reply{}}
	go func() { c.done <- Run(context.Background(), inR, outW) }()
	go c.read(outR)
	t.Cleanup(func() { _ = inW.Close() })
	c.address = c.ask(Request{Op: OpListen, Policy: policy}).Address
	return c
}

func (c *client) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var r Reply
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			c.t.Errorf("reply %q: %v", lines.Text(), err)
		}
		c.mu.Lock()
		c.waiting[r.ID] <- r
		c.mu.Unlock()
	}
}

func (c *client) send(req Request) <-chan Reply {
	c.mu.Lock()
	c.next++
	req.ID = c.next
	reply := make(chan Reply, 1)
	c.waiting[req.ID] = reply
	c.mu.Unlock()
	if err := json.NewEncoder(c.stdin).Encode(req); err != nil {
		c.t.Fatal(err)
	}
	return reply
}

func (c *client) ask(req Request) Reply {
	c.t.Helper()
	return c.wait(c.send(req))
}

func (c *client) wait(replies <-chan Reply) Reply {
	c.t.Helper()
	select {
	case r := <-replies:
		return r
	case <-time.After(patience):
		c.t.Fatal("no reply")
		return Reply{}
	}
}

func (c *client) set(backends ...*backendServer) {
	c.t.Helper()
	req := Request{Op: OpSet}
	for _, b := range backends {
		req.Backends = append(req.Backends, Backend{ID: b.name, Address: b.address})
	}
	if r := c.ask(req); r.Error != "" {
		c.t.Fatal(r.Error)
	}
}

func (c *client) dial() *net.TCPConn {
	c.t.Helper()
	conn, err := net.Dial("tcp4", c.address)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn.(*net.TCPConn)
}

// greet opens a connection and returns it with the name of the backend behind it.
func (c *client) greet() (*net.TCPConn, string) {
	c.t.Helper()
	conn := c.dial()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		c.t.Fatalf("reading the greeting: %v", err)
	}
	return conn, strings.TrimSpace(line)
}

// backendServer says its name, then echoes until the end and says "bye".
type backendServer struct{ name, address string }

func newBackend(t testing.TB, name string) *backendServer {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				fmt.Fprintln(conn, name)
				if _, err := io.Copy(conn, conn); err == nil {
					fmt.Fprint(conn, "bye")
				}
			}()
		}
	}()
	return &backendServer{name, l.Addr().String()}
}

func TestRoundRobinIsExact(t *testing.T) {
	c := start(t, RoundRobin)
	c.set(newBackend(t, "a"), newBackend(t, "b"), newBackend(t, "c"))
	var got strings.Builder
	for range 9 {
		_, name := c.greet()
		got.WriteString(name)
	}
	if got.String() != "abcabcabc" {
		t.Errorf("connections went to %s, want abcabcabc", &got)
	}
}

func TestRandomUsesAll(t *testing.T) {
	c := start(t, Random)
	c.set(newBackend(t, "a"), newBackend(t, "b"))
	counts := map[string]int{}
	for range 100 { // all to one of them: 2 in 2^100
		conn, name := c.greet()
		counts[name]++
		_ = conn.Close()
	}
	if len(counts) != 2 {
		t.Errorf("connections went to %v, want both", counts)
	}
}

func TestFallsOverToTheNextBackend(t *testing.T) {
	c := start(t, RoundRobin)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	c.set(&backendServer{"down", l.Addr().String()}, newBackend(t, "up"))
	for range 4 {
		if _, name := c.greet(); name != "up" {
			t.Errorf("connected to %q", name)
		}
	}
}

func TestNoBackendIsAReset(t *testing.T) {
	c := start(t, RoundRobin)
	c.set()
	conn, err := net.Dial("tcp4", c.address)
	if err == nil { // else the reset was quicker than the dialling
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("connecting and reading: %v, want a reset", err)
	}
}

func TestCopiesMuchAndHalfCloses(t *testing.T) {
	c := start(t, RoundRobin)
	c.set(newBackend(t, ""))
	conn := c.dial()
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	go func() {
		_, _ = conn.Write(sent)
		_ = conn.CloseWrite()
	}()
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\n" + string(sent) + "bye"; string(got) != want {
		t.Errorf("got %d bytes, want %d: the echo, then what follows our end", len(got), len(want))
	}
}

func TestDrainWithoutConnectionsIsImmediate(t *testing.T) {
	c := start(t, RoundRobin)
	a, b := newBackend(t, "a"), newBackend(t, "b")
	c.set(a, b)
	if r := c.ask(Request{Op: OpDrain, Backend: "a", Timeout: time.Hour}); r.Error != "" || r.Cut != 0 {
		t.Errorf("reply %+v", r)
	}
	if _, name := c.greet(); name != "b" {
		t.Errorf("a drained backend got a connection: %q", name)
	}
	if r := c.ask(Request{Op: OpDrain, Backend: "unknown", Timeout: time.Hour}); r.Error != "" {
		t.Errorf("draining an unknown backend: %+v", r)
	}
}

func TestDrainWaitsForOpenConnections(t *testing.T) {
	c := start(t, RoundRobin)
	c.set(newBackend(t, "a"))
	conn, _ := c.greet()
	drained := c.send(Request{Op: OpDrain, Backend: "a", Timeout: time.Hour})
	fmt.Fprint(conn, "ping")
	buf := make([]byte, 4)
	if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "ping" {
		t.Fatalf("an open connection of a draining backend: %q, %v", buf, err)
	}
	select {
	case r := <-drained:
		t.Fatalf("drained with an open connection: %+v", r)
	default:
	}
	_ = conn.Close()
	if r := c.wait(drained); r.Cut != 0 {
		t.Errorf("reply %+v, want nothing cut", r)
	}
}

func TestDrainCutsAtTheTimeout(t *testing.T) {
	c := start(t, RoundRobin)
	c.set(newBackend(t, "a"))
	conn, _ := c.greet()
	before := time.Now()
	r := c.ask(Request{Op: OpDrain, Backend: "a", Timeout: 200 * time.Millisecond})
	if took := time.Since(before); r.Cut != 1 || took < 200*time.Millisecond {
		t.Errorf("reply %+v after %v, want 1 cut after 200 ms", r, took)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a cut connection: %v, want a reset", err)
	}
}

func TestSetKeepsOpenConnections(t *testing.T) {
	c := start(t, RoundRobin)
	c.set(newBackend(t, "a"))
	conn, _ := c.greet()
	c.set(newBackend(t, "b"))
	_ = conn.CloseWrite()
	if rest, err := io.ReadAll(conn); err != nil || string(rest) != "bye" {
		t.Errorf("got %q, %v", rest, err)
	}
}

func TestEndsWithItsInput(t *testing.T) {
	c := start(t, RoundRobin)
	c.set(newBackend(t, "a"))
	conn, _ := c.greet()
	_ = c.stdin.Close()
	select {
	case err := <-c.done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Run goes on after the end of its input")
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("its connections: %v, want a reset", err)
	}
	if conn, err := net.Dial("tcp4", c.address); err == nil {
		_ = conn.Close()
		t.Error("it still listens")
	}
}

func TestRefusesNonsense(t *testing.T) {
	c := start(t, RoundRobin)
	for _, req := range []Request{
		{Op: "dance"},
		{Op: OpListen, Policy: RoundRobin},
		{Op: OpListen, Policy: "worst"},
		{Op: OpGuard, Group: 0},
		{Op: OpGuard, Group: 1},
		{Op: OpGuard, Group: -5},
	} {
		if r := c.ask(req); r.Error == "" {
			t.Errorf("%+v was not refused", req)
		}
	}
	if err := Run(context.Background(), strings.NewReader("{nonsense\n"), io.Discard); err == nil {
		t.Error("broken JSON is no error")
	}
}

// TestShares: a request is what a client sends after an answer, in however many pieces.
func TestShares(t *testing.T) {
	c := start(t, RoundRobin)
	c.set(newBackend(t, "a"), newBackend(t, "b"))
	first, _ := c.greet()
	second, _ := c.greet()
	echo := func(conn *net.TCPConn, pieces ...string) {
		for _, piece := range pieces {
			fmt.Fprint(conn, piece)
		}
		if _, err := io.ReadFull(conn, make([]byte, len(strings.Join(pieces, "")))); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		echo(first, "ping")
	}
	echo(second, strings.Repeat("x", 3*64<<10)) // more than a piece, and echoed all the while
	shares := c.ask(Request{Op: OpShares}).Shares
	if got, want := shares["a"], (Share{Requests: 3, Opened: 1, Open: 1}); got != want {
		t.Errorf("a was given %+v, want %+v", got, want)
	}
	if got := shares["b"]; got.Requests < 1 || got.Opened != 1 || got.Open != 1 {
		t.Errorf("b was given %+v", got)
	}
	_ = first.Close()
	c.set(newBackend(t, "c"))
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		shares = c.ask(Request{Op: OpShares}).Shares
		if _, there := shares["a"]; !there {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a backend that is gone is still told: %+v", shares)
		}
	}
	if shares["b"].Open != 1 || shares["c"] != (Share{}) {
		t.Errorf("b keeps its connection and c has none yet: %+v", shares)
	}
}
