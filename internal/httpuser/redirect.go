package httpuser

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// hop is one request of a chain of redirects.
type hop struct {
	call
	// scheme and addr say where to connect; addr is as in a URL, with or without a port.
	scheme, addr string
}

// site is the host as the server knows it: the name in the Host header.
func (h *hop) site() string {
	if h.host != "" {
		return h.host
	}
	return h.addr
}

// url builds the URL without parsing: the target is sent as it is.
func (h *hop) url() *url.URL {
	if !strings.HasPrefix(h.target, "//") {
		return &url.URL{Scheme: h.scheme, Host: h.addr, Opaque: h.target}
	}
	// net/url would take this for a host.
	path, query, asks := strings.Cut(h.target, "?")
	unescaped, _ := url.PathUnescape(path) // escapeTarget made sure that it can be unescaped
	return &url.URL{Scheme: h.scheme, Host: h.addr, Path: unescaped, RawPath: path, RawQuery: query, ForceQuery: asks}
}

// path is the target without its query.
func (h *hop) path() string {
	path, _, _ := strings.Cut(h.target, "?")
	return path
}

// cookieURL is what cookies are matched with: the site, and the path as it was sent.
func (h *hop) cookieURL() *url.URL {
	return &url.URL{Scheme: h.scheme, Host: h.site(), Path: h.path()}
}

var errCannotFollow = errors.New("redirect to an address that cannot be followed")

// redirect returns the request that an answer to h asks for, or nil. As in browsers and
// Python's requests, 301, 302 and 303 turn into GET; 307 and 308 send the same again. first
// is the hop that the chain began with.
func (h *hop) redirect(first *hop, status int, location string) (*hop, error) {
	if location == "" || !isRedirect(status) {
		return nil, nil
	}
	next := *h
	next.scratch = false // the buffer is the first request's
	if err := next.move(first, location); err != nil {
		return nil, err
	}
	next.header = h.header.Clone()
	if !strings.EqualFold(next.site(), h.site()) { // do not pass secrets on
		next.header.Del("Authorization")
		next.header.Del("Cookie")
	}
	keep := status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
	if !keep && h.method != http.MethodHead {
		next.method = http.MethodGet
	}
	if !keep || len(h.body) == 0 {
		next.body = nil
		next.header.Del("Content-Type")
	}
	return &next, nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// move points h at what a Location header says, resolved by RFC 3986, section 5.2, but
// leaves the spelling of path and query to the server: parsing and printing them would
// change some and lose others.
func (h *hop) move(first *hop, location string) error {
	ref, _, _ := strings.Cut(location, "#")
	scheme, rest, absolute := cutScheme(ref)
	if !absolute {
		scheme = h.scheme
	}
	after, named := strings.CutPrefix(rest, "//")
	if scheme != "http" && scheme != "https" || absolute && !named {
		return errCannotFollow
	}
	if named {
		end := strings.IndexAny(after+"/", "/?")
		u, err := url.Parse(scheme + "://" + after[:end])
		if err != nil || u.Hostname() == "" {
			return errCannotFollow
		}
		h.aim(first, scheme, u.Host)
		h.target, rest = "/", after[end:]
	}
	h.target = escapeTarget(resolve(h.target, rest))
	return nil
}

// aim sets where to connect. The name that the task gave the target in its Host header means
// the target, whatever DNS says.
func (h *hop) aim(first *hop, scheme, authority string) {
	h.scheme, h.addr, h.host = scheme, authority, ""
	if scheme == first.scheme && first.isCalled(authority) {
		h.addr, h.host = first.addr, first.host
	}
}

// isCalled tells whether authority means the hop's server: by its address, or by the name in
// the Host header, with either's port.
func (h *hop) isCalled(authority string) bool {
	name, port := hostPort(h.scheme, authority)
	addrName, addrPort := hostPort(h.scheme, h.addr)
	siteName, sitePort := hostPort(h.scheme, h.site())
	return name == addrName && port == addrPort || name == siteName && (port == sitePort || port == addrPort)
}

// hostPort splits an authority; a port that is left out is the scheme's.
func hostPort(scheme, authority string) (name, port string) {
	u := url.URL{Host: authority}
	switch name, port = strings.ToLower(u.Hostname()), u.Port(); {
	case port != "":
	case scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return name, port
}

// cutScheme cuts an absolute reference into scheme and the rest.
func cutScheme(ref string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(ref, ":")
	if !ok || scheme == "" || strings.ContainsAny(scheme, "/?") {
		return "", ref, false
	}
	return strings.ToLower(scheme), rest, true
}

// resolve applies a reference without scheme and host to a path and query.
func resolve(base, ref string) string {
	path, _, _ := strings.Cut(base, "?")
	switch {
	case ref == "":
		return base
	case ref[0] == '?':
		return path + ref
	case ref[0] != '/':
		ref = path[:strings.LastIndexByte(path, '/')+1] + ref
	}
	path, query, asks := strings.Cut(ref, "?")
	path = removeDots(path)
	if asks {
		path += "?" + query
	}
	return path
}

// removeDots takes . and .. out of a path that begins with /.
func removeDots(path string) string {
	if !strings.Contains(path, "/.") {
		return path
	}
	segments := strings.Split(path, "/")
	out := segments[:1]
	for i, s := range segments[1:] {
		if s != "." && s != ".." {
			out = append(out, s)
			continue
		}
		if s == ".." && len(out) > 1 {
			out = out[:len(out)-1]
		}
		if i == len(segments)-2 { // the folder itself
			out = append(out, "")
		}
	}
	return strings.Join(out, "/")
}
