package locust

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// proxyOutside is the environment's proxy for a master somewhere in the world, and none for
// one that is near: a proxy does not know a cluster's names, and its own answer would be
// taken for the master's.
func proxyOutside(req *http.Request) (*url.URL, error) {
	if near(req.URL.Hostname()) {
		return nil, nil
	}
	return http.ProxyFromEnvironment(req)
}

// near tells whether a host is on this machine, in this cluster or in a private network.
func near(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap()
		return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || sharedSpace().Contains(addr)
	}
	labels := strings.Split(strings.TrimSuffix(strings.ToLower(host), "."), ".")
	if len(labels) == 1 {
		return true // localhost, or a Service of the same namespace
	}
	// NAME.NAMESPACE.svc, with a pod's name before it and whatever cluster domain after it.
	return slices.Contains(labels[2:], "svc") || slices.Contains(labels[2:], "pod") || strings.HasSuffix("."+strings.Join(labels, "."), ".cluster.local")
}

// sharedSpace is RFC 6598's, which some clouds give to pods.
func sharedSpace() netip.Prefix { return netip.MustParsePrefix("100.64.0.0/10") }
