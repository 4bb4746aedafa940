//go:build linux && e2e

package e2e

import (
	"flag"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// pacedPython asks at a steady rate.
const pacedPython = `from locust import HttpUser, task, constant_pacing

class Often(HttpUser):
    wait_time = constant_pacing(0.1)
    @task
    def ask(self):
        self.client.get("/", name="ask")
`

// rhythm is a target that notes every request.
type rhythm struct {
	*httptest.Server
	mu sync.Mutex
	at []time.Time
}

func newRhythm(t *testing.T) *rhythm {
	t.Helper()
	r := &rhythm{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.at = append(r.at, time.Now())
	}))
	t.Cleanup(r.Close)
	return r
}

// rate is the number of requests per second in a window.
func (r *rhythm) rate(start time.Time, seconds float64) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, end := 0, start.Add(time.Duration(seconds*float64(time.Second)))
	for _, at := range r.at {
		// The journal's times have no monotonic part, so ours must not count either.
		if at = at.Round(0); !at.Before(start) && at.Before(end) {
			n++
		}
	}
	return float64(n) / seconds
}

// everyWindow lets TestReportPhases measure longer windows, too, which takes ten minutes.
var everyWindow = flag.Bool("windows", false, "let TestReportPhases measure windows of 12 and 21 s, too")

// TestReportPhases: windows of Python Locust have the target's own rate within 2 %,
// with workers that report at different times, on either master. The shortest window
// is the hardest.
func TestReportPhases(t *testing.T) {
	windows := []int{9}
	if *everyWindow {
		windows = []int{9, 12, 21}
	}
	for _, window := range windows {
		for _, workers := range []int{1, 2, 4} {
			for _, ours := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d s by %d workers ours %v", window, workers, ours), func(t *testing.T) {
					bestOfThree(t, func(string) []string { return measureReports(t, window, workers, ours) })
				})
			}
		}
	}
}

func measureReports(t *testing.T, window, workers int, ours bool) (wrong []string) {
	w, p := newWorld(t), pylocust.New(t)
	server := newRhythm(t)
	m := daemon{pylocust.FreePort(t), pylocust.FreePort(t)}
	if ours {
		m = w.master()
	} else {
		p.Master(t, pacedPython, m.web, m.wire)
	}
	for n := range workers {
		p.Worker(t, pacedPython, "127.0.0.1", m.wire)
		w.workers(m, n+1)
		time.Sleep(time.Duration(300+400*n) * time.Millisecond) // so that they report at different times
	}
	engine := "locust"
	if ours {
		engine = "swarm"
	}
	w.file("phases.yaml", experiment("{url: "+server.URL+"}", "{engine: "+engine+", masterURL: "+m.url()+", spawnRate: 100}",
		"{users: [20]}", "{duration: "+strconv.Itoa(window)+"s, settle: 2s, cooldown: 0s}"))
	w.run(2*patience, "run", "phases.yaml", "--out", "run").wantExit(0)
	got := measured(t, w, "run")
	truth := server.rate(got.Start, got.Duration)
	off := got.RPS/truth - 1
	t.Logf("%.2f requests per second in %.3f s, truly %.2f: off by %.2f %%, the record says at most %.2f %%", got.RPS, got.Duration, truth, 100*off, 100*got.EdgeError)
	if math.Abs(off) > .02 || got.EdgeError > .02 {
		wrong = append(wrong, fmt.Sprintf("off by %.2f %%, edge error %.2f %%", 100*off, 100*got.EdgeError))
	}
	if math.Abs(got.Duration-float64(window)) > .5 {
		wrong = append(wrong, fmt.Sprintf("the window is %g s", got.Duration))
	}
	if n := strings.Count(w.read("run/journal.jsonl"), "stood still"); n > 0 {
		wrong = append(wrong, "a worker stood still")
	}
	return wrong
}

// TestPythonWorkerStandsStill: a window in which a Python worker was stopped for seconds
// is INVALID for that reason, on either master.
func TestPythonWorkerStandsStill(t *testing.T) {
	for _, engine := range []string{"locust", "swarm"} {
		t.Run(engine, func(t *testing.T) {
			waitingTest(t)
			w, p, server := newWorld(t), pylocust.New(t), newRhythm(t)
			m := daemon{pylocust.FreePort(t), pylocust.FreePort(t)}
			if engine == "swarm" {
				m = w.master()
			} else {
				p.Master(t, pacedPython, m.web, m.wire)
			}
			worker := p.Worker(t, pacedPython, "127.0.0.1", m.wire)
			w.workers(m, 1)
			w.file("still.yaml", experiment("{url: "+server.URL+"}", "{engine: "+engine+", masterURL: "+m.url()+", spawnRate: 100}",
				"{users: [20]}", "{duration: 21s, settle: 1s, cooldown: 0s, attempts: 1}"))
			d := w.start("run", "still.yaml", "--out", "run", "--json")
			d.awaitMeasured(1)
			w.awaitReport(m)
			// On a Python master only a delayed report is seen: the next comes after 3 s.
			time.Sleep(2200 * time.Millisecond)
			if err := worker.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2900 * time.Millisecond)
			if err := worker.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			d.wait(2 * patience)
			rec := w.journal("run").Records[0]
			t.Log(rec.StatusText())
			if !strings.HasPrefix(rec.StatusText(), "INVALID: ") || !strings.Contains(rec.StatusText(), "stood still for ") {
				t.Errorf("status %q", rec.StatusText())
			}
		})
	}
}

// awaitReport waits until the master's total has grown.
func (w *world) awaitReport(m daemon) {
	w.t.Helper()
	c := w.client(m)
	requests := func() int64 {
		_, total, err := c.Requests(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		return total.Requests
	}
	before := requests()
	w.await(patience, "a report comes", func() bool { return requests() > before })
}
