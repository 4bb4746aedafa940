//go:build linux

package e2e

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/pylocust"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// known is a server whose response times are known: request i takes 300 ms plus (i × 73 mod
// 400) ms, so that every whole number up to 699 ms is equally frequent. It records how long
// each really took, as the truth to compare with.
type known struct {
	*httptest.Server
	mu    sync.Mutex
	begun int
	done  []answer
}

type answer struct {
	at   time.Time
	took time.Duration
}

func newKnown(t *testing.T) *known {
	t.Helper()
	k := &known{}
	k.Server = httptest.NewServer(k)
	t.Cleanup(k.Close)
	return k
}

// ServeHTTP implements http.Handler.
func (k *known) ServeHTTP(http.ResponseWriter, *http.Request) {
	began := time.Now()
	k.mu.Lock()
	i := k.begun
	k.begun++
	k.mu.Unlock()
	time.Sleep(time.Duration(300+i*73%400) * time.Millisecond)
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	k.done = append(k.done, answer{now, now.Sub(began)})
}

// during returns what the requests completed in a window took, sorted.
func (k *known) during(m *result.Measured) []time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	end := m.Start.Add(time.Duration(m.Duration * float64(time.Second)))
	var out []time.Duration
	for _, a := range k.done {
		// The journal's times have no monotonic part, so ours must not count either.
		if at := a.at.Round(0); !at.Before(m.Start) && at.Before(end) {
			out = append(out, a.took)
		}
	}
	slices.Sort(out)
	return out
}

// percentile is by nearest rank.
func percentile(sorted []time.Duration, q float64) float64 {
	return result.Millis(sorted[int(math.Ceil(q*float64(len(sorted))))-1])
}

// tolerance is a share of the true value and a number of milliseconds on top.
type tolerance struct {
	latency, millis float64
	rate            float64
}

// compare lists the measured numbers that differ from the server's own.
func (k *known) compare(t *testing.T, m *result.Measured, tol tolerance) (wrong []string) {
	t.Helper()
	truth := k.during(m)
	if len(truth) < 400 {
		t.Fatalf("only %d requests in the window", len(truth))
	}
	check := func(what string, got, want, allowed float64) {
		text := fmt.Sprintf("%s: measured %.2f, true %.2f, off by %.2f %%, allowed %.2f %%", what, got, want, 100*(got/want-1), 100*allowed/want)
		t.Log(text)
		if math.Abs(got-want) > allowed {
			wrong = append(wrong, text)
		}
	}
	for _, l := range []struct {
		name string
		got  float64
		q    float64
	}{{"median", m.Latency.P50, .5}, {"p95", m.Latency.P95, .95}, {"p99", m.Latency.P99, .99}} {
		want := percentile(truth, l.q)
		check(l.name, l.got, want, tol.latency*want+tol.millis)
	}
	rate := float64(len(truth)) / m.Duration
	check("rate", m.RPS, rate, tol.rate*rate)
	return wrong
}

// bestOfThree measures until the numbers are right, at most three times. A machine that is
// busy with something else delays the users, who then really wait longer than the server
// took; a mistake of ours would show every time.
func bestOfThree(t *testing.T, measure func(dir string) (wrong []string)) {
	t.Helper()
	var wrong []string
	for _, dir := range []string{"first", "second", "third"} {
		if wrong = measure(dir); len(wrong) == 0 {
			return
		}
	}
	t.Errorf("three times in a row, the last time with:\n%s", strings.Join(wrong, "\n"))
}

// eager is a swarmfile whose users send again at once.
const eager = `apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
metadata: {name: eager}
spec:
  users:
    - name: Client
      tasks:
        - {name: ask, request: {method: GET, path: /}}
`

const eagerPython = `from locust import HttpUser, task

class Client(HttpUser):
    @task
    def ask(self):
        self.client.get("/", name="ask")
`

func measured(t *testing.T, w *world, dir string) *result.Measured {
	t.Helper()
	w.wantSuccess(dir, 1)
	for _, r := range w.journal(dir).Final() {
		if r.Measured != nil {
			return r.Measured
		}
	}
	t.Fatal("nothing was measured")
	return nil
}

// TestKnownLatencies: our engine reports the server's percentiles and rate within 1 %. It
// does not run in parallel with the other tests of this package.
func TestKnownLatencies(t *testing.T) {
	w := newWorld(t)
	server := newKnown(t)
	w.file("eager.yaml", eager)
	w.file("known.yaml", experiment("{url: "+server.URL+"}", "{file: eager.yaml, spawnRate: 100}",
		"{workers: [2], users: [60]}", "{duration: 6s, settle: 1s, cooldown: 0s}"))
	bestOfThree(t, func(dir string) []string {
		w.run(patience, "run", "known.yaml", "--out", dir).wantExit(0)
		return server.compare(t, measured(t, w, dir), tolerance{latency: .01, rate: .01})
	})
}

// TestKnownLatenciesPython: Python Locust reports the same within its buckets of
// 10 ms, which begin at 100 ms (locust-protocol.md 18), and the rate within 2 %.
func TestKnownLatenciesPython(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	server := newKnown(t)
	w.file("eager.py", eagerPython)
	w.file("known.yaml", experiment("{url: "+server.URL+"}", "{engine: locust, file: eager.py, spawnRate: 100}",
		"{workers: [1], users: [60]}", "{duration: 10s, settle: 1s, cooldown: 0s}"))
	bestOfThree(t, func(dir string) []string {
		w.run(2*patience, "run", "known.yaml", "--out", dir, "--python", pylocust.New(t).Path).wantExit(0)
		m := measured(t, w, dir)
		if m.EdgeError <= 0 || m.EdgeError > .02 || m.Exact {
			t.Errorf("edge error %v, exact %v: want a small error and no claim of exactness", m.EdgeError, m.Exact)
		}
		// Half a bucket for rounding and half for Python's own delay, and 1 % for a
		// window that begins and ends elsewhere.
		return server.compare(t, m, tolerance{latency: .01, millis: 10, rate: .02})
	})
}
