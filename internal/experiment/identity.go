package experiment

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// CanonicalURL writes a base URL in the form in which URLs are compared: case of scheme and
// host, a final dot, the default port, dot segments, needless escapes and a final slash do
// not matter, and the names and addresses that mean this very machine are one. Anything else
// stays as it is. That two names have the same address is not considered: DNS may say
// something else tomorrow.
func CanonicalURL(text string) string { return canonicalURL(text, canonicalHost) }

// LoadedURL is CanonicalURL for telling which target a load reaches: all loopback addresses
// are one there, since a server usually listens on all of them.
func LoadedURL(text string) string {
	return canonicalURL(text, func(host string) string {
		host = canonicalHost(host)
		if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
			return localhost
		}
		return host
	})
}

// localhost stands for all names of this machine.
const localhost = "localhost"

func canonicalURL(text string, hostOf func(string) string) string {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return text
	}
	u = u.ResolveReference(u) // removes dot segments
	host, port := hostOf(u.Hostname()), canonicalPort(u.Scheme, u.Port())
	switch {
	case port != "":
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host + canonicalPath(u.EscapedPath())
}

func canonicalHost(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		if ip.IsUnspecified() || ip == netip.IPv6Loopback() || ip == netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
			return localhost
		}
		return ip.String()
	}
	if strings.HasSuffix(host, "."+localhost) {
		return localhost // RFC 6761: they are loopback, too
	}
	return host
}

func canonicalPort(scheme, port string) string {
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		port = strconv.FormatUint(n, 10)
	}
	if port == map[string]string{"http": "80", "https": "443"}[scheme] {
		return ""
	}
	return port
}

// canonicalPath decodes the escapes of characters that need none (RFC 3986, 6.2.2.2)
// and writes the others in capitals.
func canonicalPath(path string) string {
	var out strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) {
			out.WriteByte(path[i])
			continue
		}
		escape := strings.ToUpper(path[i : i+3])
		if c, err := strconv.ParseUint(escape[1:], 16, 8); err == nil && unreserved(byte(c)) {
			escape = string(rune(c))
		}
		out.WriteString(escape)
		i += 2
	}
	return strings.TrimSuffix(out.String(), "/")
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// SameIdentity tells whether two values of an Identity mean the same, however they are
// spelled. It takes both as they were stored, so that it holds for old runs, too.
func SameIdentity(name, a, b string) bool {
	if a == b {
		return true
	}
	canonical, ok := map[string]func(string) string{
		identityURL: CanonicalURL, identityMaster: CanonicalURL,
		identityCommand: canonicalCommand, identityDir: filepath.Clean, identityRef: canonicalRef,
	}[name]
	return ok && a != "" && b != "" && canonical(a) == canonical(b)
}

// The names in an Identity whose values can be spelled in more than one way.
const (
	identityURL     = "spec.target.url"
	identityMaster  = "spec.load.masterURL"
	identityCommand = "spec.target.process.command"
	identityDir     = "spec.target.process.dir"
	identityRef     = "spec.target.scaleTargetRef"
)

// canonicalCommand tidies the program's path in a list that was written with %q. A relative
// path and an absolute one stay different: where the first run was started is not known.
func canonicalCommand(text string) string {
	program, err := strconv.QuotedPrefix(strings.TrimPrefix(text, "["))
	if err != nil {
		return text
	}
	rest := strings.TrimPrefix(text, "["+program)
	path, err := strconv.Unquote(program)
	if err != nil || !strings.Contains(path, "/") {
		return text // a name is looked up in PATH
	}
	path = filepath.ToSlash(filepath.Clean(path))
	if !strings.Contains(path, "/") {
		path = "./" + path
	}
	return "[" + strconv.Quote(path) + rest
}

// canonicalRef drops the version of an object's API, which is a view of the same object,
// and the case of its kind.
func canonicalRef(text string) string {
	parts := strings.Split(text, "/")
	n := len(parts)
	if n < 4 {
		return text
	}
	group := ""
	if n == 5 {
		group = parts[0]
	}
	return strings.Join([]string{cmp.Or(group, "core"), strings.ToLower(parts[n-3]), parts[n-2], parts[n-1]}, "/")
}
