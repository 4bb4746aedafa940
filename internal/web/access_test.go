package web_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/web"
)

const address = "127.0.0.1:8000"

func loopback() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000} }

func handler(t *testing.T, opts web.Options) http.Handler {
	t.Helper()
	if opts.Address == nil {
		opts.Address = loopback()
	}
	h, err := web.Handler(opts)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends one request; a header Host is the request's.
func ask(t *testing.T, h http.Handler, method, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Host = address
	for name, values := range header {
		r.Header[name] = values
	}
	if host := header.Get("Host"); host != "" {
		r.Host = host
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhoMayAsk(t *testing.T) {
	const api = "/api/runs"
	h := handler(t, web.Options{Roots: []string{t.TempDir()}})
	for name, c := range map[string]struct {
		method, path string
		header       http.Header
		code         int
	}{
		"a person":                  {"GET", "/", nil, 200},
		"only the headers":          {"HEAD", "/", nil, 200},
		"the page":                  {"GET", api, http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://" + address}}, 200},
		"a bookmark":                {"GET", "/", http.Header{"Sec-Fetch-Site": {"none"}, "Sec-Fetch-Mode": {"navigate"}}, 200},
		"a link elsewhere":          {"GET", "/", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}}, 200},
		"by localhost":              {"GET", api, http.Header{"Host": {"localhost:8000"}}, 200},
		"nothing there":             {"GET", "/etc/passwd", nil, 404},
		"a name that was rebound":   {"GET", api, http.Header{"Host": {"evil.example"}}, 403},
		"and its page":              {"GET", "/", http.Header{"Host": {"evil.example:8000"}, "Origin": {"http://evil.example:8000"}}, 403},
		"an address of others":      {"GET", api, http.Header{"Host": {"192.0.2.1:8000"}}, 403},
		"another origin":            {"GET", api, http.Header{"Origin": {"https://evil.example"}}, 403},
		"another port":              {"GET", api, http.Header{"Origin": {"http://127.0.0.1:9"}}, 403},
		"a page without an origin":  {"GET", api, http.Header{"Origin": {"null"}}, 403},
		"a page's script or image":  {"GET", api, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"no-cors"}}, 403},
		"a neighbour's page":        {"GET", "/", http.Header{"Sec-Fetch-Site": {"same-site"}, "Sec-Fetch-Mode": {"no-cors"}}, 403},
		"a frame":                   {"GET", "/", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"iframe"}}, 403},
		"a link to what is secret":  {"GET", api, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}}, 403},
		"who wants to change":       {"POST", api, nil, 405},
		"who wants to delete":       {"DELETE", api + "/demo", nil, 405},
		"who wants to know a verb":  {"OPTIONS", api, nil, 405},
		"who needs no token anyway": {"GET", "/?token=x", nil, 200},
	} {
		w := ask(t, h, c.method, c.path, c.header)
		if w.Code != c.code {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, c.code)
		}
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
			"Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "",
		} {
			if got := w.Header().Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		if allow := w.Header().Get("Allow"); c.code == 405 && allow != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", name, allow)
		}
	}
}

// TestPolicy: the page may ask its own server, and nobody else, and runs nothing but its own
// script.
func TestPolicy(t *testing.T) {
	w := ask(t, handler(t, web.Options{}), "GET", "/", nil)
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "connect-src 'self'", "script-src 'sha256-", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || !strings.Contains(w.Body.String(), `id="document">null</script>`) {
		t.Errorf("policy %s; page %.300s", policy, w.Body)
	}
}

func TestToken(t *testing.T) {
	h := handler(t, web.Options{Roots: []string{t.TempDir()}, Address: &net.TCPAddr{IP: net.IPv4zero}, Token: "right", AllowedHosts: []string{"load.example"}})
	opened := ask(t, h, "GET", "/?token=right", http.Header{"Host": {"192.0.2.1:8000"}})
	cookie := opened.Header().Get("Set-Cookie")
	if opened.Code != http.StatusSeeOther || opened.Header().Get("Location") != "/" || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Fatalf("opened: %d %v", opened.Code, opened.Header())
	}
	cookie, _, _ = strings.Cut(cookie, ";")
	for name, c := range map[string]struct {
		path   string
		header http.Header
		code   int
	}{
		"nothing":                 {"/", nil, 401},
		"nothing, for the runs":   {"/api/runs", nil, 401},
		"a wrong one":             {"/?token=wrong", nil, 401},
		"the beginning of it":     {"/?token=righ", nil, 401},
		"an empty one":            {"/?token=", nil, 401},
		"in the wrong place":      {"/api/runs?token=right", nil, 401},
		"a wrong cookie":          {"/api/runs", http.Header{"Cookie": {"swarmgrid-view-0=wrong"}}, 401},
		"the cookie":              {"/api/runs", http.Header{"Cookie": {cookie}}, 200},
		"that of another port":    {"/api/runs", http.Header{"Cookie": {"swarmgrid-view-1=right"}}, 401},
		"for a program":           {"/api/runs", http.Header{"Authorization": {"Bearer right"}}, 200},
		"in small letters":        {"/api/runs", http.Header{"Authorization": {"bearer  right"}}, 200},
		"in another scheme":       {"/api/runs", http.Header{"Authorization": {"Basic right"}}, 401},
		"a scheme and no token":   {"/api/runs", http.Header{"Authorization": {"Bearer"}}, 401},
		"a cookie beside another": {"/api/runs", http.Header{"Authorization": {"Bearer wrong"}, "Cookie": {cookie}}, 200},
		"a wrong program":         {"/api/runs", http.Header{"Authorization": {"Bearer wrong"}}, 401},
		"by a name that is ours":  {"/api/runs", http.Header{"Host": {"load.example"}, "Cookie": {cookie}}, 200},
		"by one that is not":      {"/api/runs", http.Header{"Host": {"evil.example"}, "Cookie": {cookie}}, 403},
		"for a page of others":    {"/api/runs", http.Header{"Origin": {"http://evil.example"}, "Cookie": {cookie}}, 403},
		"for a page, as a script": {"/api/runs", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Cookie": {cookie}}, 403},
	} {
		if w := ask(t, h, "GET", c.path, c.header); w.Code != c.code {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, c.code)
		}
	}
}
