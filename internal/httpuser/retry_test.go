package httpuser

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// TestRetries: net/http sends a request again when a kept connection turns out to
// be stale. The server sees it twice, and the sample says so.
func TestRetries(t *testing.T) {
	var requests atomic.Int64
	// Each connection gets one answer; the next request is read and left without one.
	host := rawServer(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		for n := 0; ; n++ {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			requests.Add(1)
			switch {
			case n > 0 || req.URL.Path == "/drop":
				return
			case req.URL.Path == "/moved":
				_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n")
			default:
				_, _ = io.WriteString(c, emptyOK)
			}
		}
	})
	type got struct {
		Retries  int
		Failure  string
		Requests int64
	}
	for _, tc := range []struct {
		name    string
		request v1alpha1.Request
		want    []got
	}{
		{"get", v1alpha1.Request{Path: "/"}, []got{{0, "", 1}, {1, "", 2}, {1, "", 2}}},
		{"redirect", v1alpha1.Request{Path: "/moved"}, []got{{1, "", 3}, {2, "", 4}}},
		{"fresh connection", v1alpha1.Request{Path: "/drop"}, []got{{0, "connection closed without a response", 1}, {0, "connection closed without a response", 1}}},
		{"post", v1alpha1.Request{Path: "/", Method: "POST", Body: "x"}, []got{{0, "", 1}, {0, "connection closed without a response", 1}, {0, "", 1}}},
		{"idempotent post", v1alpha1.Request{Path: "/", Method: "POST", Body: "{{seq}}", Headers: map[string]string{"Idempotency-Key": "{{uuid}}"}}, []got{{0, "", 1}, {1, "", 2}}},
	} {
		u, rec := newUser(t, swarmfile(tc.request), host)
		var all []got
		for i := range tc.want {
			before := requests.Load()
			step(t, u)
			s := rec.all[i]
			all = append(all, got{s.Retries, s.Failure, requests.Load() - before})
		}
		if diff := cmp.Diff(tc.want, all); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}
