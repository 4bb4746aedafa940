package master

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// locustfile has two classes, so that moving users can be seen by class.
const locustfile = `
from locust import HttpUser, task, constant
class Alpha(HttpUser):
    wait_time = constant(0.2)
    @task(8)
    def ok(self): self.client.get("/ok")
    @task
    def bad(self): self.client.get("/bad")
    @task
    def boom(self): raise ValueError("boom")
class Beta(HttpUser):
    wait_time = constant(0.2)
    @task
    def ok(self): self.client.get("/ok")
`

// latency is what the target takes for a good answer.
const latency = 30 * time.Millisecond

func target(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(latency)
		_, _ = fmt.Fprint(w, "fine")
	})
	mux.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestPythonWorkersOnOurMaster(t *testing.T) {
	t.Parallel()
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		m := start(t, Options{})
		_, port, err := net.SplitHostPort(m.WireAddr())
		if err != nil {
			t.Fatal(err)
		}
		wirePort, err := strconv.Atoi(port)
		if err != nil {
			t.Fatal(err)
		}
		workers := []*pylocust.Process{
			p.Worker(t, locustfile, "127.0.0.1", wirePort), p.Worker(t, locustfile, "127.0.0.1", wirePort),
		}
		client, err := locust.NewClient("http://"+m.WebAddr(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		d := &driver{t: t, ctx: ctx, client: client}
		d.await("two workers", func(s locust.Status) bool { return len(s.Workers) == 2 })
		if err := client.Swarm(ctx, locust.SwarmRequest{Users: 6, SpawnRate: 6, Host: target(t)}); err != nil {
			t.Fatal(err)
		}
		s := d.await("all users", func(s locust.Status) bool { return s.State == locust.StateRunning && s.UserCount == 6 })
		for _, w := range s.Workers {
			if w.UserCount != 3 || w.Slices || w.Version != p.Version {
				t.Errorf("worker %+v", w)
			}
		}
		d.checkNumbers(m)
		workers[0].Kill()
		killed := time.Now()
		s = d.await("the users of the killed worker to move", func(s locust.Status) bool {
			return len(s.Workers) == 1 && s.UserCount == 6
		})
		if took := time.Since(killed); took > 4*time.Second {
			t.Errorf("moving the users took %s", took)
		}
		if s.State != locust.StateRunning || !hasEvent(s, locust.EventWorkerLost) || !hasEvent(s, locust.EventRedispatched) {
			t.Errorf("status %+v", s)
		}
		if err := client.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		d.await("the worker to be back", func(s locust.Status) bool {
			return s.Idle() && s.UserCount == 0 && len(s.Workers) == 1 && s.Workers[0].State == locust.StateReady
		})
		d.secondLoad()
		if err := workers[1].Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		d.await("the worker to quit", func(s locust.Status) bool { return len(s.Workers) == 0 && hasEvent(s, locust.EventWorkerQuit) })
	})
}

type driver struct {
	t      *testing.T
	ctx    context.Context
	client *locust.Client
}

func (d *driver) await(what string, ok func(locust.Status) bool) (s locust.Status) {
	d.t.Helper()
	pylocust.Eventually(d.t, 20*time.Second, what, func() bool {
		var err error
		if s, err = d.client.Status(d.ctx); err != nil {
			d.t.Fatal(err)
		}
		return ok(s)
	})
	return s
}

// checkNumbers waits for reports and compares them with what the target does.
func (d *driver) checkNumbers(m *Master) {
	d.t.Helper()
	var rows []locust.Row
	pylocust.Eventually(d.t, 20*time.Second, "reports of some hundred requests", func() bool {
		var total locust.Row
		var err error
		if rows, total, err = d.client.Requests(d.ctx); err != nil {
			d.t.Fatal(err)
		}
		return total.Requests > 100 && total.Failures > 0
	})
	byName := map[string]locust.Row{}
	for _, r := range rows {
		byName[r.Name] = r
	}
	ok, bad, want := byName["/ok"], byName["/bad"], float64(latency/time.Millisecond)
	if ok.Failures != 0 || ok.Min < want || ok.Mean < want || ok.P50 < want || ok.P50 > 10*want || ok.P95 < ok.P50 || ok.P99 < ok.P95 || math.Round(ok.Max) < ok.P99 {
		d.t.Errorf("/ok: %+v", ok)
	}
	if bad.Requests == 0 || bad.Failures != bad.Requests {
		d.t.Errorf("/bad: %+v", bad)
	}
	// Six users with a cycle of at least 200 ms; 30 ms more for most.
	if rate := ok.RPS + bad.RPS; rate <= 0 || rate > 30 || math.IsNaN(rate) {
		d.t.Errorf("%g requests per second", rate)
	}
	failures, err := d.client.Failures(d.ctx)
	if err != nil || len(failures) != 1 || failures[0].Name != "/bad" || !strings.Contains(failures[0].Error, "418") {
		d.t.Errorf("failures %+v: %v", failures, err)
	}
	if _, body := call(d.t, m, "GET", "/exceptions", nil, nil); !strings.Contains(body, `"msg": "boom"`) || !strings.Contains(body, "ValueError") {
		d.t.Errorf("exceptions: %s", body)
	}
	if resp, _ := call(d.t, m, "GET", locust.SlicesPath+"?from=0&to=1", nil, nil); resp.StatusCode != http.StatusNotImplemented {
		d.t.Errorf("slices with Python workers: status %d", resp.StatusCode)
	}
}

// secondLoad: a second load starts without any request of the first.
func (d *driver) secondLoad() {
	d.t.Helper()
	if err := d.client.Swarm(d.ctx, locust.SwarmRequest{Users: 2, SpawnRate: 10}); err != nil {
		d.t.Fatal(err)
	}
	if _, total, err := d.client.Requests(d.ctx); err != nil || total.Requests > 0 {
		d.t.Errorf("the new load begins with %d requests: %v", total.Requests, err)
	}
	d.await("the second load", func(s locust.Status) bool { return s.State == locust.StateRunning && s.UserCount == 2 })
	if err := d.client.Stop(d.ctx); err != nil {
		d.t.Fatal(err)
	}
}

func hasEvent(s locust.Status, typ string) bool {
	for _, e := range s.Events {
		if e.Type == typ {
			return true
		}
	}
	return false
}

// TestPythonWorkerOfAnotherMaster: a worker whose master was replaced under it is
// stopped and registers again (locust-protocol.md 13), its users with it.
func TestPythonWorkerOfAnotherMaster(t *testing.T) {
	t.Parallel()
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		port := pylocust.FreePort(t)
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		p.Worker(t, locustfile, "127.0.0.1", port)
		startUsersAndDie(ctx, t, addr, target(t))
		m := start(t, Options{MasterBindPort: port})
		client, err := locust.NewClient("http://"+m.WebAddr(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		d := &driver{t: t, ctx: ctx, client: client}
		s := d.await("the worker to register", func(s locust.Status) bool { return len(s.Workers) == 1 && s.Workers[0].State == locust.StateReady })
		if s.UserCount != 0 {
			t.Errorf("%d users of the old load", s.UserCount)
		}
		d.secondLoad()
	})
}

// startUsersAndDie is a master that vanishes while two users run.
func startUsersAndDie(ctx context.Context, t *testing.T, addr, host string) {
	t.Helper()
	r, err := wire.Listen(ctx, addr, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		e, err := r.Recv(ctx)
		if err != nil {
			t.Fatal(err)
		}
		msg, _ := wire.DecodeMessage(e.Payload)
		switch msg.Type {
		case wire.TypeClientReady:
			_ = r.Send(e.Identity, wire.Encode(wire.TypeAck, wire.Ack{}, e.Identity))
			_ = r.Send(e.Identity, wire.Encode(wire.TypeSpawn, wire.Spawn{Timestamp: 1, Host: &host, UserClassesCount: map[string]int{"Alpha": 1, "Beta": 1}}, e.Identity))
		case wire.TypeSpawningComplete:
			return
		}
	}
}
