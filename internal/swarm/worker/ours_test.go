package worker

import (
	"net"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/swarm/master"
)

// startOurs runs our own master with one worker in this process.
func startOurs(t *testing.T) *swarmUnderTest {
	t.Helper()
	m, err := master.New(master.Options{StopTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	inBackground(t, m.Run)
	_, port, err := net.SplitHostPort(m.WireAddr())
	if err != nil {
		t.Fatal(err)
	}
	wirePort, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return newSwarm(t, "http://"+m.WebAddr(), wirePort)
}

// TestOnOurMaster: spawn, slices, and the loss of a worker whose users move to the others.
func TestOnOurMaster(t *testing.T) {
	t.Parallel()
	s := startOurs(t)
	s.startWorker(s.wirePort)
	s.startWorker(s.wirePort)
	s.workers(2)
	from := time.Now().Unix()
	s.swarm(10, s.srv.URL)
	s.running(10)
	pylocust.Eventually(t, 30*time.Second, "some requests", func() bool { return s.srv.slow.Load() > 50 && s.srv.bad.Load() > 50 })
	s.stop(2)
	s.compare()
	s.compareSlices(from)
	s.loseOwnWorker()
}

func (s *swarmUnderTest) compareSlices(from int64) {
	s.t.Helper()
	got := s.slices(from)
	requests := map[string]int64{}
	var failures, errors int64
	for _, x := range got.Slices {
		requests[x.Name] += count(s.t, []byte(x.OK)) + count(s.t, []byte(x.Failed))
		failures += count(s.t, []byte(x.Failed))
		if x.Name == "slow" {
			checkSlow(s.t, decode(s.t, []byte(x.OK)))
		}
	}
	for _, e := range got.Errors {
		errors += e.Occurrences
	}
	for name, n := range s.served() {
		if requests[name] != n {
			s.t.Errorf("%s: %d in slices, the server counted %d", name, requests[name], n)
		}
	}
	if bad := s.srv.bad.Load(); failures != bad || errors != bad {
		s.t.Errorf("%d failures and %d errors in slices, the server counted %d", failures, errors, bad)
	}
}

func checkSlow(t *testing.T, h *stats.Histogram) {
	t.Helper()
	if h.Min() < 19900*time.Microsecond {
		t.Errorf("%s for what takes 20 ms", h.Min())
	}
}

// slices waits until all seconds up to now are complete.
func (s *swarmUnderTest) slices(from int64) locust.Slices {
	s.t.Helper()
	to := time.Now().Unix() + 1
	var got locust.Slices
	pylocust.Eventually(s.t, 10*time.Second, "the seconds to be complete", func() bool {
		var err error
		if got, err = s.web.Slices(s.t.Context(), from, to); err != nil {
			s.t.Fatal(err)
		}
		return got.CompleteUntil >= to
	})
	return got
}

// loseOwnWorker: the users of a killed worker move at once.
func (s *swarmUnderTest) loseOwnWorker() {
	s.t.Helper()
	cmd, id := startProcess(s.t, s.wirePort)
	s.workers(3)
	s.swarm(9, s.srv.URL)
	s.running(9)
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	pylocust.Eventually(s.t, 10*time.Second, "the loss to be told and the users to be back", func() bool {
		st, err := s.web.Status(s.t.Context())
		lost := slices.ContainsFunc(st.Events, func(e locust.Event) bool { return e.Type == locust.EventWorkerLost && e.Worker == id })
		return err == nil && lost && len(st.Workers) == 2 && st.UserCount == 9
	})
	s.stop(2)
}

// TestConnectionBlip: after a connection that broke, the worker is back within
// the second that our master leaves it, with its users.
func TestConnectionBlip(t *testing.T) {
	t.Parallel()
	s := startOurs(t)
	p := newProxy(t, s.wirePort)
	s.startWorker(p.port())
	s.workers(1)
	s.swarm(6, s.srv.URL)
	s.running(6)
	before := s.srv.slow.Load()
	p.cut()
	pylocust.Eventually(t, 10*time.Second, "requests after the break", func() bool { return s.srv.slow.Load() > before+50 })
	s.running(6)
	st, err := s.web.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range st.Events {
		if e.Type == locust.EventWorkerLost {
			t.Errorf("event %+v", e)
		}
	}
	s.stop(1)
}
