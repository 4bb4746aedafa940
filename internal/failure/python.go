package failure

import (
	"strconv"
	"strings"
)

// Plain translates a failure text of Python Locust, which is the repr of an exception, into
// this package's words. A text that is not known stays as it is.
func Plain(text string) string {
	if words, ok := said(text); ok {
		return words
	}
	for _, known := range [...]struct{ sign, text string }{
		{"Connection refused", Refused},
		{"Connection reset by peer", Reset},
		{"RemoteDisconnected(", Closed},
		{"Name or service not known", noSuchHost},
		{"nodename nor servname provided", noSuchHost},
		{"No address associated with hostname", noSuchHost},
		{"gaierror(", unresolvable},
		{"NameResolutionError(", unresolvable},
		{"WRONG_VERSION_NUMBER", NotTLS}, // Python does not tell what came
		{"RECORD_LAYER_FAILURE", NotTLS},
	} {
		if strings.Contains(text, known.sign) {
			return known.text
		}
	}
	if code := statusOf(text); code != 0 {
		return Status(code)
	}
	if why, ok := tlsReason(text); ok {
		return TLS(why)
	}
	return text
}

// said is the text that a locustfile itself gave a failure: it is meant for people already,
// and may quote the target.
func said(text string) (string, bool) {
	arg, ok := strings.CutPrefix(text, "CatchResponseError(")
	arg, closed := strings.CutSuffix(arg, ")")
	if !ok || !closed {
		return "", false
	}
	if len(arg) > 1 && arg[0] == arg[len(arg)-1] && strings.ContainsRune(`'"`, rune(arg[0])) {
		arg = strings.NewReplacer(`\'`, `'`, `\"`, `"`, `\n`, " ", `\\`, `\`).Replace(arg[1 : len(arg)-1])
	}
	return arg, true
}

// statusOf is the status in the errors of requests, HTTPError('401 Client Error:
// Unauthorized for url: …'), and of FastHttpUser, LocustBadStatusCode(code=401).
func statusOf(text string) int {
	var digits string
	switch {
	case strings.HasPrefix(text, "HTTPError(") && strings.Contains(text, " Error: "):
		digits = strings.TrimLeft(strings.TrimPrefix(text, "HTTPError("), `'"`)
	case strings.HasPrefix(text, "LocustBadStatusCode("), strings.HasPrefix(text, "BadStatusCode("):
		_, digits, _ = strings.Cut(text, "code=")
	}
	code, err := strconv.Atoi(digits[:min(len(digits), 3)])
	if err != nil {
		return 0
	}
	return code
}

// tlsReason finds "certificate verify failed: self-signed certificate" between the code
// of OpenSSL and the line of its source.
func tlsReason(text string) (string, bool) {
	_, rest, ssl := strings.Cut(text, "[SSL")
	_, rest, code := strings.Cut(rest, "] ")
	why, _, line := strings.Cut(rest, " (_ssl.c:")
	return why, ssl && code && line
}
