package worker

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// locustfile only tells Python's master the classes; our workers bring the tasks.
const locustfile = `
from locust import User, task
class Alpha(User):
    @task
    def nothing(self): pass
class Beta(User):
    @task
    def nothing(self): pass
`

func startPython(t *testing.T, p pylocust.Python) *swarmUnderTest {
	t.Helper()
	webPort, wirePort := pylocust.FreePort(t), pylocust.FreePort(t)
	p.Master(t, locustfile, webPort, wirePort, "--stop-timeout", "5")
	s := newSwarm(t, "http://127.0.0.1:"+strconv.Itoa(webPort), wirePort)
	s.startWorker(wirePort)
	s.startWorker(wirePort)
	return s
}

// TestOnPythonMaster: our workers on a real Python master, from spawn to the loss of one,
// comparing the master's numbers with the server's own.
func TestOnPythonMaster(t *testing.T) {
	t.Parallel()
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		s := startPython(t, p)
		s.workers(2)

		s.swarm(10, s.srv.URL)
		s.running(10)
		pylocust.Eventually(t, 30*time.Second, "some requests", func() bool { return s.srv.slow.Load() > 50 && s.srv.bad.Load() > 50 })
		s.swarm(4, s.srv.URL)
		s.running(4)
		s.stop(2)
		if open := s.srv.open.Load(); open != 0 {
			t.Errorf("%d requests after the stop", open)
		}
		s.compare()
		s.loseWorker()
		s.badHost()
	})
}

// loseWorker kills a third worker during a test.
func (s *swarmUnderTest) loseWorker() {
	s.t.Helper()
	cmd, id := startProcess(s.t, s.wirePort)
	s.workers(3)
	s.swarm(6, s.srv.URL)
	s.running(6)
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	pylocust.Eventually(s.t, 30*time.Second, "the killed worker to be missing", func() bool {
		for _, w := range s.stats().Workers {
			if w.ID == id {
				return w.State == "missing"
			}
		}
		return false
	})
	s.workers(2)
}

// badHost: what goes wrong while spawning is in the master's list of exceptions.
func (s *swarmUnderTest) badHost() {
	s.t.Helper()
	s.swarm(8, "nonsense")
	pylocust.Eventually(s.t, 30*time.Second, "an exception about the host", func() bool {
		list, err := s.web.Exceptions(s.t.Context())
		return err == nil && len(list) > 0 && strings.Contains(list[0].Message, `the host to send to is "nonsense", which has no scheme; did you mean http://nonsense?`)
	})
}
