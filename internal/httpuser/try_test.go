package httpuser

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/builtin"
	"github.com/swarmgrid/swarmgrid/internal/spec"
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
	sf, err := spec.DecodeSwarmfile("built-in", builtin.Swarmfile())
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

// TestTryImpatient tells the client's patience where it is shorter than the task's.
func TestTryImpatient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the client's leaving is not noticed
		<-r.Context().Done()
	}))
	defer server.Close()
	sf, err := spec.DecodeSwarmfile("built-in", builtin.Swarmfile())
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
