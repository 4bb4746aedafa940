package master

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
	"github.com/swarmgrid/swarmgrid/internal/webconns"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

// start runs a master on free loopback ports until the test ends.
func start(t *testing.T, opts Options) *Master {
	t.Helper()
	m, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return m
}

// call sends one request and returns the answer with its body read.
func call(t *testing.T, m *Master, method, path string, header http.Header, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+m.WebAddr()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func form(pairs ...string) (http.Header, io.Reader) {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader(v.Encode())
}

func TestMethods(t *testing.T) {
	m := start(t, Options{})
	compatible := start(t, Options{AllowGET: true})
	for _, c := range []struct {
		m            *Master
		method, path string
		code         int
		allow        string
	}{
		{m, "GET", "/", 200, ""},
		{m, "GET", "/nothing", 404, ""},
		{m, "GET", "/swarm", 405, "POST, OPTIONS"},
		{m, "GET", "/stop", 405, "POST, OPTIONS"},
		{m, "OPTIONS", "/stop", 200, "POST, OPTIONS"},
		{m, "POST", "/stop", 200, ""},
		{m, "GET", "/stats/reset", 405, "POST, OPTIONS"},
		{m, "POST", "/stats/reset", 200, ""},
		{m, "POST", "/stats/requests", 405, "GET, OPTIONS"},
		{m, "HEAD", "/stats/requests", 200, ""},
		{m, "GET", "/tasks", 200, ""},
		{m, "GET", "/logs", 200, ""},
		{m, "GET", "/exceptions", 200, ""},
		{m, "GET", "/exceptions/csv", 200, ""},
		{m, "GET", locust.HealthPath, 200, ""},
		{m, "GET", locust.SlicesPath, 400, ""},
		{m, "GET", locust.SlicesPath + "?from=5&to=4", 400, ""},
		{m, "GET", locust.LeasePath, 405, "POST, DELETE, OPTIONS"},
		{compatible, "GET", "/stop", 200, ""},
		{compatible, "POST", "/stop", 200, ""},
		{compatible, "GET", "/stats/reset", 200, ""},
		{compatible, "GET", "/swarm", 405, "POST, OPTIONS"},
	} {
		resp, body := call(t, c.m, c.method, c.path, nil, nil)
		if resp.StatusCode != c.code || resp.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q: %s", c.method, c.path, resp.StatusCode, resp.Header.Get("Allow"), body)
		}
		if cors := resp.Header.Get("Access-Control-Allow-Origin"); cors != "" {
			t.Errorf("%s %s: CORS header %q", c.method, c.path, cors)
		}
	}
}

func TestForeignPagesAreRefused(t *testing.T) {
	m := start(t, Options{})
	for _, header := range []http.Header{
		{"Origin": {"https://example.com"}},
		{"Sec-Fetch-Site": {"cross-site"}},
	} {
		if resp, body := call(t, m, "POST", "/stop", header, nil); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%v: %d %s", header, resp.StatusCode, body)
		}
	}
	header, _ := form()
	resp, body := call(t, m, "POST", "/swarm", header, strings.NewReader("user_count="+strings.Repeat("1", 2<<20)))
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, `"success": false`) {
		t.Errorf("oversized form: %d %.200s", resp.StatusCode, body)
	}
}

// TestForeignNamesAreRefused: a page whose name was made to resolve to the master's address
// sends its own name as Host and Origin (DNS rebinding).
func TestForeignNamesAreRefused(t *testing.T) {
	const ok, refused = http.StatusOK, http.StatusForbidden
	loopback := start(t, Options{})
	everywhere := start(t, Options{WebHost: "0.0.0.0", AllowedHosts: []string{"locust-master", "Load.Example"}})
	for _, c := range []struct {
		m    *Master
		host string
		code int
	}{
		{loopback, "localhost:80", ok},
		{loopback, "LOCALHOST.", ok},
		{loopback, "127.0.0.1", ok},
		{loopback, "127.8.8.8:1", ok},
		{loopback, "[::1]:8089", ok},
		{loopback, "[::1]", ok},
		{loopback, "192.0.2.1:8089", refused},
		{loopback, "evil.example:8089", refused},
		{loopback, "localhost.evil.example", refused},
		{loopback, "127.0.0.1.evil.example", refused},
		{loopback, "locust-master:8089", refused},
		{everywhere, "localhost:8089", ok},
		{everywhere, "192.0.2.1:8089", ok},
		{everywhere, "[2001:db8::1]:8089", ok},
		{everywhere, "locust-master:8089", ok},
		{everywhere, "load.example.", ok},
		{everywhere, "evil.example:8089", refused},
		{everywhere, "locust-master.evil.example", refused},
		{everywhere, "2130706433", refused},
	} {
		for _, header := range []http.Header{{"Host": {c.host}}, {"Host": {c.host}, "Origin": {"http://" + c.host}}} {
			resp, body := call(t, c.m, "POST", "/stop", header, nil)
			if resp.StatusCode != c.code || c.code == refused && !strings.Contains(body, "--allowed-hosts") {
				t.Errorf("%v at %s: %d %s", header, c.m.WebAddr(), resp.StatusCode, body)
			}
		}
	}
}

// TestOpenWebAPIIsToldOf: the log says so when other machines can reach the web API.
func TestOpenWebAPIIsToldOf(t *testing.T) {
	for host, want := range map[string]bool{"": false, "127.0.0.1": false, "localhost": false, "0.0.0.0": true, "*": true} {
		var log bytes.Buffer
		m, err := New(Options{WebHost: host, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := m.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(log.String(), "open to other machines"); got != want {
			t.Errorf("web host %q: warned %v, want %v:\n%s", host, got, want, log.String())
		}
	}
}

func TestSwarmForm(t *testing.T) {
	m := start(t, Options{})
	for _, c := range []struct {
		pairs []string
		want  string
	}{
		{nil, "Missing or invalid user_count or spawn_rate"},
		{[]string{"user_count", "5"}, "Missing or invalid user_count or spawn_rate"},
		{[]string{"user_count", "x", "spawn_rate", "1"}, `Invalid user_count value: \"x\" (must be an integer)`},
		{[]string{"user_count", "1", "spawn_rate", "x"}, `Invalid spawn_rate value: \"x\" (must be a number)`},
		{[]string{"user_count", "1", "spawn_rate", "0"}, "Missing or invalid user_count or spawn_rate"},
		{[]string{"user_count", "1", "spawn_rate", "inf"}, "Missing or invalid user_count or spawn_rate"},
		{[]string{"user_count", "1", "spawn_rate", "nan"}, "Missing or invalid user_count or spawn_rate"},
		{[]string{"user_count", "-4", "spawn_rate", "1"}, "Missing or invalid user_count or spawn_rate"},
		{[]string{"user_count", "1", "spawn_rate", "1", "run_time", "soon"}, "Valid run_time formats are"},
		{[]string{"user_count", "1", "spawn_rate", "1", "host", "\r\nX:1"}, `Invalid host value: \"\\r\\nX:1\" (must have no control characters)`},
		{[]string{"user_count", "1", "spawn_rate", "1", "host", "http://a\x7f"}, "must have no control characters"},
		{[]string{"user_count", "1", "spawn_rate", "1", "host", "http://\xff"}, "must have no control characters"},
		{[]string{"user_count", "1", "spawn_rate", "1", "host", "http://" + strings.Repeat("a", 2048)}, "Invalid host value: 2055 bytes (must be at most 2048)"},
		{[]string{"user_count", "1", "spawn_rate", "1"}, "no workers are connected"},
	} {
		header, body := form(c.pairs...)
		resp, got := call(t, m, "POST", "/swarm", header, body)
		if resp.StatusCode != 200 || !strings.Contains(got, `"success": false`) || !strings.Contains(got, c.want) {
			t.Errorf("%v: %d %s", c.pairs, resp.StatusCode, got)
		}
		if !strings.Contains(got, `"host": null`) {
			t.Errorf("%v: a refusal has changed the host: %s", c.pairs, got)
		}
	}
}

func TestTimespans(t *testing.T) {
	for in, want := range map[string]time.Duration{"": 0, "20": 20 * time.Second, "20s": 20 * time.Second, "3m": 3 * time.Minute, "1h20m": 80 * time.Minute, "3h30m10s": 3*time.Hour + 30*time.Minute + 10*time.Second} {
		if got, err := parseTimespan(in); err != nil || got != want {
			t.Errorf("%q: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"x", "-1", "1.5s", "1s1m", "99999999999999999999"} {
		if got, err := parseTimespan(in); err == nil {
			t.Errorf("%q: %s", in, got)
		}
	}
}

func TestLeaseRoute(t *testing.T) {
	m := start(t, Options{})
	post := func(body string) int {
		resp, _ := call(t, m, "POST", locust.LeasePath, http.Header{"Content-Type": {"application/json"}}, strings.NewReader(body))
		return resp.StatusCode
	}
	release := func(holder string) int {
		resp, _ := call(t, m, "DELETE", locust.LeasePath, http.Header{locust.LeaseHeader: {holder}}, nil)
		return resp.StatusCode
	}
	for i, got := range []int{
		post("junk"), post(`{"holder":"me"}`), post(`{"holder":"","ttl_seconds":5}`), post(`{"holder":"me","ttl_seconds":1e9}`),
		post(`{"holder":"me","ttl_seconds":5}`), post(`{"holder":"you","ttl_seconds":5}`), post(`{"holder":"me","ttl_seconds":5}`),
		release("you"), release("me"), release("me"), post(`{"holder":"you","ttl_seconds":5}`),
	} {
		if want := []int{400, 400, 400, 400, 200, 409, 200, 409, 204, 204, 200}[i]; got != want {
			t.Errorf("request %d: status %d, want %d", i, got, want)
		}
	}
}

// TestGoldens pins the answers' bytes for one made-up load.
func TestGoldens(t *testing.T) { synctest.Test(t, goldens) }

func goldens(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(2, 100)
	s.pass(time.Second)
	low, last := 80.25, float64(s.now.Unix())
	s.say("h_1", wire.TypeStats, wire.StatsReport{
		UserClassesCount: map[string]int{"A": 2}, UserCount: 2,
		Stats: []wire.StatsEntry{{
			Name: `/a "quoted", name`, Method: "GET", LastRequest: &last, StartTime: last - 3, Requests: 4, Failures: 1,
			TotalResponseTime: 561.5, MinResponseTime: &low, MaxResponseTime: 251, TotalContentLength: 40,
			ResponseTimes: map[int64]int64{80: 1, 110: 1, 120: 1, 250: 1}, RequestsPerSec: map[int64]int64{int64(last) - 1: 4}, FailuresPerSec: map[int64]int64{int64(last) - 1: 1},
		}, {Name: "/never", Method: "POST"}},
		Errors: []wire.StatsError{{Key: "k", Name: "/b", Method: "GET", Error: `CatchResponseError('too slow')`, Occurrences: 1, FirstSeen: &last, LastSeen: &last}},
	})
	s.say("h_1", wire.TypeException, wire.Exception{Msg: "boom", Traceback: "line\nline"})
	m := &Master{core: s.c}
	time.Sleep(time.Until(s.now)) // the answers are of the scene's moment
	for name, serve := range map[string]http.HandlerFunc{
		"requests.csv": m.serveStatsCSV, "failures.csv": m.serveFailuresCSV, "exceptions.csv": m.serveExceptionsCSV,
		"exceptions.json": m.serveExceptions, "requests.json": m.serveStats,
	} {
		w := httptest.NewRecorder()
		serve(w, httptest.NewRequest("GET", "/", nil))
		golden(t, name, w.Body.Bytes())
	}
}

// TestLineBreakInAName: the CSV has a task's name as the task has it.
func TestLineBreakInAName(t *testing.T) {
	const name = "a\nb\r\nc"
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(1, 1)
	last := float64(s.now.Unix())
	s.say("h_1", wire.TypeStats, wire.StatsReport{
		UserClassesCount: map[string]int{"A": 1}, UserCount: 1,
		Stats: []wire.StatsEntry{{Name: name, Method: "GET", LastRequest: &last, StartTime: last, Requests: 1, ResponseTimes: map[int64]int64{1: 1}}},
	})
	w := httptest.NewRecorder()
	(&Master{core: s.c}).serveStatsCSV(w, httptest.NewRequest("GET", "/", nil))
	if !strings.Contains(w.Body.String(), "\r\nGET,\""+name+"\",1,") {
		t.Errorf("%q", w.Body.String())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestOverRealWire runs a load with one scripted worker of our own kind, driven
// by our client of the web API.
func TestOverRealWire(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	m := start(t, Options{Classes: map[string]float64{"A": 1}, Version: "test"})
	d, err := wire.Dial(ctx, m.WireAddr(), "go_1")
	if err != nil {
		t.Fatal(err)
	}
	go goWorker(ctx, t, d)
	client, err := locust.NewClient("http://"+m.WebAddr(), "driver")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	caps, err := client.Probe(ctx)
	if err != nil || caps.Extension == nil || !caps.RunTime {
		t.Fatalf("capabilities %+v: %v", caps, err)
	}
	status := func(what string, ok func(locust.Status) bool) (s locust.Status) {
		t.Helper()
		pylocust.Eventually(t, 10*time.Second, what, func() bool {
			if s, err = client.Status(ctx); err != nil {
				t.Fatal(err)
			}
			return ok(s)
		})
		return s
	}
	status("the worker", func(s locust.Status) bool { return len(s.Workers) == 1 && s.Workers[0].Slices })
	if err := client.TakeLease(ctx, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	swarmMultipart(t, m)
	s := status("all users", func(s locust.Status) bool { return s.State == locust.StateRunning && s.UserCount == 3 })
	from := s.NowMicros/1e6 - 2
	var got locust.Slices
	pylocust.Eventually(t, 10*time.Second, "slices", func() bool {
		if got, err = client.Slices(ctx, from, from+60); err != nil {
			t.Fatal(err)
		}
		return len(got.Slices) > 0 && got.CompleteUntil > got.Slices[0].Second
	})
	if err := client.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	status("idle", func(s locust.Status) bool { return s.Idle() && s.UserCount == 0 })
	rows, total, err := client.Requests(ctx)
	if err != nil || len(rows) != 1 || total.Requests == 0 || total.P95 != 10 {
		t.Errorf("rows %+v, total %+v: %v", rows, total, err)
	}
	if err := client.ReleaseLease(ctx); err != nil {
		t.Error(err)
	}
}

func swarmMultipart(t *testing.T, m *Master) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range map[string]string{"user_count": "3", "spawn_rate": "10", "host": "http://<target>", "run_time": "1m"} {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, body := call(t, m, "POST", "/swarm", http.Header{"Content-Type": {w.FormDataContentType()}}, &b)
	var answer map[string]any
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"success": true, "message": "Swarming started", "host": "http://target", "run_time": 60.0}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// goWorker answers as our worker does, and reports five requests each 100 ms.
func goWorker(ctx context.Context, t *testing.T, d *wire.Dealer) {
	send := func(typ string, data wire.Payload) { _ = d.Send(wire.Encode(typ, data, "go_1")) }
	send(wire.TypeClientReady, wire.ClientReady{Version: "2.47.0"})
	go func() {
		for ctx.Err() == nil {
			send(wire.TypeHeartbeat, wire.Heartbeat{State: "ready"})
			r := sliceOf(t, time.Now().Unix()-1, 5)
			r.CompleteUntil = time.Now().Unix()
			send(wire.TypeReport, r)
			time.Sleep(100 * time.Millisecond)
		}
	}()
	for {
		payload, err := d.Recv(ctx)
		if err != nil {
			return
		}
		msg, err := wire.DecodeMessage(payload)
		if err != nil {
			t.Error(err)
			return
		}
		switch msg.Type {
		case wire.TypeSpawn:
			spawn, err := wire.DecodeSpawn(msg.Data)
			if err != nil {
				t.Error(err)
			}
			users := spawn.UserClassesCount
			send(wire.TypeSpawning, nil)
			send(wire.TypeSpawningComplete, wire.SpawningComplete{UserClassesCount: users, UserCount: sum(users)})
		case wire.TypeStop:
			send(wire.TypeClientStopped, nil)
			send(wire.TypeClientReady, wire.ClientReady{Version: "2.47.0"})
		}
	}
}

// TestWebConnectionsAreBounded: idle connections make way for one that sends a request.
func TestWebConnectionsAreBounded(t *testing.T) {
	m := start(t, Options{})
	var quiet []net.Conn
	for range webconns.Most + 50 {
		nc, err := net.Dial("tcp", m.WebAddr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = nc.Close() })
		quiet = append(quiet, nc)
	}
	if resp, body := call(t, m, http.MethodGet, "/worker-count", nil, nil); resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", resp.Status, body)
	}
	for i, nc := range quiet[:50] {
		_ = nc.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := nc.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d is still open", i)
		}
	}
}

// TestSlowReadersAreBounded: answers that nobody reads do not fill the memory.
func TestSlowReadersAreBounded(t *testing.T) {
	m := start(t, Options{})
	m.answers.Store(answersRoom + 1)
	if resp, body := call(t, m, http.MethodGet, "/stats/requests", nil, nil); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "ask again") {
		t.Errorf("%s: %s", resp.Status, body)
	}
	m.answers.Store(0)
	if resp, _ := call(t, m, http.MethodGet, "/stats/requests", nil, nil); resp.StatusCode != http.StatusOK || m.answers.Load() != 0 {
		t.Errorf("%s, %d bytes in the account", resp.Status, m.answers.Load())
	}
}
