package httpuser

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// maxRedirects is Locust's (requests') limit.
const maxRedirects = 30

// sender is one user's HTTP client: at most one call at a time.
type sender interface {
	// watched returns ctx with what send needs to observe requests. It is made once for many
	// calls.
	watched(ctx context.Context) context.Context
	// send makes the request, follows redirects and reads the last response's
	// body to its end. After an error the outcome's status is 0.
	send(ctx context.Context, c *call) (outcome, error)
	// buffer returns an empty buffer for the next call's body (see call.scratch).
	buffer() []byte
	// close closes the user's connection.
	close()
}

// call is one request to send. Sending changes nothing that it points to.
type call struct {
	method string
	// target is the path and query, escaped.
	target string
	header http.Header
	host   string // the Host header, or empty for the URL's
	body   []byte
	// scratch says that body was appended to sender.buffer and goes back there.
	scratch bool
}

// outcome is what came back.
type outcome struct {
	status int
	bytes  int64
	// retries counts the times that a kept connection turned out to be stale.
	retries int
	// reached says that the last request had a connection: some of it may have been written.
	// away says that a redirect had led to another address.
	reached, away bool
	// last is where redirects have led; nil without any.
	last *hop
}

// errTooManyRedirects ends a chain longer than maxRedirects.
var errTooManyRedirects = errors.New("too many redirects")

// errUnexpected101 is for a 101 to a request that did not ask for another protocol.
var errUnexpected101 = errors.New("unexpected 101 Switching Protocols")

// netSender is a sender on net/http. It drives the Transport itself: http.Client would add
// work to every request for redirects and cookies, which are rare.
type netSender struct {
	base      *url.URL
	dialer    net.Dialer
	transport *http.Transport
	cookies   cookies
	body      *requestBody

	trace     httptrace.ClientTrace
	conns     int                    // that the present hop was put on
	resolving atomic.Pointer[string] // the name that is looked up, or could not be
	lookUp    func(found bool)       // is told when that begins and ends

	mu      sync.Mutex
	present context.Context // of the call that is being made
}

func newNetSender(base *url.URL) *netSender {
	s := &netSender{base: base, dialer: net.Dialer{KeepAlive: 30 * time.Second}, present: context.Background(), lookUp: func(bool) {}}
	s.transport = &http.Transport{
		// No Proxy: a proxy from the environment would be measured instead of the target.
		DialContext:         s.dial,
		DialTLSContext:      s.dialTLS,
		MaxConnsPerHost:     1,
		MaxIdleConnsPerHost: 1,
		// HTTP/1.1 only: one user is one connection.
		Protocols: http1(),
		// Answers may be compressed, as with Locust's clients; their length is the decoded one.
		DisableCompression: false,
	}
	s.trace = httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { s.conns++ }, // in the goroutine of send
		DNSStart: func(info httptrace.DNSStartInfo) {
			s.resolving.Store(&info.Host)
			s.lookUp(false)
		},
		DNSDone: func(info httptrace.DNSDoneInfo) {
			if info.Err == nil {
				s.resolving.Store(nil)
				s.lookUp(true)
			}
		},
	}
	return s
}

func (s *netSender) watched(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &s.trace)
}

// dial opens a connection, and gives up when the present call does. The Transport would keep
// trying after the call has timed out, and let the user's next calls wait for a handshake
// that never ends.
func (s *netSender) dial(_ context.Context, network, addr string) (net.Conn, error) {
	return s.dialer.DialContext(s.presentCall(), network, addr)
}

func (s *netSender) dialTLS(_ context.Context, network, addr string) (net.Conn, error) {
	d := tls.Dialer{NetDialer: &s.dialer, Config: s.transport.TLSClientConfig}
	return d.DialContext(s.presentCall(), network, addr)
}

func (s *netSender) presentCall() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.present
}

func (s *netSender) begin(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.present = ctx
}

func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

func (s *netSender) close() { s.transport.CloseIdleConnections() }

func (s *netSender) send(ctx context.Context, c *call) (outcome, error) {
	s.begin(ctx)
	return s.follow(ctx, c, s.roundTrip)
}

// follow sends a call and follows its redirects, with one round trip each.
func (s *netSender) follow(ctx context.Context, c *call, roundTrip func(context.Context, *hop, *outcome) (*http.Response, error)) (outcome, error) {
	var out outcome
	first := s.first(c)
	for h, n := &first, 0; n <= maxRedirects; n++ {
		resp, err := roundTrip(ctx, h, &out) //nolint:bodyclose // drain does
		if err != nil {
			return out, err
		}
		size, err := drain(resp, h.header)
		if err != nil {
			return out, err
		}
		s.keepCookies(h, resp)
		next, err := h.redirect(&first, resp.StatusCode, resp.Header.Get("Location"))
		if err != nil {
			return out, err
		}
		if next == nil {
			out.status, out.bytes = resp.StatusCode, size
			return out, nil
		}
		h, out.last = next, next
	}
	return out, errTooManyRedirects
}

// roundTrip sends one hop, and once more if the Transport says that a kept connection was to
// blame.
func (s *netSender) roundTrip(ctx context.Context, h *hop, out *outcome) (*http.Response, error) {
	s.conns = 0
	resp, err := s.transport.RoundTrip(s.request(ctx, h))
	out.retries += max(s.conns-1, 0)
	out.reached = s.conns > 0
	out.away = h.scheme != s.base.Scheme || h.addr != s.base.Host
	if err == nil {
		return resp, nil
	}
	if name := s.resolving.Swap(nil); name != nil && !out.reached && isTimeout(err) {
		// After a timeout the Transport does not say what it was waiting for.
		err = &net.DNSError{Err: "no answer in time", Name: *name, IsTimeout: true}
	}
	return nil, err
}

// first is the hop that a call begins with.
func (s *netSender) first(c *call) hop {
	return hop{call: *c, scheme: s.base.Scheme, addr: s.base.Host}
}

// drain reads a body to its end, so that the connection can be used again. After 101 there
// is none: what follows is another protocol on a bare connection, which may be silent for
// ever and ignores the context. So it is closed.
func drain(resp *http.Response, asked http.Header) (int64, error) {
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return io.Copy(io.Discard, resp.Body)
	}
	if asked["Upgrade"] == nil {
		return 0, errUnexpected101
	}
	return 0, nil
}

func (s *netSender) request(ctx context.Context, h *hop) *http.Request {
	req := http.Request{
		Method: h.method, URL: h.url(), Host: h.host, Header: s.withCookies(h),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if len(h.body) > 0 {
		s.attach(&req, &h.call)
	}
	return req.WithContext(ctx)
}

// withCookies is the hop's headers with the jar's cookies.
func (s *netSender) withCookies(h *hop) http.Header {
	if s.cookies.jar == nil {
		return h.header
	}
	value := s.cookies.header(h.cookieURL())
	if value == "" {
		return h.header
	}
	if own := h.header.Get("Cookie"); own != "" {
		value = own + "; " + value
	}
	out := h.header.Clone()
	out.Set("Cookie", value)
	return out
}

func (s *netSender) keepCookies(h *hop, resp *http.Response) {
	if lines := resp.Header["Set-Cookie"]; len(lines) > 0 {
		s.cookies.keep(h.cookieURL(), lines)
	}
}

// requestBody is a body whose memory is reused. The transport may still read it after the
// response has come, so it is reused only after it was closed.
type requestBody struct {
	bytes.Reader
	buf    []byte
	closed atomic.Bool
}

// Close is called by the transport, from any goroutine, when it is done with the body.
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
	// For redirects, and for the transport when a kept connection turns out to be stale.
	// Nothing says when this copy has been read, so its buffer is not reused.
	req.GetBody = func() (io.ReadCloser, error) {
		s.body = nil
		return io.NopCloser(bytes.NewReader(content)), nil
	}
}
