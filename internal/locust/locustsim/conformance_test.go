package locustsim_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// subject is a master under test, real or fake, with no worker yet.
type subject struct {
	version string
	// client makes one of the master.
	client func(leaseHolder string) *locust.Client
	// start brings up two workers; lose ends one of them.
	start, lose func()
	// host is what the users load.
	host string
}

func (s subject) ours() bool { return s.version == locustsim.Ours }

// TestFakes, TestPython and TestOurs make the same demands on all masters.
func TestFakes(t *testing.T) {
	for _, version := range []string{locustsim.Ours, "2.47.0", "2.46.3"} {
		t.Run("version "+version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := locustsim.New(version, locustsim.Knobs{Rate: 10, FailEvery: 9})
				conform(t, subject{
					version: version, host: "http://target.invalid",
					client: func(holder string) *locust.Client { return newClient(t, "http://master.invalid", holder).Through(m) },
					start:  func() { m.SetWorkers(2) },
					lose:   m.Lose,
				})
			})
		})
	}
}

func TestPython(t *testing.T) {
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		web, wire := pylocust.FreePort(t), pylocust.FreePort(t)
		p.Master(t, locustfile, web, wire)
		var workers []*pylocust.Process
		conform(t, subject{
			version: p.Version, host: target(t),
			client: func(holder string) *locust.Client {
				return newClient(t, fmt.Sprintf("http://127.0.0.1:%d", web), holder)
			},
			start: func() {
				for range 2 {
					workers = append(workers, p.Worker(t, locustfile, "127.0.0.1", wire))
				}
			},
			lose: func() { workers[0].Kill() },
		})
	})
}

const locustfile = `
from locust import HttpUser, task, constant
class User(HttpUser):
    wait_time = constant(0.05)
    @task(8)
    def ok(self): self.client.get("/ok")
    @task
    def bad(self): self.client.get("/bad")
`

func target(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(20 * time.Millisecond)
		_, _ = fmt.Fprint(w, "fine")
	})
	mux.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func newClient(t *testing.T, base, holder string) *locust.Client {
	t.Helper()
	c, err := locust.NewClient(base, holder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// examiner asks a subject.
type examiner struct {
	t *testing.T
	subject
	ctx context.Context
	c   *locust.Client
}

func conform(t *testing.T, s subject) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	x := examiner{t: t, subject: s, ctx: ctx, c: s.client("driver")}
	x.capabilities()
	x.withoutWorkers()
	x.start()
	x.await("two idle workers", func(s locust.Stats) bool { return s.Idle() && s.LiveWorkers() == 2 && s.UserCount == 0 })
	x.nothingMeasured()
	x.load(4)
	x.numbers()
	x.reset()
	if x.ours() {
		x.leased()
		x.sliced()
	}
	x.stop(2)
	x.load(2)
	x.loss()
	x.stop(1)
}

func (x examiner) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x examiner) await(what string, ok func(locust.Stats) bool) (s locust.Stats) {
	x.t.Helper()
	pylocust.Eventually(x.t, 30*time.Second, what, func() bool {
		var err error
		s, err = x.c.Stats(x.ctx)
		x.must(err)
		return ok(s)
	})
	return s
}

func (x examiner) capabilities() {
	x.t.Helper()
	caps, err := x.client("").Probe(x.ctx)
	if newest := x.ours() || x.version == "2.47.0"; err != nil || (caps.Extension != nil) != x.ours() || caps.RunTime != newest {
		x.t.Errorf("capabilities %+v: %v", caps, err)
	}
}

// withoutWorkers: Python says yes and does nothing (locust-protocol.md 28), ours says no.
func (x examiner) withoutWorkers() {
	x.t.Helper()
	err := x.c.Swarm(x.ctx, locust.SwarmRequest{Users: 2, SpawnRate: 2, Host: x.host})
	if refused := err != nil && strings.Contains(err.Error(), "refused: no workers"); refused != x.ours() || !refused && err != nil {
		x.t.Errorf("a load without workers: %v", err)
	}
	s, err := x.c.Stats(x.ctx)
	if err != nil || !s.Idle() || len(s.Workers) != 0 {
		x.t.Errorf("without workers: %+v: %v", s, err)
	}
}

// nothingMeasured: the CSV has its last row and N/A for percentiles.
func (x examiner) nothingMeasured() {
	x.t.Helper()
	rows, total, err := x.c.Requests(x.ctx)
	if err != nil || len(rows) != 0 || total.Requests != 0 || total.HasPercentiles || total.Name != "Aggregated" {
		x.t.Errorf("before a load: rows %+v, total %+v: %v", rows, total, err)
	}
	failures, err := x.c.Failures(x.ctx)
	exceptions, err2 := x.c.Exceptions(x.ctx)
	if err != nil || err2 != nil || len(failures)+len(exceptions) != 0 {
		x.t.Errorf("before a load: failures %v, exceptions %v: %v, %v", failures, exceptions, err, err2)
	}
}

func (x examiner) load(users int) {
	x.t.Helper()
	x.must(x.c.Swarm(x.ctx, locust.SwarmRequest{Users: users, SpawnRate: 4, Host: x.host}))
	s := x.await("all users", func(s locust.Stats) bool { return s.State == locust.StateRunning && s.UserCount == users })
	for _, w := range s.Workers {
		if w.UserCount != users/2 || !w.Live() || w.ID == "" {
			x.t.Errorf("worker %+v of %d users", w, users)
		}
	}
	if n, err := x.c.WorkerCount(x.ctx); err != nil || n != 2 {
		x.t.Errorf("%d workers: %v", n, err)
	}
}

// numbers: the rows are consistent, the failures named.
func (x examiner) numbers() {
	x.t.Helper()
	var rows []locust.Row
	var total locust.Row
	pylocust.Eventually(x.t, 30*time.Second, "requests and failures", func() bool {
		var err error
		rows, total, err = x.c.Requests(x.ctx)
		x.must(err)
		return total.Requests > 100 && total.Failures > 0
	})
	var requests, failures int64
	for _, r := range rows {
		requests, failures = requests+r.Requests, failures+r.Failures
		if r.Method == "" || r.Name == "" {
			x.t.Errorf("row %+v", r)
		}
	}
	if requests != total.Requests || failures != total.Failures || total.RPS <= 0 || !total.HasPercentiles {
		x.t.Errorf("rows %+v, total %+v", rows, total)
	}
	if total.Min <= 0 || total.P50 < total.Min-1 || total.P95 < total.P50 || total.P99 < total.P95 || total.P99 > 1.06*total.Max+1 || total.Mean < total.Min || total.Mean > total.Max {
		x.t.Errorf("latencies %+v", total)
	}
	if total.P90 == nil || total.P999 == nil || *total.P90 < total.P50 || *total.P90 > total.P95 || *total.P999 < total.P99 {
		x.t.Errorf("p90 %v, p99.9 %v beside %+v", total.P90, total.P999, total)
	}
	list, err := x.c.Failures(x.ctx)
	var occurrences int64
	for _, f := range list {
		occurrences += f.Occurrences
	}
	if err != nil || occurrences < failures || len(list) == 0 || list[0].Error == "" || list[0].Name == "" {
		x.t.Errorf("failures %+v: %v", list, err)
	}
	s := x.await("live numbers", func(s locust.Stats) bool {
		return s.CurrentRPS > 0 && s.CurrentFailures > 0 && s.CurrentP95 != nil && *s.CurrentP95 > 0 && s.Requests > 100
	})
	if s.CurrentP50 == nil || *s.CurrentP50 <= 0 || *s.CurrentP50 > *s.CurrentP95 || s.CurrentFailures > s.CurrentRPS || s.Failures <= 0 || s.Failures > s.Requests {
		x.t.Errorf("live numbers %+v", s)
	}
}

// reset: the CSV shows it at once, Python's JSON from its cache not yet (locust-protocol.md 31).
func (x examiner) reset() {
	x.t.Helper()
	c := x.client("") // which has to find out the verb
	// A moment after the cache ran out, so that it is filled by the next call.
	time.Sleep(2100 * time.Millisecond)
	before, err := c.Stats(x.ctx)
	x.must(err)
	x.must(c.ResetStats(x.ctx))
	after, err := c.Stats(x.ctx)
	x.must(err)
	_, total, err := c.Requests(x.ctx)
	x.must(err)
	if cached := after.Requests == before.Requests; cached == x.ours() || total.Requests >= before.Requests {
		x.t.Errorf("requests %d before the reset, %d after it in JSON, %d in CSV", before.Requests, after.Requests, total.Requests)
	}
}

// stop: idle is seen, and the workers come back.
func (x examiner) stop(workers int) {
	x.t.Helper()
	x.must(x.c.Stop(x.ctx))
	x.await("an idle master", func(s locust.Stats) bool {
		return s.Idle() && s.UserCount == 0 && s.LiveWorkers() == workers
	})
	if x.ours() {
		x.must(x.c.ReleaseLease(x.ctx))
	}
}

// loss: Python lists a lost worker as missing and its users are gone; ours moves
// them at once and tells by events.
func (x examiner) loss() {
	x.t.Helper()
	x.lose()
	s := x.await("the loss", func(s locust.Stats) bool { return s.LiveWorkers() == 1 })
	if !x.ours() {
		if len(s.Workers) != 2 || s.UserCount != 1 {
			x.t.Errorf("after the loss: %+v", s)
		}
		return
	}
	x.await("the users of the lost worker", func(s locust.Stats) bool { return s.UserCount == 2 && s.State == locust.StateRunning })
	status, err := x.c.Status(x.ctx)
	x.must(err)
	var seq int64
	types := map[string]bool{}
	for _, e := range status.Events {
		types[e.Type] = true
		if e.Seq <= seq || e.TimeMicros <= 0 {
			x.t.Errorf("event %+v after %d", e, seq)
		}
		seq = e.Seq
	}
	lost := types[locust.EventWorkerLost] || types[locust.EventWorkerQuit]
	if !lost || !types[locust.EventWorkerJoined] || !types[locust.EventRedispatched] {
		x.t.Errorf("events %+v", status.Events)
	}
}
