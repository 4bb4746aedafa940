package look

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
)

func program(t *testing.T) *httpuser.Program {
	t.Helper()
	sf, err := experiment.DecodeSwarmfile("s", []byte(`{apiVersion: swarmgrid.dev/v1alpha1, kind: Swarmfile, spec: {users: [
  {name: A, tasks: [{name: a, request: {path: /a}}, {name: b, request: {method: POST, path: /b}}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := httpuser.Compile(sf, httpuser.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestAsk asks again only where nothing succeeded and the answer may be another one
// next time.
func TestAsk(t *testing.T) {
	for _, c := range []struct {
		name     string
		status   func(n int64, path string) int
		requests int64
		onlyFail bool
		failed   int
	}{
		{"all well", func(int64, string) int { return 200 }, 2, false, 0},
		{"one unknown", func(_ int64, path string) int {
			if path == "/a" {
				return 404
			}
			return 200
		}, 2, false, 1},
		{"one broken", func(_ int64, path string) int {
			if path == "/b" {
				return 500
			}
			return 200
		}, 2, false, 1},
		{"all forbidden", func(int64, string) int { return 403 }, 2, true, 2},
		{"all broken", func(int64, string) int { return 500 }, 6, true, 2},
		{"all limited", func(int64, string) int { return 429 }, 6, true, 2},
		{"broken at first", func(n int64, _ string) int {
			if n <= 3 {
				return 503
			}
			return 200
		}, 4, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(c.status(n.Add(1), r.URL.Path))
			}))
			defer server.Close()
			answers, err := Ask(t.Context(), program(t), server.URL, silent(t))
			if err != nil {
				t.Fatal(err)
			}
			if n.Load() != c.requests || answers.OnlyFail() != c.onlyFail || len(answers.Failed()) != c.failed {
				t.Errorf("%d requests, only fail %v, failed %v", n.Load(), answers.OnlyFail(), answers.Failed())
			}
		})
	}
}

// TestOnlyFail: an answer that was not waited for may come.
func TestOnlyFail(t *testing.T) {
	failed, slow := httpuser.Tried{Failure: "404 Not Found"}, httpuser.Tried{Failure: "no answer within 10s", Impatient: true}
	for _, c := range []struct {
		answers Answers
		want    bool
	}{
		{nil, false},
		{Answers{failed}, true},
		{Answers{failed, slow}, false},
		{Answers{failed, {}}, false},
	} {
		if got := c.answers.OnlyFail(); got != c.want {
			t.Errorf("%v: %v", c.answers, got)
		}
	}
}

// silent is for cases that do not wait.
func silent(t *testing.T) func(string) {
	return func(text string) { t.Errorf("said %q", text) }
}

// nobody is an address on this machine where nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	return server.URL
}

// TestAskRefused runs on a fake clock, which only stands still while the network is used.
func TestAskRefused(t *testing.T) {
	program, address := program(t), nobody(t)
	for name, ask := range map[string]func(ctx context.Context, say func(string)) string{
		"requests": func(ctx context.Context, say func(string)) string {
			answers, err := Ask(ctx, program, address, say)
			if err != nil || !answers.OnlyFail() {
				t.Errorf("%v, %v", answers, err)
			}
			return answers.Text()
		},
		"an address": func(ctx context.Context, say func(string)) string { return fmt.Sprint(Reach(ctx, address, say)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var said []string
				start := time.Now()
				got := ask(t.Context(), func(text string) { said = append(said, text) })
				if took := time.Since(start); took != startTime {
					t.Errorf("took %v", took)
				}
				want := "GET /a (a): connection refused\n  POST /b (b): connection refused"
				if got != want && !strings.HasSuffix(got, "connect: connection refused") {
					t.Errorf("%q, want %q", got, want)
				}
				if diff := cmp.Diff([]string{"waiting for " + address + " to listen, which refuses connections, for up to 5s"}, said); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
	if _, err := Ask(t.Context(), program, "nowhere", silent(t)); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("error %v", err)
	}
}

// TestAskWaits for a service that listens only after the first refusal, which is told.
func TestAskWaits(t *testing.T) {
	address := nobody(t)
	var server *httptest.Server
	start := func(string) {
		listener, err := net.Listen("tcp", strings.TrimPrefix(address, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		server = httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		_ = server.Listener.Close()
		server.Listener = listener
		server.Start()
		t.Cleanup(server.Close)
	}
	answers, err := Ask(t.Context(), program(t), address, start)
	if err != nil || len(answers) != 2 || len(answers.Failed()) > 0 {
		t.Errorf("%v, %v", answers, err)
	}
	if err := Reach(t.Context(), address, silent(t)); err != nil {
		t.Error(err)
	}
}

// TestAskWaitsNoLonger than the caller.
func TestAskWaitsNoLonger(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	answers, err := Ask(ctx, program(t), nobody(t), func(string) { cancel() })
	if err != nil || ctx.Err() == nil {
		t.Errorf("%v, %v", answers, err)
	}
}

func TestLoopback(t *testing.T) {
	for _, base := range []string{"http://127.0.0.1:8000", "http://127.1.2.3", "http://[::1]:80", "http://localhost:8000/x", "https://shop.LOCALHOST."} {
		if got := loopback(base); got != base {
			t.Errorf("%s: %q", base, got)
		}
	}
	for _, base := range []string{"http://10.0.0.1", "http://shop:8000", "http://localhost.example", "nowhere"} {
		if got := loopback(base); got != "" {
			t.Errorf("%s: %q", base, got)
		}
	}
	if got := loopback("http://me:secret@localhost"); got != "http://me:xxxxx@localhost" {
		t.Errorf("told %q", got)
	}
}
