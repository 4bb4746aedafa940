package failure_test

import (
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/failure"
)

// TestPlain: what Locust 2.46 and 2.47 wrote down in such trouble, with HttpUser and FastHttpUser.
func TestPlain(t *testing.T) {
	for _, tt := range []struct {
		text, want  string
		unreachable bool
	}{
		{`ConnectionRefusedError(111, 'Connection refused')`, "connection refused", true},
		{`ConnectionRefusedError(61, 'Connection refused')`, "connection refused", true},
		{`ConnectionError(MaxRetryError("HTTPConnectionPool(host='x', port=9): Max retries exceeded (Caused by NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))"))`, "connection refused", true},
		{`gaierror(-2, 'Name or service not known')`, "no such host", true},
		{`gaierror(8, 'nodename nor servname provided, or not known')`, "no such host", true},
		{`gaierror(-3, 'Temporary failure in name resolution')`, "host cannot be resolved", true},
		{`NameResolutionError("HTTPConnection(host='x', port=80): Failed to resolve 'x'")`, "host cannot be resolved", true},
		{`SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)')`, failure.NotTLS, true},
		{`SSLError(SSLError(1, '[SSL: RECORD_LAYER_FAILURE] record layer failure (_ssl.c:1032)'))`, failure.NotTLS, true},
		{`SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)'))`, "TLS: certificate verify failed: self-signed certificate", true},
		{`ConnectionResetError(104, 'Connection reset by peer')`, "connection reset", false},
		{`RemoteDisconnected('Remote end closed connection without response')`, "connection closed without a response", false},
		{`HTTPError('404 Client Error: File not found for url: /nope?b=2')`, "404 Not Found", false},
		{`HTTPError("503 Server Error: it's busy for url: /")`, "503 Service Unavailable", false},
		{`HTTPError('599 Server Error: Odd for url: /')`, "status 599", false},
		{`LocustBadStatusCode(code=401)`, "401 Unauthorized", false},
		{`BadStatusCode('http://x/y', code=401)`, "401 Unauthorized", false},
		{`CatchResponseError('it\'s "bad": want 201')`, `it's "bad": want 201`, false},
		{`CatchResponseError('connection refused')`, "connection refused", false},
		{`CatchResponseError(None)`, "None", false},

		// What is not known, and our own words, stay.
		{`HTTPError('no status')`, `HTTPError('no status')`, false},
		{`HTTPError("503, \"busy\"")`, `HTTPError("503, \"busy\"")`, false},
		{`BadStatusCode('http://x/y')`, `BadStatusCode('http://x/y')`, false},
		{`ReadTimeout(3)`, `ReadTimeout(3)`, false},
		{``, ``, false},
		{failure.Refused, failure.Refused, true},
		{failure.NoSuchHost("shop.example"), "no such host: shop.example", true},
		{failure.Unresolvable("shop.example"), "host cannot be resolved: shop.example", true},
		{failure.PlainHTTP, failure.PlainHTTP, true},
		{failure.NotTLS, failure.NotTLS, true},
		{failure.TLS("certificate has expired"), "TLS: certificate has expired", true},
		{failure.Reset, failure.Reset, false},
		{failure.Closed, failure.Closed, false},
		{failure.Status(401) + ", want 201", "401 Unauthorized, want 201", false},
		{failure.Status(599), "status 599", false},
	} {
		if got := failure.Plain(tt.text); got != tt.want {
			t.Errorf("%s is told as %q, want %q", tt.text, got, tt.want)
		}
		if got := failure.Unreachable(tt.text); got != tt.unreachable {
			t.Errorf("%s: unreachable %t, want %t", tt.text, got, tt.unreachable)
		}
	}
}

// FuzzPlain: any text may come, and a translated one stays as it is.
func FuzzPlain(f *testing.F) {
	for _, text := range []string{`CatchResponseError('`, `HTTPError('40`, `BadStatusCode(code=`, `[SSL] (_ssl.c:`, `CatchResponseError('\\')`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain := failure.Plain(text)
		if text != "" && plain == "" && len(text) > len(`CatchResponseError("")`) {
			t.Errorf("%q is told as nothing", text)
		}
	})
}
