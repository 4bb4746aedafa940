package run_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/run/storetest"
)

// paced users ask as often as they are told, whatever the answer takes.
const paced = `
from locust import HttpUser, task, constant_pacing
class Paced(HttpUser):
    wait_time = constant_pacing(0.1)
    @task
    def ask(self): self.client.get("/", name="ask")
`

// counting is a target that knows when it was asked.
type counting struct {
	*httptest.Server
	mu sync.Mutex
	at []time.Time
}

func newCounting(t *testing.T) *counting {
	c := &counting{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.at = append(c.at, time.Now())
	}))
	t.Cleanup(c.Close)
	return c
}

// rate is how often it was asked per second in a window.
func (c *counting) rate(m *result.Measured) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, end := 0, m.Start.Add(time.Duration(m.Duration*float64(time.Second)))
	for _, at := range c.at {
		// The record's times have no monotonic part, so ours must not count either.
		if at = at.Round(0); !at.Before(m.Start) && at.Before(end) {
			n++
		}
	}
	return float64(n) / m.Duration
}

// TestRealReports: the rate that a campaign measures with real Locust is the target's
// own, though its two workers report at different times, and the record's error holds.
func TestRealReports(t *testing.T) {
	t.Parallel()
	p, target := pylocust.New(t), newCounting(t)
	web, wire := pylocust.FreePort(t), pylocust.FreePort(t)
	p.Master(t, paced, web, wire)
	address := fmt.Sprint("http://127.0.0.1:", web)
	client, err := locust.NewClient(address, "")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for n := range 2 {
		p.Worker(t, paced, "127.0.0.1", wire)
		pylocust.Eventually(t, 30*time.Second, "the worker", func() bool {
			count, err := client.WorkerCount(t.Context())
			return err == nil && count == n+1
		})
		time.Sleep(time.Second) // so that they report at different times
	}
	exp := decode(t, "load: {engine: locust, masterURL: "+address+"}", "target: {url: "+target.URL+"}",
		"matrix: {users: [18]}", "measure: {duration: 9s, cooldown: 0s, settle: 1s, attempts: 1}")
	// A machine that is busy with something else gives the load no steady rate; a mistake
	// of ours would be there every time.
	var wrong string
	for range 3 {
		if wrong = measureReal(t, exp, target); wrong == "" {
			return
		}
		t.Log(wrong)
	}
	t.Error("three times in a row it was not the target's own rate")
}

// measureReal runs the campaign and says where its rate differs from what the target counts.
func measureReal(t *testing.T, exp *experiment.Experiment, target *counting) (wrong string) {
	t.Helper()
	store, err := storetest.NewMemory().Open()
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	journal, err := run.New(run.Options{
		Experiment: exp, Store: store, Holder: platform.Holder{Run: "run-1", Detail: "test"}, Version: "test", NewClient: locust.NewClient,
		Platform: platformtest.NewFake(platformtest.FakeOptions{Unmanaged: []platform.Role{platform.Target, platform.Master, platform.Worker}}),
		Observe:  func(run.Event) {},
	}).Run(ctx)
	if err != nil || len(journal.Records) != 1 {
		t.Fatalf("journal %+v: %v", journal, err)
	}
	rec := journal.Records[0]
	m := rec.Measured
	if rec.Status != result.Success || m == nil {
		return rec.StatusText()
	}
	truth := target.rate(m)
	off := m.RPS/truth - 1
	t.Logf("%.2f requests per second in %.3f s, truly %.2f: off by %.2f %%, the record says at most %.2f %%", m.RPS, m.Duration, truth, 100*off, 100*m.EdgeError)
	if math.Abs(off) > .02 || math.Abs(off) > m.EdgeError+.005 || m.EdgeError > .03 || math.Abs(m.Duration-9) > .5 {
		return fmt.Sprintf("off by %.2f %%: %+v", 100*off, *m)
	}
	return ""
}
