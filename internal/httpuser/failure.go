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
	"strings"
	"syscall"
)

// judge says why a request failed, in words that are equal for equal reasons, or
// returns the empty string.
func (t *task) judge(status int, err error, late bool) string {
	switch {
	case err != nil && (late || isTimeout(err)):
		return t.late
	case err != nil:
		return transportFailure(err)
	case t.expect != 0 && status != t.expect:
		return fmt.Sprintf("%s, want %d", statusText(status), t.expect)
	case t.expect == 0 && status >= 400:
		return statusText(status)
	}
	return ""
}

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s", status, http.StatusText(status)))
}

func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// transportFailure names an error without the addresses, ports and counters that Go puts in.
func transportFailure(err error) string {
	for _, known := range []struct {
		err  error
		text string
	}{
		{syscall.ECONNREFUSED, "connection refused"},
		{syscall.ECONNRESET, "connection reset"},
		{syscall.EPIPE, "connection reset"},
		{syscall.ETIMEDOUT, "connection timed out"},
		{syscall.EMFILE, "too many open files on the load generator"},
		{syscall.ENFILE, "too many open files on the load generator"},
		{syscall.EADDRNOTAVAIL, "no free local port on the load generator"},
		{syscall.EHOSTUNREACH, "no route to host"},
		{syscall.ENETUNREACH, "network unreachable"},
		{io.ErrUnexpectedEOF, "response cut off"},
		{io.EOF, "connection closed without a response"},
	} {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	return otherFailure(err)
}

func otherFailure(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "host not found: " + dns.Name
	case errors.As(err, &dns):
		return "host cannot be resolved: " + dns.Name
	case errors.As(err, &authority):
		return "certificate signed by an unknown authority"
	case errors.As(err, &certificate):
		return plainText(certificate.Err)
	}
	return plainText(innermost(err))
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

// plainText is an error's text without addresses, and not endless.
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
