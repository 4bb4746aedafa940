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
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/swarmgrid/swarmgrid/internal/failure"
)

// judge says why a request failed, in the same words for the same reason, or returns the
// empty string. unsent says that the generator could not send it.
func (t *task) judge(out outcome, err error, late bool) (text string, unsent bool) {
	if err != nil {
		text, whose := t.transportFailure(err, late)
		// What may have been written may have been seen, whatever failed afterwards. And an
		// address that came from a redirect is not our fault.
		return text, !out.reached && (whose == blameUs || whose == blameAddress && !out.away)
	}
	switch {
	case len(t.expect) > 0 && !slices.Contains(t.expect, out.status):
		return fmt.Sprintf("%s, want %s", failure.Status(out.status), t.wanted), false
	case len(t.expect) == 0 && out.status >= 400:
		return failure.Status(out.status), false
	}
	return "", false
}

// unsure tells whether nobody has said that what a redirect led to is right.
func (t *task) unsure(out outcome) bool { return out.last != nil && len(t.expect) == 0 }

func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// blame says whose fault a failed request is.
type blame int

const (
	// blameTarget is for the target and the network on the way to it.
	blameTarget blame = iota
	// blameAddress is for whoever gave the address: the user, or a redirect.
	blameAddress
	// blameUs is for the load generator.
	blameUs
)

// transportFailure names an error without the addresses, ports and counters that Go puts in,
// and says whose fault it is.
func (t *task) transportFailure(err error, late bool) (string, blame) {
	var dns *net.DNSError
	var address *net.AddrError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return failure.NoSuchHost(dns.Name), blameAddress
	case errors.As(err, &dns):
		return failure.Unresolvable(dns.Name), blameAddress
	case late || isTimeout(err):
		return t.late, blameTarget
	case errors.As(err, &address):
		return "no address to connect to: " + address.Err, blameAddress
	case strings.HasPrefix(err.Error(), "net/http: invalid "): // of a header, a method
		return plainText(err), blameUs
	}
	if known, ok := knownError(err); ok {
		return known.text, known.whose
	}
	return otherFailure(err), blameTarget
}

type reason struct {
	err   error
	text  string
	whose blame
}

func knownError(err error) (reason, bool) {
	for _, known := range [...]reason{
		{syscall.ECONNREFUSED, failure.Refused, blameTarget},
		{syscall.ECONNRESET, failure.Reset, blameTarget},
		{syscall.EPIPE, failure.Reset, blameTarget},
		{syscall.ETIMEDOUT, "connection timed out", blameTarget},
		{syscall.EHOSTUNREACH, "no route to host", blameTarget},
		{io.ErrUnexpectedEOF, "response cut off", blameTarget},
		{io.EOF, failure.Closed, blameTarget},
		{net.ErrClosed, failure.Closed, blameTarget}, // by the Transport, for what the target did
		{syscall.ENETUNREACH, "network unreachable", blameAddress},
		{syscall.ENETDOWN, "network down", blameAddress},
		{syscall.EACCES, "connecting is not permitted on the load generator", blameAddress},
		{syscall.EPERM, "connecting is not permitted on the load generator", blameAddress},
		{syscall.EAFNOSUPPORT, "address of a kind that the load generator lacks", blameAddress},
		{syscall.EMFILE, "too many open files on the load generator", blameUs},
		{syscall.ENFILE, "too many open files on the load generator", blameUs},
		{syscall.EADDRNOTAVAIL, "no free local port on the load generator", blameUs},
		{syscall.ENOBUFS, "no memory for connections on the load generator", blameUs},
		{syscall.ENOMEM, "no memory for connections on the load generator", blameUs},
	} {
		if errors.Is(err, known.err) {
			return known, true
		}
	}
	return reason{}, false
}

func otherFailure(err error) string {
	text := plainText(innermost(err))
	var header tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return failure.TLS("certificate signed by an unknown authority")
	case errors.As(err, &certificate):
		return failure.TLS(strings.TrimPrefix(plainText(certificate.Err), "x509: "))
	case errors.As(err, &header) && speaksHTTP(header.RecordHeader), errors.Is(err, http.ErrSchemeMismatch):
		return failure.PlainHTTP
	case errors.As(err, &header):
		return failure.NotTLS
	case strings.HasPrefix(text, "tls: "):
		return failure.TLS(strings.TrimPrefix(text, "tls: "))
	case strings.HasPrefix(text, "malformed HTTP "):
		what, _, _ := strings.Cut(text, ` "`) // what was sent instead differs each time
		return what
	}
	return text
}

// speaksHTTP tells by the first bytes of an answer whether it is HTTP: a status line, or the
// bare page of a server that took what it did not understand for HTTP/0.9.
func speaksHTTP(first [5]byte) bool {
	return string(first[:]) == "HTTP/" || string(first[:2]) == "<!" || strings.EqualFold(string(first[:]), "<html")
}

func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// plainText is an error's text without addresses, cut to a reasonable length.
func plainText(err error) string {
	const most = 200
	words := strings.Fields(err.Error())
	for i, w := range words {
		if _, addrErr := netip.ParseAddrPort(strings.Trim(w, ":,;()[]")); addrErr == nil {
			words[i] = "ADDRESS"
		}
	}
	text := strings.ToValidUTF8(strings.Join(words, " "), "?")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
