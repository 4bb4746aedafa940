// Package failure has the words for failed requests: one text for one reason, whichever load
// generator met it, so that failures can be counted together. Our own requests take their
// texts from here; those of Python Locust are translated by Plain.
package failure

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The reasons that both load generators know.
const (
	Refused = "connection refused"
	Reset   = "connection reset"
	Closed  = "connection closed without a response"
	// PlainHTTP is for an https URL of a server that speaks plain HTTP.
	PlainHTTP = "TLS on a plain port: server gave an HTTP answer to an HTTPS client"
	// NotTLS is for an https URL of a server that speaks something else.
	NotTLS = "TLS on a plain port: server's answer is not TLS"

	tls          = "TLS"
	noSuchHost   = "no such host"
	unresolvable = "host cannot be resolved"
)

// TLS is for any other trouble in setting up TLS.
func TLS(why string) string { return tls + ": " + why }

// NoSuchHost is for a name that does not exist.
func NoSuchHost(name string) string { return named(noSuchHost, name) }

// Unresolvable is for a name whose address could not be looked up.
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

// Unreachable tells whether a failure, in our words or Python's, means that nobody speaks
// the load's protocol at the target's address: refused, unresolvable, or no TLS. More load
// cannot be the reason, and less of it would not help.
func Unreachable(text string) bool {
	if _, quotes := said(text); quotes {
		return false
	}
	plain := Plain(text)
	return slices.ContainsFunc([]string{Refused, noSuchHost, unresolvable, tls + ":", tls + " "}, func(prefix string) bool {
		return strings.HasPrefix(plain, prefix)
	})
}

// BadCertificate tells whether a failure is about the server's certificate, or about
// something else in the TLS that it does speak.
func BadCertificate(text string) bool { return strings.HasPrefix(Plain(text), tls+": ") }

// PlainPort tells whether a failure means that https was spoken to a port without TLS.
func PlainPort(text string) bool { return strings.HasPrefix(Plain(text), tls+" on a plain port") }
