package locustsim_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/locust/locustsim"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
	"github.com/swarmgrid/swarmgrid/internal/swarm/master"
	"github.com/swarmgrid/swarmgrid/internal/swarm/worker"
)

const swarmfile = `
apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
metadata: {name: conformance}
spec:
  users:
    - name: User
      wait: {constant: 50ms}
      tasks:
        - {name: ok, weight: 8, request: {path: /ok}}
        - {name: bad, weight: 1, request: {path: /bad}}
`

func TestOurs(t *testing.T) {
	t.Parallel()
	m, err := master.New(master.Options{})
	if err != nil {
		t.Fatal(err)
	}
	inBackground(t, m.Run)
	var stops []func()
	conform(t, subject{
		version: locustsim.Ours, host: target(t),
		client: func(holder string) *locust.Client { return newClient(t, "http://"+m.WebAddr(), holder) },
		start: func() {
			for range 2 {
				stops = append(stops, startWorker(t, m.WireAddr()))
			}
		},
		lose: func() { stops[0]() },
	})
}

func startWorker(t *testing.T, addr string) (stop func()) {
	t.Helper()
	file, err := experiment.DecodeSwarmfile("swarmfile.yaml", []byte(swarmfile))
	if err != nil {
		t.Fatal(err)
	}
	program, err := httpuser.Compile(file, httpuser.Options{})
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	wirePort, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	w, err := worker.New(worker.Options{MasterHost: host, MasterPort: wirePort, Program: program})
	if err != nil {
		t.Fatal(err)
	}
	return inBackground(t, w.Run)
}

// inBackground runs until the test ends, or stop.
func inBackground(t *testing.T, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("in the background: %v", err)
		}
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// leased: one driver at a time, who is named to the others.
func (x examiner) leased() {
	x.t.Helper()
	x.must(x.c.TakeLease(x.ctx, time.Minute))
	var status *locust.StatusError
	if err := x.client("other").TakeLease(x.ctx, time.Minute); !errors.As(err, &status) || status.Code != http.StatusConflict {
		x.t.Errorf("error = %v, want a 409", err)
	}
	s, err := x.c.Status(x.ctx)
	x.must(err)
	if s.Lease == nil || s.Lease.Holder != "driver" || s.TargetUsers != s.UserCount || len(s.Workers) != 2 || s.State != locust.StateRunning {
		x.t.Errorf("status %+v", s)
	}
	for _, w := range s.Workers {
		if !w.Slices || w.ID == "" || w.State != locust.StateRunning {
			x.t.Errorf("worker %+v", w)
		}
	}
}

// sliced: seconds become final soon after their end, and do not change any more.
func (x examiner) sliced() {
	x.t.Helper()
	s, err := x.c.Status(x.ctx)
	x.must(err)
	from := s.NowMicros/1e6 + 1
	var got locust.Slices
	pylocust.Eventually(x.t, 20*time.Second, "three final seconds", func() bool {
		got, err = x.c.Slices(x.ctx, from, from+3)
		x.must(err)
		return got.CompleteUntil >= from+3
	})
	requests, failures := x.sum(got, from)
	time.Sleep(1500 * time.Millisecond)
	again, err := x.c.Slices(x.ctx, from, from+3)
	x.must(err)
	if r, f := x.sum(again, from); r != requests || f != failures {
		x.t.Errorf("final seconds changed from %d, %d to %d, %d requests and failures", requests, failures, r, f)
	}
	var errorsSeen int64
	for _, e := range got.Errors {
		errorsSeen += e.Occurrences
	}
	if requests == 0 || failures == 0 || errorsSeen != failures {
		x.t.Errorf("%d requests, %d failures, %d errors", requests, failures, errorsSeen)
	}
}

func (x examiner) sum(got locust.Slices, from int64) (requests, failures int64) {
	x.t.Helper()
	for _, s := range got.Slices {
		d, err := s.Decode()
		x.must(err)
		if s.Second < from || s.Second >= from+3 {
			x.t.Errorf("second %d was not asked for", s.Second)
		}
		requests, failures = requests+d.Requests(), failures+d.Failures()
	}
	return requests, failures
}
