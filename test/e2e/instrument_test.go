//go:build linux

package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestWorkerStandsStill: a worker that is stopped for seconds and goes on misses its
// share of the requests. The window says so, and the next attempt is measured.
func TestWorkerStandsStill(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("busy.yaml", busy)
	w.file("one.yaml", experiment(quick(), "{file: busy.yaml, spawnRate: 50}", "{replicas: [1], workers: [2], users: [10]}",
		"{duration: 10s, settle: 0s, cooldown: 0s}"))
	d := w.start("run", "one.yaml", "--out", "run", "--json")
	d.awaitMeasured(1)
	worker := w.find("swarmgrid", "worker")[0]
	if err := syscall.Kill(worker.pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second) // less than the 4 s of silence after which a worker is lost
	if err := syscall.Kill(worker.pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	d.wait(2 * patience)
	d.wantExit(0)
	records := w.journal("run").Records
	if len(records) < 2 || records[0].Status != result.Invalid || !strings.Contains(records[0].StatusText(), "stood still for ") {
		t.Fatalf("records %+v, want INVALID for a worker that stood still, and one more", records)
	}
	if s := records[0].Observed.StoodStill; s < 2.5 {
		t.Errorf("the worker stood still for %v s, want about 3", s)
	}
	w.wantSuccess("run", 1)
}

// hanging answers /ok at once and /hang not before the test ends.
func hanging(t *testing.T) string {
	t.Helper()
	ended := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			select {
			case <-ended:
			case <-r.Context().Done():
			}
		}
	}))
	t.Cleanup(func() { close(ended); s.Close() })
	return s.URL
}

// TestHangIsSeen: a service that answers some requests and hangs on others does not pass
// because of those that it answers.
func TestHangIsSeen(t *testing.T) {
	waitingTest(t)
	w := newWorld(t)
	w.file("hang.yaml", `apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
metadata: {name: hang}
spec:
  users:
    - name: Quick
      weight: 1
      wait: {constant: 100ms}
      tasks: [{name: ok, request: {path: /ok}}]
    - name: Stuck
      weight: 2
      tasks: [{name: hang, request: {path: /hang}}]
`)
	url := hanging(t)
	for _, tt := range []struct{ dir, slo, verdict, says string }{
		{"open", "slo: [{metric: failures, below: 1%}]", "NO DATA", "how they end is not known"},
		{"bounded", "slo: [{metric: p99, below: 1s}]", "FAIL", "under way for 1s or longer when the window closed, counted as slow"},
	} {
		w.file(tt.dir+".yaml", experiment("{url: "+url+"}", "{file: hang.yaml, spawnRate: 50}", "{workers: [1], users: [6]}",
			"{duration: 5s, settle: 2s, cooldown: 0s, attempts: 20}", tt.slo))
		d := w.run(patience, "run", tt.dir+".yaml", "--out", tt.dir)
		d.wantExit(3)
		// Of six users four hang from the beginning. The others make at most 100 requests in
		// the window, of which four are more than one percent, however quick the machine is.
		text := strings.Join(strings.Fields(d.output()), " ")
		for _, want := range []string{" " + tt.verdict, tt.says, "no request ended of GET hang (4 under way)"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", tt.dir, want, d.output())
			}
		}
		records := w.journal(tt.dir).Records // earlier ones are those that a busy machine made INVALID
		f := records[len(records)-1].Measured.Flight
		if f == nil || f.AtStart < 4 || f.AtEnd < 4 || f.Unheard < 4 || f.Oldest < 5000 {
			t.Errorf("%s: under way %+v", tt.dir, f)
		}
	}
}
