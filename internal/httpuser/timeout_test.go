package httpuser

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// step performs one task, which must not take for ever.
func step(t *testing.T, u *User) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); u.Step(t.Context()) }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("the user does not come back")
	}
}

func impatient(r v1alpha1.Request) *v1alpha1.Swarmfile { return within(50*time.Millisecond, r) }

func within(d time.Duration, r v1alpha1.Request) *v1alpha1.Swarmfile {
	r.Timeout = &metav1.Duration{Duration: d}
	return swarmfile(r)
}

// drip writes text again and again until the client has gone.
func drip(c net.Conn, text string) {
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// TestTimeoutBoundsEverything: whatever state the exchange is in when the server stops or
// slows down, the user comes back in time.
func TestTimeoutBoundsEverything(t *testing.T) {
	for _, tc := range []struct {
		name    string
		request v1alpha1.Request
		answer  func(net.Conn)
		want    string
	}{
		{"no answer", v1alpha1.Request{}, func(net.Conn) {}, ""},
		{"half a header", v1alpha1.Request{}, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX: ") }, ""},
		{"continue", v1alpha1.Request{}, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n") }, ""},
		{"early hints", v1alpha1.Request{}, func(c net.Conn) { drip(c, "HTTP/1.1 103 Early Hints\r\n\r\n") }, ""},
		{"body", v1alpha1.Request{}, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1") }, ""},
		{"trickling body", v1alpha1.Request{}, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
			drip(c, "x")
		}, ""},
		{"body until the end", v1alpha1.Request{}, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"); drip(c, "x") }, ""},
		{"events", v1alpha1.Request{}, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
			drip(c, "9\r\ndata: x\n\n\r\n")
		}, ""},
		{"trailer", v1alpha1.Request{}, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n1\r\nx\r\n0\r\nX: ")
		}, ""},
		{"gzip", v1alpha1.Request{}, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n\x1f\x8b")
		}, ""},
		{"head", v1alpha1.Request{Method: "HEAD"}, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n") }, ""},
		{"redirects", v1alpha1.Request{}, func(c net.Conn) {
			time.Sleep(20 * time.Millisecond)
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			_ = c.(*net.TCPConn).CloseWrite()
		}, ""},
		{"request body", v1alpha1.Request{Method: "POST", Body: strings.Repeat("x", 15<<20)}, func(net.Conn) { time.Sleep(200 * time.Millisecond) }, ""},
		{"switching unasked", v1alpha1.Request{}, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		}, "unexpected 101 Switching Protocols"},
		{"switching to nothing", v1alpha1.Request{}, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		}, "unexpected 101 Switching Protocols"},
		{"switching and talking", v1alpha1.Request{Method: "POST", Body: "x"}, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			drip(c, "x")
		}, "unexpected 101 Switching Protocols"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var opened atomic.Int64
			gone := make(chan struct{}, 100)
			host := rawServer(t, func(c net.Conn) {
				opened.Add(1)
				_, _ = http.ReadRequest(bufio.NewReader(c))
				tc.answer(c)
				_, _ = io.Copy(io.Discard, c) // until the client has closed it
				gone <- struct{}{}
			})
			tc.request.Path = "/"
			file, want := impatient(tc.request), "timeout after 50ms"
			if tc.want != "" { // before any time is over, however busy the machine is
				file, want = within(time.Minute, tc.request), tc.want
			}
			u, rec := newUser(t, file, host)
			step(t, u)
			if s := rec.only(t); s.Failure != want {
				t.Errorf("%+v, want %s", s, want)
			}
			if opened.Load() == 0 {
				return // on a busy machine the time may be over before there is a connection
			}
			select {
			case <-gone:
			case <-time.After(30 * time.Second):
				t.Error("the connection stays open")
			}
		})
	}
}

// TestUpgrade: if the task asked for it, 101 is an answer like others; what follows is not
// HTTP and not waited for.
func TestUpgrade(t *testing.T) {
	var connections atomic.Int64
	host := rawServer(t, func(c net.Conn) {
		connections.Add(1)
		_, _ = http.ReadRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
	})
	sf := within(time.Minute, v1alpha1.Request{Path: "/", Headers: map[string]string{"connection": "Upgrade", "upgrade": "websocket"}})
	for _, tc := range []struct {
		expect v1alpha1.Statuses
		want   string
	}{{nil, ""}, {v1alpha1.Statuses{101}, ""}, {v1alpha1.Statuses{200}, "101 Switching Protocols, want 200"}} {
		sf.Spec.Users[0].Tasks[0].Expect.Status = tc.expect
		u, rec := newUser(t, sf, host)
		step(t, u)
		step(t, u)
		for _, s := range rec.all {
			if s.Failure != tc.want {
				t.Errorf("expect %d: %q, want %q", tc.expect, s.Failure, tc.want)
			}
		}
	}
	if n := connections.Load(); n != 6 {
		t.Errorf("%d connections, want a new one each time", n)
	}
}

// TestHangingHandshake: a connection that could not be opened in time is given up,
// so that the next request opens its own.
func TestHangingHandshake(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.StartTLS()
	defer srv.Close()
	var connections atomic.Int64
	gone := make(chan struct{})
	host := rawServer(t, func(c net.Conn) {
		if connections.Add(1) == 1 {
			_, _ = io.Copy(io.Discard, c)
			close(gone)
			return
		}
		to, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer to.Close()
		go func() { _, _ = io.Copy(to, c) }()
		_, _ = io.Copy(c, to)
	})
	sf := swarmfile(v1alpha1.Request{Path: "/"})
	u, rec := newUser(t, sf, strings.Replace(host, "http", "https", 1))
	u.sender.(*netSender).transport.TLSClientConfig = &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	u.class.tasks[0].timeout = 50 * time.Millisecond
	step(t, u)
	u.class.tasks[0].timeout = 30 * time.Second
	step(t, u)
	if rec.all[0].Failure == "" || rec.all[1].Failure != "" {
		t.Errorf("samples %+v", rec.all)
	}
	select {
	case <-gone:
	case <-time.After(30 * time.Second):
		t.Error("the first connection stays open")
	}
}

// TestTryComesBack holds the preflight's request to the same.
func TestTryComesBack(t *testing.T) {
	host := rawServer(t, func(c net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
	})
	p, err := Compile(within(time.Minute, v1alpha1.Request{Path: "/"}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- p.Try(ctx, &http.Client{}, host) }()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "unexpected 101 Switching Protocols") {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal(fmt.Errorf("it does not come back"))
	}
}
