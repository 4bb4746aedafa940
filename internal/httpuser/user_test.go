package httpuser

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

// samples is a Recorder that keeps everything.
type samples struct {
	mu  sync.Mutex
	all []Sample
}

func (r *samples) Begin(int, int, time.Time) {}

func (r *samples) Abandon(int) {}

func (r *samples) Record(_ int, s Sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, s)
}

func (r *samples) only(t *testing.T) Sample {
	t.Helper()
	if len(r.all) != 1 {
		t.Fatalf("%d samples, want 1: %v", len(r.all), r.all)
	}
	return r.all[0]
}

func swarmfile(requests ...v1alpha1.Request) *v1alpha1.Swarmfile {
	sf := &v1alpha1.Swarmfile{}
	u := v1alpha1.UserClass{Name: "Client"}
	for i, r := range requests {
		u.Tasks = append(u.Tasks, v1alpha1.Task{Name: fmt.Sprintf("task%d", i), Request: r})
	}
	sf.Spec.Users = []v1alpha1.UserClass{u}
	return sf
}

func newUser(t *testing.T, sf *v1alpha1.Swarmfile, host string) (*User, *samples) {
	t.Helper()
	p, err := Compile(sf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	rec := &samples{}
	test, err := p.Bind(host, rec, new(template.Sequence), 1)
	if err != nil {
		t.Fatal(err)
	}
	u, err := test.NewUser("Client", 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(u.sender.close)
	return u, rec
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

func TestJudgement(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "12345")
	})
	for _, tc := range []struct {
		path   string
		expect v1alpha1.Statuses
		want   string
	}{
		{"/200", nil, ""},
		{"/399", nil, ""},
		{"/404", nil, "404 Not Found"},
		{"/503", nil, "503 Service Unavailable"},
		{"/599", nil, "status 599"},
		{"/201", v1alpha1.Statuses{201}, ""},
		{"/404", v1alpha1.Statuses{404}, ""},
		{"/201", v1alpha1.Statuses{200, 201}, ""},
		{"/200", v1alpha1.Statuses{201}, "200 OK, want 201"},
		{"/202", v1alpha1.Statuses{200, 201}, "202 Accepted, want 200 or 201"},
	} {
		sf := swarmfile(v1alpha1.Request{Path: tc.path})
		sf.Spec.Users[0].Tasks[0].Expect.Status = tc.expect
		u, rec := newUser(t, sf, srv.URL)
		u.Step(t.Context())
		got := rec.only(t)
		if got.Failure != tc.want || got.Bytes != 5 || got.Duration <= 0 {
			t.Errorf("%s, expect %d: %+v, want %q", tc.path, tc.expect, got, tc.want)
		}
	}
}

// seen is what a server got of one request.
type seen struct {
	Method, URI, Host, Type, Agent, Auth, Body string
}

func TestRequest(t *testing.T) {
	got := make(chan seen, 1)
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- seen{r.Method, r.RequestURI, r.Host, r.Header.Get("Content-Type"), r.Header.Get("User-Agent"), r.Header.Get("Authorization"), string(b)}
	})
	addr := strings.TrimPrefix(srv.URL, "http://")
	raw := func(s string) *runtime.RawExtension { return &runtime.RawExtension{Raw: []byte(s)} }
	for _, tc := range []struct {
		name, host string
		in         v1alpha1.Request
		want       seen
	}{
		{"defaults", srv.URL, v1alpha1.Request{Path: "/a?b=c%20d"}, seen{Method: "GET", URI: "/a?b=c%20d", Host: addr, Agent: "swarmgrid"}},
		{"prefix", srv.URL + "/api/", v1alpha1.Request{Path: "/a", Method: "delete"}, seen{Method: "DELETE", URI: "/api/a", Host: addr, Agent: "swarmgrid"}},
		{"escaping", srv.URL, v1alpha1.Request{Path: "/a b/ü?x=\"1 2\"#frag"}, seen{Method: "GET", URI: "/a%20b/%C3%BC?x=%221%202%22", Host: addr, Agent: "swarmgrid"}},
		{"two slashes", srv.URL, v1alpha1.Request{Path: "//a/b?c"}, seen{Method: "GET", URI: "//a/b?c", Host: addr, Agent: "swarmgrid"}},
		{
			"json", srv.URL,
			v1alpha1.Request{Path: "/{{seq}}", Method: "POST", JSON: raw(`{"b": "{{int 3 3}}", "a": "x"}`)},
			seen{Method: "POST", URI: "/1", Host: addr, Type: "application/json", Agent: "swarmgrid", Body: `{"b":3,"a":"x"}`},
		},
		{"body", srv.URL, v1alpha1.Request{Path: "/", Method: "PUT", Body: "n={{seq}}"}, seen{Method: "PUT", URI: "/", Host: addr, Agent: "swarmgrid", Body: "n=1"}},
		{
			"headers", srv.URL,
			v1alpha1.Request{Path: "/", Headers: map[string]string{"host": "h", "user-agent": "me {{seq}}", "Content-Type": "x"}},
			seen{Method: "GET", URI: "/", Host: "h", Type: "x", Agent: "me 1"},
		},
		{"credentials", strings.Replace(srv.URL, "//", "//u:p@", 1), v1alpha1.Request{Path: "/"}, seen{Method: "GET", URI: "/", Host: addr, Agent: "swarmgrid", Auth: "Basic dTpw"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			u, rec := newUser(t, swarmfile(tc.in), tc.host)
			u.Step(t.Context())
			if s := rec.only(t); s.Failure != "" {
				t.Fatal(s.Failure)
			}
			if diff := cmp.Diff(tc.want, <-got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOneConnection: a user keeps one connection over successes, failures,
// posts and redirects.
func TestOneConnection(t *testing.T) {
	var connections atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/ok", http.StatusFound)
		case "/bad":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			_, _ = io.Copy(w, r.Body)
		}
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	u, rec := newUser(t, swarmfile(
		v1alpha1.Request{Path: "/ok"}, v1alpha1.Request{Path: "/moved"}, v1alpha1.Request{Path: "/bad"},
		v1alpha1.Request{Path: "/echo", Method: "POST", Body: strings.Repeat("x", 10_000) + "{{seq}}"},
	), srv.URL)
	for range 100 {
		u.Step(t.Context())
	}
	if n := connections.Load(); n != 1 || len(rec.all) != 100 {
		t.Errorf("%d connections, %d samples", n, len(rec.all))
	}
}

func TestRedirects(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/see":
			http.Redirect(w, r, "dir/end?x=1", http.StatusSeeOther)
		case "/again":
			http.Redirect(w, r, "/dir/end", http.StatusTemporaryRedirect)
		default:
			b, _ := io.ReadAll(r.Body)
			_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, b)
		}
	})
	for _, tc := range []struct{ path, failure, body string }{
		{"/see", "", "GET /dir/end?x=1 "},
		{"/again", "", "POST /dir/end payload1"},
		{"/loop", "too many redirects", ""},
	} {
		u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: tc.path, Method: "POST", Body: "payload{{seq}}"}), srv.URL)
		u.Step(t.Context())
		if s := rec.only(t); s.Failure != tc.failure || s.Bytes != int64(len(tc.body)) {
			t.Errorf("%s: %+v, want %q and %d bytes", tc.path, s, tc.failure, len(tc.body))
		}
	}
}

func TestTransportFailures(t *testing.T) {
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = refused.Close()
	release := make(chan struct{})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			select {
			case <-release:
			case <-r.Context().Done():
			}
		case "/drip":
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "12345")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-release:
			case <-r.Context().Done():
			}
		case "/cut":
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "12345")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case "/drop":
			panic(http.ErrAbortHandler)
		case "/away":
			http.Redirect(w, r, "ftp://127.0.0.1/", http.StatusFound)
		}
	})
	defer close(release)
	for _, tc := range []struct{ host, path, want string }{
		{"http://" + refused.Addr().String(), "/", "connection refused"},
		{srv.URL, "/hang", "timeout after 50ms"},
		{srv.URL, "/drip", "timeout after 50ms"},
		{srv.URL, "/cut", "response cut off"},
		{srv.URL, "/drop", "connection closed without a response"},
		{srv.URL, "/away", "redirect to an address that cannot be followed"},
		{strings.Replace(srv.URL, "http", "https", 1), "/", "TLS on a plain port: server gave an HTTP answer to an HTTPS client"},
	} {
		r := v1alpha1.Request{Path: tc.path}
		if strings.Contains(tc.want, "50ms") {
			r.Timeout = &metav1.Duration{Duration: 50 * time.Millisecond}
		}
		u, rec := newUser(t, swarmfile(r), tc.host)
		u.Step(t.Context())
		if s := rec.only(t); s.Failure != tc.want {
			t.Errorf("%s%s: %q, want %q", tc.host, tc.path, s.Failure, tc.want)
		}
	}
}

func TestCutOffIsNotRecorded(t *testing.T) {
	started := make(chan struct{})
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
	})
	u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: "/"}), srv.URL)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); u.Run(ctx, nil) }()
	<-started
	cancel()
	<-done
	if len(rec.all) != 0 {
		t.Errorf("recorded %v", rec.all)
	}
}

func TestSilenced(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	srv := serve(t, func(http.ResponseWriter, *http.Request) {
		close(started)
		<-release
	})
	u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: "/"}), srv.URL)
	done := make(chan struct{})
	go func() { defer close(done); u.Step(t.Context()) }()
	<-started
	u.Silence()
	close(release)
	<-done
	if len(rec.all) != 0 {
		t.Errorf("recorded %v", rec.all)
	}
}

func TestFinishLetsTheRequestEnd(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	srv := serve(t, func(http.ResponseWriter, *http.Request) {
		close(started)
		<-release
	})
	sf := swarmfile(v1alpha1.Request{Path: "/"})
	sf.Spec.Users[0].Wait.Constant = &metav1.Duration{Duration: time.Hour}
	u, rec := newUser(t, sf, srv.URL)
	finish, done := make(chan struct{}), make(chan struct{})
	go func() { defer close(done); u.Run(t.Context(), finish) }()
	<-started
	close(finish)
	close(release)
	<-done
	if s := rec.only(t); s.Failure != "" {
		t.Errorf("recorded %+v", s)
	}
}

func TestDecodedLengthCounts(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, strings.Repeat("a", 5000))
		_ = z.Close()
	})
	u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: "/"}), srv.URL)
	u.Step(t.Context())
	if s := rec.only(t); s.Bytes != 5000 {
		t.Errorf("%d bytes", s.Bytes)
	}
}

// TestEarlyAnswer: a server that answers without reading the body must not make
// the user reuse a buffer that is still being sent (run with -race).
func TestEarlyAnswer(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: "/", Method: "POST", Body: strings.Repeat("x", 1<<20) + "{{seq}}"}), srv.URL)
	for range 10 {
		u.Step(t.Context())
	}
	if len(rec.all) != 10 {
		t.Errorf("%d samples", len(rec.all))
	}
}

func TestBodiesDiffer(t *testing.T) {
	var mu sync.Mutex
	ids := map[float64]int{}
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		var doc struct{ ID float64 }
		if err := json.NewDecoder(r.Body).Decode(&doc); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		ids[doc.ID]++
	})
	u, _ := newUser(t, swarmfile(v1alpha1.Request{Path: "/", Method: "POST", JSON: &runtime.RawExtension{Raw: []byte(`{"id":"{{seq}}"}`)}}), srv.URL)
	for range 20 {
		u.Step(t.Context())
	}
	if len(ids) != 20 {
		t.Errorf("%d different bodies", len(ids))
	}
}

// TestNoProxy sees that users send to the target itself.
func TestNoProxy(t *testing.T) {
	if newNetSender(&url.URL{}).transport.Proxy != nil {
		t.Error("a user would send through the environment's proxy")
	}
}
