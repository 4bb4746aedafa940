package httpuser

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestJudge: equal reasons have equal texts, whatever address they came from, and
// the same table says whose fault it was.
func TestJudge(t *testing.T) {
	sys := func(op, call string, err error) error {
		return &net.OpError{Op: op, Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 54321}, Err: os.NewSyscallError(call, err)}
	}
	dial := func(err error) error { return sys("dial", "connect", err) }
	notFound := &net.DNSError{Err: "no such host", Name: "nowhere", Server: "10.0.0.2:53", IsNotFound: true}
	cert := &tls.CertificateVerificationError{Err: x509.HostnameError{Host: "other", Certificate: &x509.Certificate{DNSNames: []string{"shop"}}}}
	const (
		never = iota // somebody else's fault
		place        // ours, unless a redirect chose the address
		own          // ours
	)
	for _, tc := range []struct {
		err  error
		late bool
		want string
		ours int
	}{
		{dial(syscall.ECONNREFUSED), false, "connection refused", never},
		{dial(syscall.ETIMEDOUT), false, "connection timed out", never},
		{dial(syscall.ECONNRESET), false, "connection reset", never},
		{dial(syscall.EHOSTUNREACH), false, "no route to host", never},
		{fmt.Errorf("write: %w", syscall.EPIPE), false, "connection reset", never},
		{fmt.Errorf("net/http: %w", io.EOF), false, "connection closed without a response", never},
		{&net.OpError{Op: "write", Net: "tcp", Err: net.ErrClosed}, false, "connection closed without a response", never},
		{errors.New(`malformed HTTP version "bodyHTTP/1.1"`), false, "malformed HTTP version", never},
		{errors.New(`malformed HTTP response "4711"`), false, "malformed HTTP response", never},
		{io.ErrUnexpectedEOF, false, "response cut off", never},
		{&net.OpError{Op: "remote error", Err: tls.AlertError(40)}, false, "TLS: handshake failure", never},
		{cert, false, "TLS: certificate is valid for shop, not other", never},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, false, "TLS: certificate signed by an unknown authority", never},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake", RecordHeader: [5]byte([]byte("HTTP/"))}, false, "TLS on a plain port: server gave an HTTP answer to an HTTPS client", never},
		{tls.RecordHeaderError{RecordHeader: [5]byte([]byte("<!DOC"))}, false, "TLS on a plain port: server gave an HTTP answer to an HTTPS client", never},
		{http.ErrSchemeMismatch, false, "TLS on a plain port: server gave an HTTP answer to an HTTPS client", never},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake", RecordHeader: [5]byte([]byte("SSH-2"))}, false, "TLS on a plain port: server's answer is not TLS", never},
		{errors.New("odd answer from 10.0.0.1:54321: no"), false, "odd answer from ADDRESS no", never},
		{errors.New(strings.Repeat("x", 300)), false, strings.Repeat("x", 200) + "…", never},
		{context.DeadlineExceeded, false, "timeout after 60s", never},
		{errors.New("whatever"), true, "timeout after 60s", never},
		{dial(syscall.EMFILE), true, "timeout after 60s", never},
		{errTooManyRedirects, false, "too many redirects", never},
		{errCannotFollow, false, "redirect to an address that cannot be followed", never},
		{errUnexpected101, false, "unexpected 101 Switching Protocols", never},

		{sys("dial", "socket", syscall.EMFILE), false, "too many open files on the load generator", own},
		{sys("dial", "socket", syscall.ENFILE), false, "too many open files on the load generator", own},
		{dial(syscall.EADDRNOTAVAIL), false, "no free local port on the load generator", own},
		{sys("dial", "socket", syscall.ENOBUFS), false, "no memory for connections on the load generator", own},
		{sys("dial", "socket", syscall.ENOMEM), false, "no memory for connections on the load generator", own},
		{errors.New(`net/http: invalid header field value for "X"`), false, `net/http: invalid header field value for "X"`, own},
		{errors.New(`net/http: invalid method "A B"`), false, `net/http: invalid method "A B"`, own},

		{dial(syscall.EACCES), false, "connecting is not permitted on the load generator", place},
		{dial(syscall.EPERM), false, "connecting is not permitted on the load generator", place},
		{dial(syscall.ENETUNREACH), false, "network unreachable", place},
		{dial(syscall.ENETDOWN), false, "network down", place},
		{dial(syscall.EAFNOSUPPORT), false, "address of a kind that the load generator lacks", place},
		{&net.OpError{Op: "dial", Err: notFound}, false, "no such host: nowhere", place},
		{&net.DNSError{Err: "server misbehaving", Name: "nowhere", Server: "10.0.0.2:53"}, false, "host cannot be resolved: nowhere", place},
		{&net.DNSError{Err: "i/o timeout", Name: "nowhere", IsTimeout: true, UnwrapErr: context.DeadlineExceeded}, false, "host cannot be resolved: nowhere", place},
		{&net.DNSError{Err: "i/o timeout", Name: "nowhere", IsTimeout: true}, true, "host cannot be resolved: nowhere", place},
		{&net.OpError{Op: "dial", Err: &net.AddrError{Err: "invalid port", Addr: "99999"}}, false, "no address to connect to: invalid port", place},
	} {
		task := task{late: "timeout after 60s"}
		for _, out := range []outcome{{}, {away: true}, {reached: true}, {reached: true, away: true}} {
			want := !out.reached && (tc.ours == own || tc.ours == place && !out.away)
			if text, unsent := task.judge(out, tc.err, tc.late); text != tc.want || unsent != want {
				t.Errorf("%v, %+v: %q, unsent %v, want %q, %v", tc.err, out, text, unsent, tc.want, want)
			}
		}
	}
}
