package httpuser

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// TestLocation: a redirect is followed to the address that the server wrote.
func TestLocation(t *testing.T) {
	var location string
	host, lines := requestLines(t, func(line string) string {
		if strings.HasPrefix(line, "GET /from/here?q") {
			return "HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n"
		}
		return emptyOK
	})
	for _, tc := range []struct{ location, want string }{
		{"/a%2Fb", "/a%2Fb"},
		{"/a%2Fb\"c", "/a%2Fb%22c"},
		{"/100%", "/100%25"},
		{"/%zz?50%", "/%25zz?50%25"},
		{"/a?b c", "/a?b%20c"},
		{"/ü?ü", "/%C3%BC?%C3%BC"},
		{"/a?", "/a?"},
		{"//" + strings.TrimPrefix(host, "http://") + "/x", "/x"},
		{host, "/"},
		{host + "?x=1", "/?x=1"},
		{host + "//a/b", "//a/b"},
		{"HTTP" + strings.TrimPrefix(host, "http") + "/up#frag", "/up"},
		{"there?x", "/from/there?x"},
		{"./there", "/from/there"},
		{"../%2e%2e/x", "/%2e%2e/x"},
		{"../../../x/..", "/"},
		{"/a/./b/../c//d/.", "/a/c//d/"},
		{"?other", "/from/here?other"},
		{"a:b", ""},
		{"ftp://127.0.0.1/", ""},
		{"http:/x", ""},
		{"http://[::1/", ""},
		{"http:///x", ""},
	} {
		location = tc.location
		u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: "/from/here?q"}), host)
		u.Step(t.Context())
		<-lines
		if tc.want == "" {
			if s := rec.only(t); s.Failure != "redirect to an address that cannot be followed" {
				t.Errorf("%s: %q", tc.location, s.Failure)
			}
			continue
		}
		if s := rec.only(t); s.Failure != "" {
			t.Errorf("%s: %s", tc.location, s.Failure)
			continue
		}
		if diff := cmp.Diff("GET "+tc.want+" HTTP/1.1", <-lines); diff != "" {
			t.Errorf("%s: %s", tc.location, diff)
		}
	}
}

// TestRedirectedSuccess: where nobody has said which status is right, it is told that a success
// is another address's.
func TestRedirectedSuccess(t *testing.T) {
	var page int
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/there" {
			w.WriteHeader(page)
			return
		}
		http.Redirect(w, r, "/there?token=hush", http.StatusFound)
	})
	for _, tc := range []struct {
		path   string
		page   int
		expect v1alpha1.Statuses
		want   bool
	}{
		{"/here", 200, nil, true},
		{"/here", 200, v1alpha1.Statuses{200}, false},
		{"/here", 404, nil, false},
		{"/there", 200, nil, false},
	} {
		page = tc.page
		sf := swarmfile(v1alpha1.Request{Path: tc.path})
		sf.Spec.Users[0].Tasks[0].Expect.Status = tc.expect
		u, rec := newUser(t, sf, srv.URL)
		u.Step(t.Context())
		if s := rec.only(t); s.Redirected != tc.want {
			t.Errorf("%s, %d, expected %v: redirected %v", tc.path, tc.page, tc.expect, s.Redirected)
		}
		p, err := Compile(sf, Options{})
		if err != nil {
			t.Fatal(err)
		}
		tried, err := p.TryEach(t.Context(), srv.Client(), srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if tc.want {
			want = srv.URL + "/there"
		}
		if tried[0].Redirected != want {
			t.Errorf("%s, %d, expected %v: tried, and redirected to %q, want %q", tc.path, tc.page, tc.expect, tried[0].Redirected, want)
		}
	}
}

// TestRedirectHost: the name in the task's Host header means the target, which uses it in
// its answers; another name is another host, which gets no secrets.
func TestRedirectHost(t *testing.T) {
	type got struct{ Host, URI, Auth, Cookie, Type string }
	var requests []got
	var location string
	note := func(r *http.Request) {
		requests = append(requests, got{r.Host, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("Content-Type")})
	}
	var back string
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		note(r)
		if back != "" {
			w.Header().Set("Location", back)
			w.WriteHeader(http.StatusFound)
		}
	})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		note(r)
		if r.RequestURI == "/" {
			w.Header().Set("Set-Cookie", "jar=1; Domain=shop.example")
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		}
	})
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	at := func(uri string) got { return got{"shop.example", uri, "secret", "own=2; jar=1", ""} }
	away := got{Host: strings.TrimPrefix(other.URL, "http://"), URI: "/x"}
	home := got{Host: "shop.example", URI: "/y", Cookie: "jar=1"}
	for _, tc := range []struct {
		location, back string
		want           []got
	}{
		{"/x", "", []got{at("/x")}},
		{"http://shop.example/x", "", []got{at("/x")}},
		{"http://SHOP.example:80/x", "", []got{at("/x")}},
		{"//shop.example/x", "", []got{at("/x")}},
		{"http://shop.example" + port + "/x", "", []got{at("/x")}},
		{srv.URL + "/x", "", []got{at("/x")}},
		{other.URL + "/x", "", []got{away}},
		{other.URL + "/x", "http://shop.example/y", []got{away, home}},
	} {
		location, back, requests = tc.location, tc.back, nil
		u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: "/", Headers: map[string]string{
			"Host": "shop.example", "Authorization": "secret", "Cookie": "own=2", "Content-Type": "text/plain",
		}}), srv.URL)
		u.Step(t.Context())
		if s := rec.only(t); s.Failure != "" {
			t.Errorf("%s: %s", tc.location, s.Failure)
		}
		want := append([]got{{"shop.example", "/", "secret", "own=2", "text/plain"}}, tc.want...)
		if diff := cmp.Diff(want, requests); diff != "" {
			t.Errorf("%s: %s", tc.location, diff)
		}
	}
}
