package locust_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// serve answers every request with one body and returns a client of it.
func serve(t *testing.T, mediaType, body string) *locust.Client {
	t.Helper()
	return through(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write([]byte(body))
	}))
}

func through(t *testing.T, h http.Handler) *locust.Client {
	t.Helper()
	c, err := locust.NewClient("http://master.invalid:8089/", "holder")
	if err != nil {
		t.Fatal(err)
	}
	return c.Through(transport{h})
}

type transport struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (h transport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// TestStats reads /stats/requests of the versions at which its fields changed (locust-protocol.md 30).
func TestStats(t *testing.T) {
	workers := []locust.Worker{
		{ID: "host_1", State: "running", UserCount: 6, CPUPercent: 12.5},
		{ID: "host_2", State: "missing"},
	}
	running := func(rps float64, p50, p95 *float64) locust.Stats {
		return locust.Stats{State: "running", UserCount: 6, Workers: workers, CurrentRPS: rps, CurrentFailures: .5, CurrentP50: p50, CurrentP95: p95, Requests: 90, Failures: 6, Errors: []locust.Failure{{Method: "POST", Name: "/b", Error: "HTTPError('503')", Occurrences: 6}}}
	}
	for _, tt := range []struct {
		version string
		want    locust.Stats
	}{
		{"2.12.1", running(8.5, new(80.0), new(120.0))},
		{"2.19.0", running(8.5, new(80.0), new(120.0))},
		{"2.28.0", running(8.5, nil, new(120.0))},
		{"2.43.4", running(8.5, new(80.0), new(120.0))},
		{"2.47.0", running(8.5, new(80.0), new(120.0))},
		{"2.47.0-idle", locust.Stats{State: "ready", CurrentFailures: .5}},
	} {
		t.Run(tt.version, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("testdata", "stats-"+tt.version+".json"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := serve(t, "application/json", string(body)).Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if idle := tt.want.State == "ready"; got.Idle() != idle || got.LiveWorkers() != map[bool]int{true: 0, false: 1}[idle] {
				t.Errorf("idle %t, %d live workers", got.Idle(), got.LiveWorkers())
			}
		})
	}
}

// TestStatsRefused: what is no master's answer is an error that says so.
func TestStatsRefused(t *testing.T) {
	for _, tt := range []struct{ name, mediaType, body, want string }{
		{"login page", "text/html; charset=utf-8", "Locust auth exception: x\nmore", `answer is "text/html", not JSON: Locust auth exception: x (is this a Locust master, and is a login page in front of it?)`},
		{"other JSON", "application/json", `{"hello": 1}`, "answer has no state; is this a Locust master?"},
		{"cut off", "application/json", `{"state": "rea`, "reading JSON"},
		{"wrong type", "application/json", `{"state": 3}`, "reading JSON"},
		{"negative users", "application/json", `{"state": "running", "user_count": -5}`, "-5 is not a count"},
		{"endless users", "application/json", `{"state": "running", "user_count": 1e300}`, "1e300 is not a count"},
		{"negative requests", "application/json", `{"state": "running", "stats": [{"num_requests": -1}]}`, "-1 is not a count"},
		{"nothing", "", "", `answer is ""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := serve(t, tt.mediaType, tt.body).Stats(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want it to hold %q", err, tt.want)
			}
		})
	}
}

// TestLive: which workers take part.
func TestLive(t *testing.T) {
	for state, want := range map[string]bool{"ready": true, "spawning": true, "running": true, "missing": false, "stopped": false, "quitting": false, "": false} {
		if got := (locust.Worker{State: state}).Live(); got != want {
			t.Errorf("%q is live: %t", state, got)
		}
	}
	for state, want := range map[string]bool{"ready": true, "stopped": true, "running": false, "spawning": false, "stopping": false, "cleanup": false} {
		if got := (locust.Status{State: state}).Idle(); got != want {
			t.Errorf("%q is idle: %t", state, got)
		}
	}
}

func FuzzStats(f *testing.F) {
	files, err := filepath.Glob("testdata/stats-*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(body))
	}
	f.Add(`{"state":"ready","user_count":1e300,"workers":[null],"stats":[null],"current_response_time_percentiles":[]}`)
	f.Fuzz(func(t *testing.T, body string) {
		c := serveQuick(body)
		s, err := c.Stats(t.Context())
		if err == nil && s.State == "" {
			t.Error("an answer without a state was taken")
		}
		_ = s.LiveWorkers()
	})
}

func serveQuick(body string) *locust.Client {
	c, _ := locust.NewClient("http://master.invalid", "")
	return c.Through(transport{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	})})
}
