package worker

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// envWorker makes the test binary a worker that can be killed: host and port of the master.
const envWorker = "SWARMGRID_TEST_RUN_WORKER"

func TestMain(m *testing.M) {
	if port, err := strconv.Atoi(os.Getenv(envWorker)); err == nil {
		os.Exit(runWorkerProcess(port))
	}
	os.Exit(m.Run())
}

func runWorkerProcess(port int) int {
	p, err := compileProgram()
	if err != nil {
		return 1
	}
	w, err := New(Options{MasterHost: "127.0.0.1", MasterPort: port, Program: p})
	if err != nil {
		return 1
	}
	fmt.Println(w.ID())
	if w.Run(context.Background()) != nil {
		return 1
	}
	return 0
}

// startProcess starts a worker process and returns it with its id.
func startProcess(t *testing.T, port int) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envWorker+"="+strconv.Itoa(port))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	id, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(id)
}

// swarmUnderTest is a master, of whichever kind, with our workers and their target.
type swarmUnderTest struct {
	t        *testing.T
	web      *locust.Client
	wirePort int
	srv      *target
}

func newSwarm(t *testing.T, webURL string, wirePort int) *swarmUnderTest {
	t.Helper()
	web, err := locust.NewClient(webURL, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(web.Close)
	return &swarmUnderTest{t: t, web: web, wirePort: wirePort, srv: newTarget(t)}
}

// startWorker runs a worker in this process, for the master at port.
func (s *swarmUnderTest) startWorker(port int) {
	s.t.Helper()
	w, err := New(Options{MasterHost: "127.0.0.1", MasterPort: port, Program: program(s.t)})
	if err != nil {
		s.t.Fatal(err)
	}
	inBackground(s.t, w.Run)
}

// inBackground runs f until the test ends and fails the test for its error.
func inBackground(t *testing.T, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func (s *swarmUnderTest) stats() locust.Stats {
	s.t.Helper()
	st, err := s.web.Stats(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

func (s *swarmUnderTest) workers(n int) {
	s.t.Helper()
	pylocust.Eventually(s.t, 30*time.Second, fmt.Sprintf("%d workers", n), func() bool {
		got, err := s.web.WorkerCount(s.t.Context())
		return err == nil && got == n
	})
}

func (s *swarmUnderTest) swarm(users int, host string) {
	s.t.Helper()
	if err := s.web.Swarm(s.t.Context(), locust.SwarmRequest{Users: users, SpawnRate: float64(users), Host: host}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *swarmUnderTest) running(users int) {
	s.t.Helper()
	pylocust.Eventually(s.t, 30*time.Second, fmt.Sprintf("%d users running", users), func() bool {
		st := s.stats()
		return st.State == locust.StateRunning && st.UserCount == users
	})
}

func (s *swarmUnderTest) stop(workers int) {
	s.t.Helper()
	if err := s.web.Stop(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	pylocust.Eventually(s.t, 30*time.Second, "the master to be idle with its workers", func() bool {
		st := s.stats()
		ready := 0
		for _, w := range st.Workers {
			if w.State == locust.StateReady && w.UserCount == 0 {
				ready++
			}
		}
		return st.Idle() && st.UserCount == 0 && ready == workers
	})
}

// served counts the target's requests by endpoint.
func (s *swarmUnderTest) served() map[string]int64 {
	return map[string]int64{"ok": s.srv.ok.Load(), "bad": s.srv.bad.Load(), "slow": s.srv.slow.Load()}
}

// compare: with a stop timeout every request ends, so the counts are exactly the server's.
func (s *swarmUnderTest) compare() {
	s.t.Helper()
	rows, total, err := s.web.Requests(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	served := s.served()
	for _, r := range rows {
		if r.Requests != served[r.Name] || r.Method != "GET" {
			s.t.Errorf("%s %s: %d requests, the server counted %d", r.Method, r.Name, r.Requests, served[r.Name])
		}
		if r.Name == "slow" && (r.P95 < 20 || r.P95 > 2000 || r.Min < 20 || r.P50 > r.P95) {
			s.t.Errorf("slow: min %v, p50 %v, p95 %v ms of 20 ms", r.Min, r.P50, r.P95)
		}
	}
	if sum := served["ok"] + served["bad"] + served["slow"]; len(rows) != 3 || total.Requests != sum || total.Failures != served["bad"] {
		s.t.Errorf("%d rows, %d requests, %d failures; the server counted %v", len(rows), total.Requests, total.Failures, served)
	}
	failures, err := s.web.Failures(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if len(failures) != 1 || failures[0].Error != "503 Service Unavailable" || failures[0].Occurrences != served["bad"] {
		s.t.Errorf("failures %+v", failures)
	}
}
