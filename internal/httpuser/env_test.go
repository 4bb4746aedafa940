package httpuser

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// TestVariablesAreChecked: what env puts in later passes the checks that literals
// get, and no message shows a value, which may be a secret.
func TestVariablesAreChecked(t *testing.T) {
	const secret = "hunter2"
	env := map[string]string{
		"PLAIN": secret, "EMPTY": "", "LINE": secret + "\n", "RETURN": "\r" + secret, "NUL": secret + "\x00", "BELL": "\x07" + secret, "DEL": secret + "\x7f",
		"TAB": "a\tb", "UTF8": "ü", "BYTES": secret + "\xff", "SPACE": secret + " x", "SLASH": secret + "/x",
		"LONG": strings.Repeat(secret, 1<<10), "HASH": "a#b", "PORT": "shop.example:8080",
	}
	header := func(name, value string) v1alpha1.Request {
		return v1alpha1.Request{Path: "/", Headers: map[string]string{name: value}}
	}
	json := func(s string) v1alpha1.Request {
		return v1alpha1.Request{Path: "/", Method: "POST", JSON: &runtime.RawExtension{Raw: []byte(s)}}
	}
	for _, tc := range []struct {
		request v1alpha1.Request
		want    string
	}{
		{header("X", `{{env "PLAIN"}}{{env "EMPTY"}}{{env "TAB"}}{{env "UTF8"}}{{env "BYTES"}}`), ""},
		{header("X", `Bearer {{env "LINE"}}`), "headers.X: environment variable LINE holds a line break, which no header can carry; take it out"},
		{header("X", `{{env "PLAIN"}}{{env "RETURN"}}`), "headers.X: environment variable RETURN holds a line break"},
		{header("X", `{{env "NUL"}}`), "headers.X: environment variable NUL holds the control character 0x00, which no header can carry"},
		{header("X", `{{env "BELL"}}`), "headers.X: environment variable BELL holds the control character 0x07"},
		{header("X", `{{env "DEL"}}`), "headers.X: environment variable DEL holds the control character 0x7f"},
		{header("X", `{{seq}} {{env "LINE"}}`), "headers.X: environment variable LINE holds"},
		{header("X", "{{repeat 2 \"{{env `LINE`}}\"}}"), "headers.X: environment variable LINE holds"},
		{header("x-y", `{{env "NOPE"}}`), "headers.x-y: environment variable NOPE is not set"},
		{header("host", `{{env "PORT"}}`), ""},
		{header("host", `{{env "EMPTY"}}`), ""},
		{header("host", `{{env "SPACE"}}`), "headers.host: environment variable SPACE holds a character that no host name has"},
		{header("Host", `x.{{env "SLASH"}}`), "headers.Host: environment variable SLASH holds a character that no host name has"},
		{header("Host", `{{env "UTF8"}}`), "headers.Host: environment variable UTF8 holds bytes outside ASCII; write an international name as xn--…"},
		{header("Host", `{{env "LINE"}}`), "headers.Host: environment variable LINE holds a line break"},
		{v1alpha1.Request{Path: `/{{env "LINE"}}{{env "HASH"}}{{env "BYTES"}}{{env "NUL"}}`}, ""},
		{v1alpha1.Request{Path: `{{env "SLASH"}}`}, `request.path: "{{env \"SLASH\"}}" does not begin with /`},
		{v1alpha1.Request{Path: `/`, Body: `{{env "LINE"}}{{env "BYTES"}}{{env "NUL"}}`}, ""},
		{json(`{"a": "{{env \"LINE\"}}{{env \"NUL\"}}"}`), ""},
		{json(`{"a": "{{env \"BYTES\"}}"}`), "request.json: environment variable BYTES is not UTF-8, which JSON must be"},
		{json(`{"{{env \"BYTES\"}}": 1}`), "request.json: environment variable BYTES is not UTF-8"},
		{v1alpha1.Request{Path: "/", Body: "{{repeat 10000 \"{{env `LONG`}}\"}}"}, "request.body: with the values of LONG, template may write 71690002 bytes"},
		{v1alpha1.Request{Path: "/{{repeat 10 \"{{repeat 1000 `{{env \\\"LONG\\\"}}`}}\"}}"}, "request.path: with the values of LONG, template may write"},
		{json(`["{{repeat 10000 \"{{env ` + "`LONG`" + `}}\"}}"]`), "request.json: with the values of LONG, template may write"},
	} {
		_, err := Compile(swarmfile(tc.request), Options{LookupEnv: func(name string) (string, bool) {
			value, ok := env[name]
			return value, ok
		}})
		switch {
		case err == nil && tc.want == "":
		case err == nil || tc.want == "" || !strings.Contains(err.Error(), "spec.users[0].tasks[0].request") || !strings.Contains(err.Error(), tc.want):
			t.Errorf("%+v: error %v, want %q", tc.request, err, tc.want)
		case strings.Contains(err.Error(), secret):
			t.Errorf("%+v: the value is in the message: %v", tc.request, err)
		}
	}
}
