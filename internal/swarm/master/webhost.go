package master

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ownHost refuses requests for names that are not ours. A page whose name was made to
// resolve to our address (DNS rebinding) has our origin in the browser's eyes, and only the
// name in its requests gives it away. An IP address cannot be rebound, so any passes; but on
// loopback no other machine's does, since nobody needs one there.
func (m *Master) ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostname(r.Host); !m.answersTo(host) {
			http.Error(w, fmt.Sprintf("host %.60q is not a name of this master; --allowed-hosts NAME lets a name in", host), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (m *Master) answersTo(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback() || !m.onLoopback()
	}
	return host == "localhost" || slices.ContainsFunc(m.opts.AllowedHosts, func(name string) bool { return hostname(name) == host })
}

// onLoopback tells whether only this machine reaches the web API.
func (m *Master) onLoopback() bool {
	addr, ok := m.web.Addr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// hostname is the host of a Host header in the form for comparing: without the port, the
// brackets of an IPv6 address, and a final dot.
func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}
