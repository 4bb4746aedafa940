package httpuser

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// maxRedirects is Locust's (requests') limit.
const maxRedirects = 30

// sender is one user's HTTP client: at most one call at a time.
type sender interface {
	// send makes the request, follows redirects and reads the last response's
	// body to its end. After an error the outcome's status is 0.
	send(ctx context.Context, c *call) (outcome, error)
	// buffer returns an empty buffer for the next call's body (see call.scratch).
	buffer() []byte
	// close closes the user's connection.
	close()
}

// call is one request to send. Nothing that it points to is changed by sending.
type call struct {
	method string
	// target is the path and query, escaped.
	target string
	header http.Header
	host   string // the Host header, or empty for the URL's
	body   []byte
	// scratch says that body was appended to sender.buffer, which gets it back.
	scratch bool
}

// outcome is what came back.
type outcome struct {
	status int
	bytes  int64
}

// errTooManyRedirects ends a chain longer than maxRedirects.
var errTooManyRedirects = errors.New("too many redirects")

// netSender is a sender on net/http. It drives the Transport itself: http.Client
// would add work per request for redirects and cookies that seldom occur.
type netSender struct {
	base      *url.URL
	transport *http.Transport
	jar       *cookiejar.Jar // nil until a cookie was set
	body      *requestBody
}

func newNetSender(base *url.URL) *netSender {
	dialer := &net.Dialer{KeepAlive: 30 * time.Second}
	return &netSender{base: base, transport: &http.Transport{
		DialContext:         dialer.DialContext,
		MaxConnsPerHost:     1,
		MaxIdleConnsPerHost: 1,
		// HTTP/1.1 only: one user is one connection.
		Protocols: http1(),
		// As Locust's clients do, answers are asked for compressed; their length is the decoded one.
		DisableCompression: false,
	}}
}

func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

func (s *netSender) close() { s.transport.CloseIdleConnections() }

func (s *netSender) send(ctx context.Context, c *call) (outcome, error) {
	req := s.request(ctx, c)
	for range maxRedirects + 1 {
		resp, err := s.transport.RoundTrip(req) //nolint:bodyclose // drain does
		if err != nil {
			return outcome{}, err
		}
		n, err := drain(resp)
		if err != nil {
			return outcome{}, err
		}
		s.keepCookies(req, resp)
		next, err := s.redirect(req, resp)
		if err != nil {
			return outcome{}, err
		}
		if next == nil {
			return outcome{status: resp.StatusCode, bytes: n}, nil
		}
		req = next
	}
	return outcome{}, errTooManyRedirects
}

// drain reads a body to its end, so that the connection can be used again.
func drain(resp *http.Response) (int64, error) {
	defer func() { _ = resp.Body.Close() }()
	return io.Copy(io.Discard, resp.Body)
}

func (s *netSender) request(ctx context.Context, c *call) *http.Request {
	req := http.Request{
		Method: c.method, URL: s.url(c.target), Host: c.host, Header: c.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if len(c.body) > 0 {
		s.attach(&req, c)
	}
	s.addCookies(&req)
	return req.WithContext(ctx)
}

// url builds the address without parsing: an opaque one is sent as it is.
func (s *netSender) url(target string) *url.URL {
	if strings.HasPrefix(target, "//") { // net/url would take this for a host
		path, query, asks := strings.Cut(target, "?")
		unescaped, _ := url.PathUnescape(path) // escapeTarget saw to it
		return &url.URL{
			Scheme: s.base.Scheme, Host: s.base.Host, Path: unescaped, RawPath: path,
			RawQuery: query, ForceQuery: asks,
		}
	}
	return &url.URL{Scheme: s.base.Scheme, Host: s.base.Host, Opaque: target}
}

// requestBody is a body that is written again and again. The transport may still
// read it after the response came, so it is reused only once it was closed.
type requestBody struct {
	bytes.Reader
	buf    []byte
	closed atomic.Bool
}

// Close is called by the transport, from any goroutine, when it has done with the body.
func (b *requestBody) Close() error {
	b.closed.Store(true)
	return nil
}

func (s *netSender) buffer() []byte { return s.free().buf[:0] }

// free returns a body that nobody reads any more.
func (s *netSender) free() *requestBody {
	if s.body == nil || !s.body.closed.Load() {
		s.body = &requestBody{}
		s.body.closed.Store(true)
	}
	return s.body
}

// attach puts the call's body into the request.
func (s *netSender) attach(req *http.Request, c *call) {
	b := s.free()
	if c.scratch {
		b.buf = c.body
	}
	b.closed.Store(false)
	b.Reset(c.body)
	content := c.body
	req.Body, req.ContentLength = b, int64(len(content))
	// For redirects, and for the transport when a kept connection turns out to be
	// stale. Nothing tells when this copy has been read: leave its buffer alone.
	req.GetBody = func() (io.ReadCloser, error) {
		s.body = nil
		return io.NopCloser(bytes.NewReader(content)), nil
	}
}

func (s *netSender) addCookies(req *http.Request) {
	if s.jar == nil {
		return
	}
	cookies := s.jar.Cookies(address(req))
	if len(cookies) == 0 {
		return
	}
	req.Header = req.Header.Clone()
	for _, c := range cookies {
		req.AddCookie(c)
	}
}

func (s *netSender) keepCookies(req *http.Request, resp *http.Response) {
	if len(resp.Header["Set-Cookie"]) == 0 {
		return
	}
	if s.jar == nil {
		s.jar, _ = cookiejar.New(nil) // never fails
	}
	s.jar.SetCookies(address(req), resp.Cookies())
}

// address is the request's URL with its path and query told apart.
func address(req *http.Request) *url.URL {
	if req.URL.Opaque == "" {
		return req.URL
	}
	u, err := url.Parse(req.URL.Scheme + "://" + req.URL.Host + req.URL.Opaque)
	if err != nil {
		return &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: "/"}
	}
	return u
}
