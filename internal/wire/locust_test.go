package wire

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

var update = flag.Bool("update", false, "write the messages of real Locust to testdata")

// locustfile fails in each way that has a message of its own.
const locustfile = `
from locust import HttpUser, task, constant
class Alpha(HttpUser):
    wait_time = constant(0.05)
    @task
    def ok(self): self.client.get("/ok")
    @task
    def bad(self): self.client.get("/bad", name="bad one")
    @task
    def boom(self): raise ValueError("boom ü")
class Beta(HttpUser):
    wait_time = constant(0.05)
    @task
    def ok(self): self.client.get("/ok")
`

func target(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fine") })
	mux.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// keep stores the largest payload of each type, as a vector for the other tests,
// without the paths of the machine that it was captured on.
func keep(t *testing.T, p pylocust.Python, from, typ string, payload []byte) {
	if !*update {
		return
	}
	path := filepath.Join("testdata", "locust-"+p.Version, from+"-"+typ+".msgpack")
	if old, err := os.Stat(path); err == nil && old.Size() > int64(len(payload)) {
		return
	}
	for _, dir := range []string{filepath.Dir(filepath.Dir(p.Path)), filepath.Dir(t.TempDir()), filepath.Dir(filepath.Dir(t.TempDir()))} {
		anonymous := "/" + strings.Repeat("x", len(dir)-1) // of equal length, so that msgpack stays valid
		payload = bytes.ReplaceAll(payload, []byte(dir), []byte(anonymous))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, payload, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPythonWorkerOnOurRouter(t *testing.T) {
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		r, err := Listen(ctx, "127.0.0.1:0", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		worker := p.Worker(t, locustfile, "127.0.0.1", r.Addr().(*net.TCPAddr).Port)
		m := &miniMaster{t: t, p: p, r: r, host: target(t), seen: map[string]int{}}
		m.until(ctx, "client_ready", "heartbeat", "stats")
		m.send("spawn", Spawn{Timestamp: 1, UserClassesCount: map[string]int{"Alpha": 2, "Beta": 1}, Host: &m.host})
		m.until(ctx, "spawning", "spawning_complete", "exception")
		clear(m.seen)
		m.until(ctx, "stats")
		m.send("stop", nil)
		m.until(ctx, "client_stopped", "client_ready")
		m.send("quit", nil)
		m.until(ctx, "quit", "gone")
		if err := worker.Wait(); err != nil {
			t.Errorf("worker ended with %v", err)
		}
		if m.requests == 0 || m.failures == 0 || len(m.classes) != 2 {
			t.Errorf("%d requests, %d failures, classes %v", m.requests, m.failures, m.classes)
		}
	})
}

// miniMaster acknowledges one worker and records what it sends.
type miniMaster struct {
	t                  *testing.T
	p                  pylocust.Python
	r                  *Router
	id, host           string
	seen               map[string]int
	requests, failures int64
	classes            map[string]int
}

func (m *miniMaster) send(typ string, data Payload) {
	if err := m.r.Send(m.id, Encode(typ, data, m.id)); err != nil {
		m.t.Fatal(err)
	}
}

func (m *miniMaster) until(ctx context.Context, types ...string) {
	m.t.Helper()
	for slices.ContainsFunc(types, func(typ string) bool { return m.seen[typ] == 0 }) {
		e, err := m.r.Recv(ctx)
		if err != nil {
			m.t.Fatalf("waiting for %v, saw %v: %v", types, m.seen, err)
		}
		switch e.Kind {
		case PeerConnected:
			m.id = e.Identity
			m.r.Admit(m.id)
		case PeerGone:
			m.seen["gone"]++
		case PeerMessage:
			m.message(e.Payload)
		}
	}
}

func (m *miniMaster) message(payload []byte) {
	msg, err := DecodeMessage(payload)
	if err != nil || msg.NodeID != m.id {
		m.t.Fatalf("message of %q, connection of %q: %v", msg.NodeID, m.id, err)
	}
	m.seen[msg.Type]++
	keep(m.t, m.p, "worker", msg.Type, payload)
	switch msg.Type {
	case TypeClientReady:
		ready, err := DecodeClientReady(msg.Data)
		if err != nil || ready.Version != m.p.Version {
			m.t.Errorf("client_ready %+v: %v", ready, err)
		}
		// The extension must not disturb Python.
		m.send(TypeAck, Ack{Index: 0, Protocol: Protocol})
	case TypeHeartbeat:
		if _, err := DecodeHeartbeat(msg.Data); err != nil {
			m.t.Error(err)
		}
		m.send(TypeHeartbeat, HeartbeatReply{NowMicros: time.Now().UnixMicro()})
	case TypeStats:
		m.stats(msg.Data)
	case TypeSpawningComplete:
		if s, err := DecodeSpawningComplete(msg.Data); err != nil || s.UserCount != 3 {
			m.t.Errorf("spawning_complete %+v: %v", s, err)
		}
	case TypeException:
		if e, err := DecodeException(msg.Data); err != nil || e.Msg != "boom ü" || !strings.Contains(e.Traceback, "ValueError") {
			m.t.Errorf("exception %+v: %v", e, err)
		}
	}
}

func (m *miniMaster) stats(data []byte) {
	s, err := DecodeStatsReport(data)
	if err != nil {
		m.t.Fatal(err)
	}
	m.classes = s.UserClassesCount
	for _, e := range s.Stats {
		m.requests += e.Requests
		m.failures += e.Failures
		var buckets int64
		for n := range maps.Values(e.ResponseTimes) {
			buckets += n
		}
		if buckets != e.Requests || e.MinResponseTime == nil || *e.MinResponseTime > e.MaxResponseTime {
			m.t.Errorf("entry does not add up: %+v", e)
		}
	}
}

func TestOurDealerOnPythonMaster(t *testing.T) {
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		web, port := pylocust.FreePort(t), pylocust.FreePort(t)
		p.Master(t, locustfile, web, port)
		d, err := Dial(ctx, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), "host_"+p.Version)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		w := &miniWorker{t: t, p: p, d: d, id: "host_" + p.Version}
		w.send(TypeClientReady, ClientReady{Version: p.Version})
		if ack, err := DecodeAck(w.await(ctx, TypeAck)); err != nil || ack != (Ack{Index: 0}) {
			t.Fatalf("ack %+v: %v", ack, err)
		}
		w.send(TypeStats, StatsReport{UserClassesCount: map[string]int{"Alpha": 0, "Beta": 0}})
		w.send(TypeHeartbeat, Heartbeat{State: "ready"})
		w.await(ctx, TypeHeartbeat)
		post(t, web, "/swarm", url.Values{"user_count": {"4"}, "spawn_rate": {"4"}, "host": {"http://target"}})
		s, err := DecodeSpawn(w.await(ctx, TypeSpawn))
		if err != nil || s.UserClassesCount["Alpha"] != 2 || s.UserClassesCount["Beta"] != 2 || s.Host == nil || *s.Host != "http://target" || s.Timestamp == 0 {
			t.Fatalf("spawn %+v: %v", s, err)
		}
		w.send(TypeSpawning, nil)
		w.send(TypeSpawningComplete, SpawningComplete{UserClassesCount: s.UserClassesCount, UserCount: 4})
		if done, err := DecodeSpawningComplete(w.await(ctx, TypeSpawningComplete)); err != nil || done.UserCount != 4 {
			t.Fatalf("spawning_complete %+v: %v", done, err)
		}
		w.send(TypeStats, sample())
		w.send(TypeException, Exception{Msg: "m", Traceback: "trace"})
		pylocust.Eventually(t, 10*time.Second, "the master to count our requests", func() bool {
			return strings.Contains(get(t, web, "/stats/requests/csv"), "GET,/x,3,1,")
		})
		if failures := get(t, web, "/stats/failures/csv"); !strings.Contains(failures, "GET,/x,boom,1") {
			t.Errorf("failures: %s", failures)
		}
		if exceptions := get(t, web, "/exceptions"); !strings.Contains(exceptions, `"trace"`) {
			t.Errorf("exceptions: %s", exceptions)
		}
		go post(t, web, "/stop", nil)
		w.await(ctx, TypeStop)
		w.send(TypeClientStopped, nil)
	})
}

func sample() StatsReport {
	low, last, start := 10.0, float64(time.Now().Unix()), float64(time.Now().Unix()-2)
	e := StatsEntry{
		Name: "/x", Method: "GET", Requests: 3, Failures: 1, TotalResponseTime: 60, MinResponseTime: &low, MaxResponseTime: 30,
		LastRequest: &last, StartTime: start, ResponseTimes: map[int64]int64{10: 1, 20: 1, 30: 1},
	}
	total := e
	total.Name, total.Method = "Aggregated", ""
	return StatsReport{
		Stats: []StatsEntry{e}, Total: total, UserCount: 4, UserClassesCount: map[string]int{"Alpha": 2, "Beta": 2},
		Errors: []StatsError{{Key: "k", Name: "/x", Method: "GET", Error: "boom", Occurrences: 1, FirstSeen: &last, LastSeen: &last}},
	}
}

type miniWorker struct {
	t  *testing.T
	p  pylocust.Python
	d  *Dealer
	id string
}

func (w *miniWorker) send(typ string, data Payload) {
	if err := w.d.Send(Encode(typ, data, w.id)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *miniWorker) await(ctx context.Context, typ string) []byte {
	w.t.Helper()
	for {
		payload, err := w.d.Recv(ctx)
		if err != nil {
			w.t.Fatalf("waiting for %s: %v", typ, err)
		}
		m, err := DecodeMessage(payload)
		if err != nil {
			w.t.Fatal(err)
		}
		keep(w.t, w.p, "master", m.Type, payload)
		if m.Type == typ {
			return m.Data
		}
	}
}

// post uses the verb of the master's version.
func post(t *testing.T, port int, path string, form url.Values) {
	resp, err := http.PostForm(webURL(port, path), form)
	if err != nil {
		return // /stop may outlast the test
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusMethodNotAllowed {
		get(t, port, path)
	}
}

func get(t *testing.T, port int, path string) string {
	resp, err := http.Get(webURL(port, path))
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var b strings.Builder
	_ = resp.Write(&b)
	return b.String()
}

func webURL(port int, path string) string { return "http://127.0.0.1:" + strconv.Itoa(port) + path }
