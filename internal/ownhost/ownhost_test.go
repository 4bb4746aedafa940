package ownhost_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/ownhost"
)

func TestGuard(t *testing.T) {
	const ok, refused = http.StatusNotFound, http.StatusForbidden
	loopback := ownhost.Names{Address: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	everywhere := ownhost.Names{Address: &net.TCPAddr{IP: net.IPv4zero}, Allowed: []string{"load", "Load.Example"}}
	for _, c := range []struct {
		names ownhost.Names
		host  string
		code  int
	}{
		{loopback, "localhost:80", ok},
		{loopback, "LOCALHOST.", ok},
		{loopback, "127.8.8.8:1", ok},
		{loopback, "[::1]", ok},
		{loopback, "192.0.2.1:80", refused},
		{loopback, "evil.example:80", refused},
		{loopback, "localhost.evil.example", refused},
		{loopback, "", refused},
		{everywhere, "192.0.2.1:80", ok},
		{everywhere, "[2001:db8::1]:80", ok},
		{everywhere, "load:80", ok},
		{everywhere, "load.example.", ok},
		{everywhere, "load.evil.example", refused},
		{everywhere, "2130706433", refused},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Host = c.host
		c.names.Guard("this test", http.NotFoundHandler()).ServeHTTP(w, r)
		if w.Code != c.code || c.code == refused && !strings.Contains(w.Body.String(), "not a name of this test") {
			t.Errorf("%q at %v: %d %s", c.host, c.names.Address, w.Code, w.Body)
		}
	}
}
