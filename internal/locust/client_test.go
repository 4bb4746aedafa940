package locust_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
)

func clientOf(t *testing.T, m *locustsim.Master, holder string) *locust.Client {
	t.Helper()
	c, err := locust.NewClient("http://master.invalid", holder)
	if err != nil {
		t.Fatal(err)
	}
	return c.Through(m)
}

func TestAddress(t *testing.T) {
	for _, bad := range []string{"", "master:8089", "127.0.0.1:8089", "ftp://master", "http://", "http://a b", "://"} {
		if _, err := locust.NewClient(bad, ""); err == nil || !strings.Contains(err.Error(), "http://") || !strings.HasPrefix(err.Error(), "the master's address is ") {
			t.Errorf("address %q: error = %v", bad, err)
		}
	}
	// With --web-base-path every route has a prefix.
	for base, want := range map[string]string{"http://m": "/stop", "http://m/": "/stop", "http://m/base": "/base/stop", "https://m/base/": "/base/stop"} {
		var got string
		c, err := locust.NewClient(base, "")
		if err != nil {
			t.Fatal(err)
		}
		c.Through(transport{http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.URL.Path })})
		if err := c.Stop(t.Context()); err != nil || got != want {
			t.Errorf("%s: asked for %q, want %q: %v", base, got, want, err)
		}
	}
}

// methods lists the master's requests without those of the path's OPTIONS.
func methods(m *locustsim.Master) (out []string) {
	for _, r := range m.Requests() {
		out = append(out, r.String())
	}
	return out
}

// TestVerbs: POST is tried first, Allow of a 405 names the other, and what was
// learned is remembered for each path.
func TestVerbs(t *testing.T) {
	for _, tt := range []struct {
		version string
		want    []string
	}{
		{locustsim.Ours, []string{"POST /stop", "POST /stop", "POST /stats/reset", "POST /stats/reset"}},
		{"2.47.0", []string{"POST /stop", "POST /stop", "POST /stats/reset", "POST /stats/reset"}},
		{"2.46.3", []string{"POST /stop", "GET /stop", "GET /stop", "POST /stats/reset", "GET /stats/reset", "GET /stats/reset"}},
		{"2.12.1", []string{"POST /stop", "GET /stop", "GET /stop", "POST /stats/reset", "GET /stats/reset", "GET /stats/reset"}},
	} {
		t.Run("version "+tt.version, func(t *testing.T) {
			m := locustsim.New(tt.version, locustsim.Knobs{})
			c := clientOf(t, m, "")
			for _, change := range []func(context.Context) error{c.Stop, c.Stop, c.ResetStats, c.ResetStats} {
				if err := change(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.want, methods(m)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestVerbsUnknown: an Allow without a usable verb is an error with the 405.
func TestVerbsUnknown(t *testing.T) {
	for _, allow := range []string{"", "PUT, OPTIONS", "POST"} {
		asked := 0
		c := through(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.Header().Set("Allow", allow)
			w.WriteHeader(http.StatusMethodNotAllowed)
		}))
		var status *locust.StatusError
		if err := c.Stop(t.Context()); !errors.As(err, &status) || status.Code != 405 || asked != 1 {
			t.Errorf("Allow %q: %d requests, error = %v", allow, asked, err)
		}
	}
}

func TestProbe(t *testing.T) {
	for _, tt := range []struct {
		version         string
		extension, time bool
		verb            string
	}{
		{locustsim.Ours, true, true, "POST"},
		{"2.47.0", false, true, "POST"},
		{"2.46.3", false, false, "GET"},
		{"2.12.1", false, false, "GET"},
	} {
		t.Run("version "+tt.version, func(t *testing.T) {
			m := locustsim.New(tt.version, locustsim.Knobs{})
			c := clientOf(t, m, "")
			caps, err := c.Probe(t.Context())
			if err != nil || (caps.Extension != nil) != tt.extension || caps.RunTime != tt.time {
				t.Errorf("capabilities %+v: %v", caps, err)
			}
			if err := errors.Join(c.Stop(t.Context()), c.ResetStats(t.Context())); err != nil {
				t.Error(err)
			}
			want := []string{"GET " + locust.InfoPath, "OPTIONS /stop", tt.verb + " /stop", tt.verb + " /stats/reset"}
			if diff := cmp.Diff(want, methods(m)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	other := serve(t, "application/json", `{"protocol": 2}`)
	if _, err := other.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "version 2 of the swarmgrid extension, this program version 1; use the same release for both") {
		t.Errorf("error = %v", err)
	}
}

// TestErrors name the request and the next step.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name     string
		knobs    locustsim.Knobs
		want     string
		unusable bool
	}{
		{"redirect", locustsim.Knobs{Login: locustsim.LoginRedirect}, "GET /stats/requests: redirected: the master asks for a login, which swarmgrid does not have; start it without --web-login", true},
		{"page", locustsim.Knobs{Login: locustsim.LoginPage}, "is a login page in front of it?", true},
		{"basic", locustsim.Knobs{Status: map[string]int{"/stats/requests": 401}}, "GET /stats/requests: status 401: Unauthorized", true},
		{"busy", locustsim.Knobs{Status: map[string]int{"/stats/requests": 503}}, "status 503: Service Unavailable", false},
		{"down", locustsim.Knobs{Down: true}, "asking the master: ", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := clientOf(t, locustsim.New("2.47.0", tt.knobs), "").Stats(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || locust.Unusable(err) != tt.unusable {
				t.Errorf("error = %v, want it to hold %q; unusable: %t", err, tt.want, locust.Unusable(err))
			}
		})
	}
	if locust.Unusable(nil) {
		t.Error("no error is unusable")
	}
}

// TestPatience: reads give up after 10 s; /stop may take over a minute (locust-protocol.md 33).
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hung := clientOf(t, locustsim.New("2.47.0", locustsim.Knobs{Hung: true}), "")
		for what, tt := range map[string]struct {
			do    func() error
			after time.Duration
		}{
			"stats": {func() error { _, err := hung.Stats(t.Context()); return err }, 10 * time.Second},
			"probe": {func() error { _, err := hung.Probe(t.Context()); return err }, 10 * time.Second},
			"stop":  {func() error { return hung.Stop(t.Context()) }, 75 * time.Second},
		} {
			began := time.Now()
			if err := tt.do(); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != tt.after {
				t.Errorf("%s: after %v: %v", what, time.Since(began), err)
			}
		}
		slow := locustsim.New("2.47.0", locustsim.Knobs{Stop: time.Minute})
		c := clientOf(t, slow, "")
		slow.SetWorkers(1)
		if err := errors.Join(c.Swarm(t.Context(), locust.SwarmRequest{Users: 1, SpawnRate: 1}), c.Stop(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

func TestSwarm(t *testing.T) {
	m := locustsim.New("2.47.0", locustsim.Knobs{})
	m.SetWorkers(1)
	c := clientOf(t, m, "")
	for _, tt := range []struct {
		request locust.SwarmRequest
		want    url.Values
	}{
		{locust.SwarmRequest{Users: 10, SpawnRate: 2.5}, url.Values{"user_count": {"10"}, "spawn_rate": {"2.5"}}},
		{
			locust.SwarmRequest{Users: 1, SpawnRate: 50, Host: "http://t:1/?a=b&c", RunTime: 90500 * time.Millisecond},
			url.Values{"user_count": {"1"}, "spawn_rate": {"50"}, "host": {"http://t:1/?a=b&c"}, "run_time": {"91s"}},
		},
	} {
		if err := c.Swarm(t.Context(), tt.request); err != nil {
			t.Fatal(err)
		}
		requests := m.Requests()
		if diff := cmp.Diff(tt.want, requests[len(requests)-1].Form); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	err := c.Swarm(t.Context(), locust.SwarmRequest{Users: -1, SpawnRate: 1})
	if err == nil || !strings.Contains(err.Error(), "POST /swarm: refused: Missing or invalid user_count") {
		t.Errorf("error = %v", err)
	}
	page := serve(t, "text/html", "<h1>hello")
	if err := page.Swarm(t.Context(), locust.SwarmRequest{}); !locust.Unusable(err) {
		t.Errorf("error = %v", err)
	}
}

// TestWorkerCount: masters before 2.37.2 have no route for it.
func TestWorkerCount(t *testing.T) {
	for version, requests := range map[string]int{"2.47.0": 1, "2.37.2": 1, "2.37.1": 2, "2.12.1": 2} {
		m := locustsim.New(version, locustsim.Knobs{})
		m.SetWorkers(3)
		if n, err := clientOf(t, m, "").WorkerCount(t.Context()); err != nil || n != 3 || len(m.Requests()) != requests {
			t.Errorf("%s: %d workers after %v: %v", version, n, methods(m), err)
		}
	}
}

func TestLease(t *testing.T) {
	m := locustsim.New(locustsim.Ours, locustsim.Knobs{})
	a, b := clientOf(t, m, "a"), clientOf(t, m, "b")
	if err := a.TakeLease(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	var status *locust.StatusError
	for _, err := range []error{b.TakeLease(t.Context(), time.Minute), b.ReleaseLease(t.Context())} {
		if !errors.As(err, &status) || status.Code != http.StatusConflict {
			t.Errorf("error = %v, want a 409", err)
		}
	}
	if s, err := b.Status(t.Context()); err != nil || s.Lease == nil || *s.Lease != (locust.Lease{Holder: "a", TTLSeconds: 60}) {
		t.Errorf("status %+v: %v", s, err)
	}
	if err := errors.Join(a.TakeLease(t.Context(), time.Minute), a.ReleaseLease(t.Context()), b.TakeLease(t.Context(), time.Minute)); err != nil {
		t.Error(err)
	}
	for _, r := range m.Requests() {
		if r.Lease == "" {
			t.Errorf("%s without the lease's header", r)
		}
	}
}

// TestSlices: seconds that the master no longer has are an error, not an empty window.
func TestSlices(t *testing.T) {
	body, err := json.Marshal(locust.Slices{CompleteUntil: 20, Oldest: 10, Slices: []locust.Slice{{Second: 10}}})
	if err != nil {
		t.Fatal(err)
	}
	c := serve(t, "application/json", string(body))
	if got, err := c.Slices(t.Context(), 10, 20); err != nil || got.CompleteUntil != 20 || len(got.Slices) != 1 {
		t.Errorf("slices %+v: %v", got, err)
	}
	if _, err := c.Slices(t.Context(), 9, 20); err == nil || !strings.Contains(err.Error(), "from second 9 on were asked for, the master keeps only those from 10 on") {
		t.Errorf("error = %v", err)
	}
}
