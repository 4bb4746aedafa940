// Package ownhost keeps pages of other names away from a server that browsers can reach.
//
// A page whose name was made to resolve to our address (DNS rebinding) has our origin in the
// browser's eyes, and only the name in its requests gives it away.
package ownhost

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Names are the names that a server answers to.
type Names struct {
	// Address is where it listens.
	Address net.Addr
	// Allowed are names beside localhost and addresses.
	Allowed []string
}

// Guard refuses requests for other names. what names the server in the refusal: "this master".
func (n Names) Guard(what string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostname(r.Host); !n.has(host) {
			http.Error(w, fmt.Sprintf("host %.60q is not a name of %s; --allowed-hosts NAME lets a name in", host, what), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// has: an IP address cannot be rebound, so any passes; but on loopback no other machine's does,
// since nobody needs one there.
func (n Names) has(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback() || !Loopback(n.Address)
	}
	return host == "localhost" || slices.ContainsFunc(n.Allowed, func(name string) bool { return hostname(name) == host })
}

// Loopback tells whether only this machine reaches an address.
func Loopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
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
