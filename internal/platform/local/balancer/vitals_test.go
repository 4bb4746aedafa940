package balancer

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCountsItsStandstills: a late beat is one, whoever notices first; the delays of any
// busy machine are not.
func TestCountsItsStandstills(t *testing.T) {
	began := time.Unix(100, 0)
	v := newVitals(began)
	at := began
	for _, step := range []struct{ after, want time.Duration }{
		{heartbeat, 0},
		{heartbeat + hiccup, 0},
		{3 * time.Second, 3*time.Second - heartbeat},
		{heartbeat, 3*time.Second - heartbeat},
		{time.Second, 4*time.Second - 2*heartbeat},
	} {
		at = at.Add(step.after)
		var r Reply
		v.tell(at, &r)
		if r.Stalled != step.want {
			t.Errorf("after %v more: stalled %v, want %v", step.after, r.Stalled, step.want)
		}
	}
}

// TestOwnFaults: what a backend does is the target's fault, what this machine lacks is ours.
func TestOwnFaults(t *testing.T) {
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp4", Err: os.NewSyscallError("connect", err)}
	}
	for _, test := range []struct {
		err  error
		want map[string]int64
	}{
		{dial(syscall.EMFILE), map[string]int64{"connecting to a replica: too many open files": 1}},
		{dial(syscall.EADDRNOTAVAIL), map[string]int64{"connecting to a replica: cannot assign requested address": 1}},
		{dial(syscall.ECONNREFUSED), map[string]int64{}},
		{dial(syscall.ECONNRESET), map[string]int64{}},
		{dial(os.ErrDeadlineExceeded), map[string]int64{}},
	} {
		v := newVitals(time.Now())
		v.blame("connecting to a replica", test.err)
		if diff := cmp.Diff(test.want, v.troubles); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.err, diff)
		}
	}
}

// TestTellsItsHealth: a target that refuses is no trouble of the balancer's.
func TestTellsItsHealth(t *testing.T) {
	c := start(t, RoundRobin)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	c.set(&backendServer{"down", l.Addr().String()})
	conn, err := net.Dial("tcp4", c.address)
	if err == nil { // else the reset was quicker than the dialling
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
	}
	if err == nil {
		t.Error("a connection to nowhere got an answer")
	}
	if r := c.ask(Request{Op: OpHealth}); r.Error != "" || len(r.Troubles) > 0 {
		t.Errorf("reply %+v, want no trouble", r)
	}
}

// outOfFiles is a listener that fails for lack of files, and then ends.
type outOfFiles struct {
	net.Listener
	left int
}

func (l *outOfFiles) Accept() (net.Conn, error) {
	if l.left == 0 {
		return nil, net.ErrClosed
	}
	l.left--
	return nil, &net.OpError{Op: "accept", Net: "tcp4", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
}

func TestCountsWhatItCannotAccept(t *testing.T) {
	v := newVitals(time.Now())
	a := &acceptor{listener: &outOfFiles{left: 2}, slots: make(chan struct{}, 1), vitals: v}
	a.run()
	want := map[string]int64{"accepting a connection: accept tcp4: accept4: too many open files": 2}
	if diff := cmp.Diff(want, v.troubles); diff != "" {
		t.Errorf("troubles (-want +got):\n%s", diff)
	}
}

func TestSaysThatItsLimitIsMet(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	v := newVitals(time.Now())
	p := newPool(RoundRobin, v)
	b := newBackend(t, "a")
	p.set([]Backend{{ID: b.name, Address: b.address}})
	a := &acceptor{listener: l, pool: p, slots: make(chan struct{}, 1), vitals: v}
	go a.run()
	c := &client{t: t, address: l.Addr().String()}
	first, _ := c.greet()
	second := c.dial()
	var r Reply
	for deadline := time.Now().Add(patience); len(r.Troubles) == 0 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		v.tell(time.Now(), &r)
	}
	if text := fmt.Sprint(r.Troubles); !strings.Contains(text, "all 1 connections") || !strings.Contains(text, "ulimit -n") {
		t.Errorf("troubles %s", text)
	}
	_ = first.Close()
	if _, err := bufio.NewReader(second).ReadString('\n'); err != nil {
		t.Errorf("the queued connection: %v", err)
	}
}
