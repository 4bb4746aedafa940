package httpuser

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/builtin"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

func TestTry(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Method+" "+r.URL.Path)
		if r.URL.Path == "/proxy/predict" && !strings.Contains(string(body), "index_col") {
			t.Errorf("body %q", body)
		}
		if r.URL.Path == "/proxy/metrics" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	sf, err := experiment.DecodeSwarmfile("built-in", builtin.Swarmfile())
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(sf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = p.Try(t.Context(), server.Client(), server.URL+"/proxy")
	if err == nil || !strings.Contains(err.Error(), "GET metrics_check: 500 Internal Server Error") || strings.Contains(err.Error(), "predict") {
		t.Errorf("error %v", err)
	}
	slices.Sort(seen)
	if want := []string{"GET /proxy/healthz", "GET /proxy/metrics", "POST /proxy/predict"}; !slices.Equal(seen, want) {
		t.Errorf("requests %q", seen)
	}
}

// TestTryImpatient: the message says so if the client waits for less time than the task.
func TestTryImpatient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // otherwise the client's leaving is not noticed
		<-r.Context().Done()
	}))
	defer server.Close()
	sf, err := experiment.DecodeSwarmfile("built-in", builtin.Swarmfile())
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(sf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	client := server.Client()
	client.Timeout = 20 * time.Millisecond
	err = p.Try(t.Context(), client, server.URL)
	if err == nil || !strings.Contains(err.Error(), "POST predict: no answer within 20ms") {
		t.Errorf("error %v", err)
	}
}

// TestTryEach reports for each task what a person needs to fix it.
func TestTryEach(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "s"})
		http.Redirect(w, r, "/home", http.StatusSeeOther)
	})
	mux.HandleFunc("/home", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("session"); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, "hello")
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "Traceback:\n\x1b[31m  boom\n"+strings.Repeat("x", 1000))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	sf, err := experiment.DecodeSwarmfile("s", []byte(`{apiVersion: swarmgrid.dev/v1alpha1, kind: Swarmfile, spec: {users: [
  {name: A, tasks: [{name: login, request: {method: POST, path: /login}}, {name: home, request: {path: '/home?n={{int 1 9}}'}}]},
  {name: B, tasks: [{name: home, request: {path: /home}, expect: {status: 401}}, {name: broken, request: {path: /broken}}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(sf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	tried, err := p.TryEach(t.Context(), NewTryClient(time.Minute), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range tried {
		if r.Took <= 0 {
			t.Errorf("%s took %v", r.Endpoint.Name, r.Took)
		}
		failed := ""
		if r.Failure != "" {
			failed = " failed"
		}
		got = append(got, fmt.Sprintf("%s %s %s: %d, %d bytes%s", r.Class, r.Endpoint.Method, r.Path, r.Status, r.Bytes, failed))
	}
	want := []string{
		"A POST /login: 200, 5 bytes", "A GET /home?n={{int 1 9}}: 200, 5 bytes",
		"B GET /home: 401, 5 bytes", "B GET /broken: 500, 1023 bytes failed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if answer := tried[3].Answer; !strings.HasPrefix(answer, "Traceback: [31m boom xxx") || len(answer) > maxBegin {
		t.Errorf("answer %q", answer)
	}
	if tried[0].Answer != "" {
		t.Errorf("answer %q of a success", tried[0].Answer)
	}
}

// TestTryFollows goes where a user of the load would be sent, with the cookies of that path.
func TestTryFollows(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/shop/a", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"here=1; Path=/shop"}
		w.Header().Set("Location", "b?x=1")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/shop/b", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("here"); err != nil || r.Header.Get("Referer") != "" {
			t.Errorf("headers %v", r.Header)
		}
	})
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	server := httptest.NewServer(mux)
	defer server.Close()
	sf, err := experiment.DecodeSwarmfile("s", []byte(`{apiVersion: swarmgrid.dev/v1alpha1, kind: Swarmfile, spec: {users: [
  {name: A, tasks: [{name: a, request: {path: /shop/a}}, {name: round, request: {path: /round}}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(sf, Options{})
	if err != nil {
		t.Fatal(err)
	}
	tried, err := p.TryEach(t.Context(), NewTryClient(time.Minute), server.URL)
	if err != nil || tried[0].Status != http.StatusOK || tried[0].Failure != "" || tried[1].Failure != "too many redirects" {
		t.Errorf("%v, %+v", err, tried)
	}
}
