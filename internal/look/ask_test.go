package look

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

func program(t *testing.T) *httpuser.Program {
	t.Helper()
	sf, err := spec.DecodeSwarmfile("s", []byte(`{apiVersion: swarmgrid.dev/v1alpha1, kind: Swarmfile, spec: {users: [
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
		hopeless bool
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
			answers, err := Ask(t.Context(), program(t), server.URL)
			if err != nil {
				t.Fatal(err)
			}
			if n.Load() != c.requests || answers.Hopeless() != c.hopeless || len(answers.Failed()) != c.failed {
				t.Errorf("%d requests, hopeless %v, failed %v", n.Load(), answers.Hopeless(), answers.Failed())
			}
		})
	}
}

// TestHopeless: an answer that was not waited for may come.
func TestHopeless(t *testing.T) {
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
		if got := c.answers.Hopeless(); got != c.want {
			t.Errorf("%v: %v", c.answers, got)
		}
	}
}

func TestAskRefused(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	answers, err := Ask(t.Context(), program(t), server.URL)
	if err != nil || !answers.Hopeless() {
		t.Fatalf("%v, %v", answers, err)
	}
	want := "GET /a (a): connection refused\n  POST /b (b): connection refused"
	if got := answers.Text(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := Ask(t.Context(), program(t), "nowhere"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("error %v", err)
	}
}
