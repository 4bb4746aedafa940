// Package failure has the words in which failed requests are told: equal for equal
// reasons, whichever load generator met them, so that they can be counted together.
// Whoever sends requests words its failures by it; whoever reads those of Python Locust
// has them put into the same words by Plain.
package failure

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The reasons that two load generators meet.
const (
	Refused = "connection refused"
	Reset   = "connection reset"
	Closed  = "connection closed without a response"
	// PlainHTTP is what an https URL of a server without TLS meets.
	PlainHTTP = "TLS on a plain port: server gave an HTTP answer to an HTTPS client"
	// NotTLS is the same with a server of another protocol.
	NotTLS = "TLS on a plain port: server's answer is not TLS"

	tls          = "TLS"
	noSuchHost   = "no such host"
	unresolvable = "host cannot be resolved"
)

// TLS is any other trouble in making a connection secure.
func TLS(why string) string { return tls + ": " + why }

// NoSuchHost is for a name that does not exist.
func NoSuchHost(name string) string { return named(noSuchHost, name) }

// Unresolvable is for a name that no server tells the address of.
func Unresolvable(name string) string { return named(unresolvable, name) }

func named(what, name string) string {
	if name == "" {
		return what
	}
	return what + ": " + name
}

// Status is an answer's status as people say it: "401 Unauthorized".
func Status(code int) string {
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("%d %s", code, text)
	}
	return fmt.Sprintf("status %d", code)
}

// Unreachable tells of a failure, in our words or Python's, that says that nobody speaks
// the load's protocol at the target's address: refused, unresolvable, or without a secure
// connection. More load cannot be the reason, and less of it would not help.
func Unreachable(text string) bool {
	if _, quotes := said(text); quotes {
		return false
	}
	plain := Plain(text)
	return slices.ContainsFunc([]string{Refused, noSuchHost, unresolvable, tls + ":", tls + " "}, func(prefix string) bool {
		return strings.HasPrefix(plain, prefix)
	})
}

// BadCertificate tells of a failure that the server's certificate is not accepted, or
// something else of TLS that it speaks.
func BadCertificate(text string) bool { return strings.HasPrefix(Plain(text), tls+": ") }

// PlainPort tells of a failure that https was spoken to a port without it.
func PlainPort(text string) bool { return strings.HasPrefix(Plain(text), tls+" on a plain port") }
