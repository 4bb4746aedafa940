package master

import (
	"context"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// paced has a steady rate and a task that is rare.
const paced = `
from locust import HttpUser, task, constant_pacing
class Often(HttpUser):
    wait_time = constant_pacing(0.1)
    @task
    def ok(self): self.client.get("/ok")
class Rarely(HttpUser):
    fixed_count = 1
    wait_time = constant_pacing(2)
    @task
    def login(self): self.client.get("/login")
`

// TestRatesOfPythonWorkers compares Requests/s after a reset with what the target counts.
func TestRatesOfPythonWorkers(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	var counted moments
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { counted.add() }))
	defer target.Close()
	m := start(t, Options{Classes: map[string]float64{"Often": 19, "Rarely": 1}})
	p := pylocust.New(t)
	_, port, err := net.SplitHostPort(m.WireAddr())
	if err != nil {
		t.Fatal(err)
	}
	wirePort, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	client, err := locust.NewClient("http://"+m.WebAddr(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	d := &driver{t: t, ctx: ctx, client: client}
	for n := range 2 {
		p.Worker(t, paced, "127.0.0.1", wirePort)
		d.await("the worker", func(s locust.Status) bool { return len(s.Workers) == n+1 })
		time.Sleep(1300 * time.Millisecond) // so that they report at different times
	}
	if err := client.Swarm(ctx, locust.SwarmRequest{Users: 20, SpawnRate: 20, Host: target.URL}); err != nil {
		t.Fatal(err)
	}
	d.await("all users", func(s locust.Status) bool { return s.State == locust.StateRunning && s.UserCount == 20 })
	time.Sleep(7 * time.Second) // a first report after the reset reaches back to before it
	if err := client.ResetStats(ctx); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, after := range []time.Duration{7 * time.Second, 11600 * time.Millisecond, 16 * time.Second} {
		time.Sleep(time.Until(began.Add(after)))
		rows, total, err := client.Requests(ctx)
		if err != nil {
			t.Fatal(err)
		}
		least, most := counted.rates(began, time.Now())
		sum := 0.0
		for _, r := range rows {
			sum += r.RPS
			if r.Name == "/login" && math.Abs(r.RPS-.5) > .3 {
				t.Errorf("after %s: %.2f logins per second of one in two seconds", after, r.RPS)
			}
		}
		t.Logf("after %s: %.1f requests per second, truly %.1f to %.1f", after, total.RPS, least, most)
		if total.RPS < .98*least || total.RPS > 1.02*most || math.Abs(sum-total.RPS) > 1e-6 {
			t.Errorf("after %s: %.1f requests per second, the rows together %.1f, truly %.1f to %.1f", after, total.RPS, sum, least, most)
		}
	}
}

// moments are when a target got its requests.
type moments struct {
	mu  sync.Mutex
	all []time.Time
}

func (m *moments) add() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, time.Now())
}

// rates are the lowest and the highest rate over the spans that a figure shown now may be
// of: from a reset, or the whole second after it, to at most what every worker has reported.
// On an overloaded machine the load is not steady, and they differ.
func (m *moments) rates(reset, now time.Time) (least, most float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	least = math.Inf(1)
	const step = 250 * time.Millisecond
	for from := reset; from.Sub(reset) <= time.Second; from = from.Add(step) {
		for to := now; now.Sub(to) <= 4*time.Second; to = to.Add(-step) {
			n := 0
			for _, at := range m.all {
				if !at.Before(from) && at.Before(to) {
					n++
				}
			}
			rate := float64(n) / to.Sub(from).Seconds()
			least, most = min(least, rate), max(most, rate)
		}
	}
	return least, most
}
