package httpuser

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// TestBodyAfter204: a server sends a body where none may be. The Transport reads it as the
// next answer, or closes the connection under the next request; either is reported in few
// distinct texts.
func TestBodyAfter204(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				for {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					if _, err := io.WriteString(conn, "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody"); err != nil {
						return
					}
				}
			}()
		}
	}()
	u, rec := newUser(t, swarmfile(v1alpha1.Request{Method: "POST", Path: "/", Body: "x"}), "http://"+ln.Addr().String())
	for range 200 {
		u.Step(t.Context())
	}
	for _, s := range rec.all {
		if !slices.Contains([]string{"", "malformed HTTP version", "malformed HTTP response", "connection closed without a response"}, s.Failure) {
			t.Errorf("failure %q", s.Failure)
		}
	}
	if len(rec.all) != 200 {
		t.Errorf("%d samples", len(rec.all))
	}
}
