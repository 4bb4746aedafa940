//go:build linux

package e2e

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// counter is a target that notes its last request.
type counter struct {
	*httptest.Server
	t       *testing.T
	latest  atomic.Int64
	counted atomic.Int64
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{t: t}
	c.Server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		c.latest.Store(time.Now().UnixNano())
		c.counted.Add(1)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *counter) last() time.Time { return time.Unix(0, c.latest.Load()) }

// wantSilence waits until some time after a moment and checks that no request came later.
func (c *counter) wantSilence(from time.Time) {
	c.t.Helper()
	time.Sleep(time.Until(from.Add(2 * time.Second))) // absence takes time to show
	if last := c.last(); last.After(from) {
		c.t.Errorf("a request came %v too late", last.Sub(from))
	}
	if c.counted.Load() == 0 {
		c.t.Error("no request ever came")
	}
}

// daemon is a swarmgrid master started on its own.
type daemon struct{ web, wire int }

func (d daemon) url() string { return "http://127.0.0.1:" + strconv.Itoa(d.web) }

// master starts a swarmgrid master.
func (w *world) master() daemon {
	w.t.Helper()
	d := daemon{pylocust.FreePort(w.t), pylocust.FreePort(w.t)}
	w.start("master", "--web-port", strconv.Itoa(d.web), "--master-bind-port", strconv.Itoa(d.wire))
	w.answers(d)
	return d
}

// worker starts a swarmgrid worker and waits until it is the master's only one.
func (w *world) worker(d daemon, file string) {
	w.t.Helper()
	w.start("worker", "-f", file, "--master-port", strconv.Itoa(d.wire))
	w.workers(d, 1)
}

// client is a client of a master's web API.
func (w *world) client(d daemon) *locust.Client {
	w.t.Helper()
	c, err := locust.NewClient(d.url(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return c
}

func (w *world) answers(d daemon) {
	w.t.Helper()
	c := w.client(d)
	w.await(patience, "the master answers", func() bool {
		_, err := c.Probe(w.t.Context())
		return err == nil
	})
}

// workers waits until a master has n workers.
func (w *world) workers(d daemon, n int) {
	w.t.Helper()
	c := w.client(d)
	w.await(patience, "the master has its workers", func() bool {
		s, err := c.Stats(w.t.Context())
		return err == nil && s.LiveWorkers() == n
	})
}
