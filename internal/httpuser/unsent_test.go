package httpuser

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// resolver asks a name server that answers "no such name" or, if silent, nothing.
func resolver(t *testing.T, silent bool) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			const header, extra = 12, 11 // of the question; the latter is EDNS's record
			if silent || n < header+extra {
				continue
			}
			answer := buf[:n-extra]
			answer[2], answer[3] = answer[2]|0x80, 0x83 // an answer: NXDOMAIN
			answer[11] = 0                              // no further records
			_, _ = server.WriteTo(answer, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// TestUnsent: what the generator could not send is told apart from what the target did.
func TestUnsent(t *testing.T) {
	other := serve(t, func(http.ResponseWriter, *http.Request) {})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/nowhere":
			http.Redirect(w, r, "http://nowhere.invalid/", http.StatusFound)
		case "/bye":
			w.Header().Set("Connection", "close")
			http.Redirect(w, r, "/", http.StatusFound)
		case "/close":
			w.Header().Set("Connection", "close")
		}
	})
	type got struct {
		Failure string
		Unsent  bool
	}
	// failing makes the dials from the nth on fail.
	failing := func(s *netSender, from int, err error) {
		n := 0
		s.dialer.Control = func(string, string, syscall.RawConn) error {
			if n++; n >= from {
				return err
			}
			return nil
		}
	}
	files := got{"too many open files on the load generator", true}
	for _, tc := range []struct {
		name, host, path string
		set              func(*netSender)
		want             []got
	}{
		{"no descriptors", "", "/", func(s *netSender) { failing(s, 1, syscall.EMFILE) }, []got{files}},
		{"no descriptors later", "", "/close", func(s *netSender) { failing(s, 2, syscall.EMFILE) }, []got{{}, files}},
		{"no port", "", "/", func(s *netSender) { s.dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(203, 0, 113, 1)} }, []got{{"no free local port on the load generator", true}}},
		{"refused", "", "/", func(s *netSender) { failing(s, 1, syscall.ECONNREFUSED) }, []got{{"connection refused", false}}},
		{"unreachable", "", "/", func(s *netSender) { failing(s, 1, syscall.ENETUNREACH) }, []got{{"network unreachable", true}}},
		{"unknown name", "http://nowhere.invalid", "/", func(s *netSender) { s.dialer.Resolver = resolver(t, false) }, []got{{"no such host: nowhere.invalid", true}}},
		{"silent name server", "http://nowhere.invalid", "/", func(s *netSender) { s.dialer.Resolver = resolver(t, true) }, []got{{"host cannot be resolved: nowhere.invalid", true}, {"host cannot be resolved: nowhere.invalid", true}}},

		// The target has answered: an address that it named is its own business, our lack of
		// descriptors is not.
		{"redirect without descriptors", "", "/away", func(s *netSender) { failing(s, 2, syscall.EMFILE) }, []got{files}},
		{"redirect to an unknown name", "", "/nowhere", func(s *netSender) { s.dialer.Resolver = resolver(t, false) }, []got{{"no such host: nowhere.invalid", false}}},
		{"redirect to the unreachable", "", "/away", func(s *netSender) { failing(s, 2, syscall.ENETUNREACH) }, []got{{"network unreachable", false}}},
		{"redirect to the target unreachable", "", "/bye", func(s *netSender) { failing(s, 2, syscall.ENETUNREACH) }, []got{{"network unreachable", true}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			host := tc.host
			if host == "" {
				host = srv.URL
			}
			u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: tc.path}), host)
			if strings.HasPrefix(tc.name, "silent") {
				u.class.tasks[0].timeout = 50 * time.Millisecond
			}
			if tc.set != nil {
				tc.set(u.sender.(*netSender))
			}
			var all []got
			for i := range tc.want {
				step(t, u)
				all = append(all, got{rec.all[i].Failure, rec.all[i].Unsent})
			}
			if diff := cmp.Diff(tc.want, all); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSentIsNotUnsent: a request that was written, if only to a connection that
// turned out to be stale, may have been seen by the target.
func TestSentIsNotUnsent(t *testing.T) {
	host := rawServer(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		_, _ = http.ReadRequest(r)
		_, _ = io.WriteString(c, emptyOK)
		_, _ = http.ReadRequest(r) // and no answer
	})
	u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: "/"}), host)
	step(t, u)
	u.sender.(*netSender).dialer.Control = func(string, string, syscall.RawConn) error { return syscall.EMFILE }
	step(t, u)
	if s := rec.all[1]; s.Failure != "too many open files on the load generator" || s.Unsent {
		t.Errorf("%+v", s)
	}
}

// TestRefusedByTheClient is a request that net/http will not write.
func TestRefusedByTheClient(t *testing.T) {
	srv := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	u, _ := newUser(t, swarmfile(v1alpha1.Request{Path: "/"}), srv.URL)
	out, err := u.sender.send(t.Context(), &call{method: "GET", target: "/", header: http.Header{"X": {"a\nb"}}})
	text, unsent := u.class.tasks[0].judge(out, err, false)
	if text != `net/http: invalid header field value for "X"` || !unsent {
		t.Errorf("%q, unsent %v", text, unsent)
	}
}
