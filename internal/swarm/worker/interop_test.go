package worker

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/testlocust"
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

// python is a real Python master with two of our workers in this process.
type python struct {
	t        *testing.T
	web      *locust.Client
	wirePort int
	srv      *target
}

func startPython(t *testing.T, p testlocust.Python) *python {
	t.Helper()
	webPort, wirePort := testlocust.FreePort(t), testlocust.FreePort(t)
	p.Master(t, locustfile, webPort, wirePort, "--stop-timeout", "5")
	web, err := locust.NewClient("http://127.0.0.1:"+strconv.Itoa(webPort), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(web.Close)
	py := &python{t: t, web: web, wirePort: wirePort, srv: newTarget(t)}
	for range 2 {
		w, err := New(Options{MasterHost: "127.0.0.1", MasterPort: wirePort, Program: program(t), RedialInterval: 50 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("worker: %v", err)
			}
		})
	}
	return py
}

func (py *python) stats() locust.Stats {
	py.t.Helper()
	s, err := py.web.Stats(py.t.Context())
	if err != nil {
		py.t.Fatal(err)
	}
	return s
}

func (py *python) workers(n int) {
	py.t.Helper()
	testlocust.Eventually(py.t, 30*time.Second, fmt.Sprintf("%d workers", n), func() bool {
		got, err := py.web.WorkerCount(py.t.Context())
		return err == nil && got == n
	})
}

func (py *python) swarm(users int, host string) {
	py.t.Helper()
	if err := py.web.Swarm(py.t.Context(), locust.SwarmRequest{Users: users, SpawnRate: float64(users), Host: host}); err != nil {
		py.t.Fatal(err)
	}
}

func (py *python) running(users int) {
	py.t.Helper()
	testlocust.Eventually(py.t, 30*time.Second, fmt.Sprintf("%d users running", users), func() bool {
		s := py.stats()
		return s.State == locust.StateRunning && s.UserCount == users
	})
}

func (py *python) stop(workers int) {
	py.t.Helper()
	if err := py.web.Stop(py.t.Context()); err != nil {
		py.t.Fatal(err)
	}
	testlocust.Eventually(py.t, 30*time.Second, "the master to be idle with its workers", func() bool {
		s := py.stats()
		ready := 0
		for _, w := range s.Workers {
			if w.State == locust.StateReady && w.UserCount == 0 {
				ready++
			}
		}
		return s.Idle() && s.UserCount == 0 && ready == workers
	})
}

// TestOnPythonMaster: our workers on a real master of Python, from spawn to the
// loss of one, with the master's numbers against the server's own.
func TestOnPythonMaster(t *testing.T) {
	testlocust.Both(t, func(t *testing.T, p testlocust.Python) {
		t.Parallel()
		py := startPython(t, p)
		py.workers(2)

		py.swarm(10, py.srv.URL)
		py.running(10)
		testlocust.Eventually(t, 30*time.Second, "some requests", func() bool { return py.srv.slow.Load() > 50 && py.srv.bad.Load() > 50 })
		py.swarm(4, py.srv.URL)
		py.running(4)
		py.stop(2)
		if open := py.srv.open.Load(); open != 0 {
			t.Errorf("%d requests after the stop", open)
		}
		py.compare()
		py.loseWorker()
		py.badHost()
	})
}

// compare: with a stop timeout every request ends, so the counts are exactly the server's.
func (py *python) compare() {
	py.t.Helper()
	rows, total, err := py.web.Requests(py.t.Context())
	if err != nil {
		py.t.Fatal(err)
	}
	served := map[string]int64{"ok": py.srv.ok.Load(), "bad": py.srv.bad.Load(), "slow": py.srv.slow.Load()}
	for _, r := range rows {
		if r.Requests != served[r.Name] || r.Method != "GET" {
			py.t.Errorf("%s %s: %d requests, the server counted %d", r.Method, r.Name, r.Requests, served[r.Name])
		}
		if r.Name == "slow" && (r.P95 < 20 || r.P95 > 2000 || r.Min < 20 || r.P50 > r.P95) {
			py.t.Errorf("slow: min %v, p50 %v, p95 %v ms of 20 ms", r.Min, r.P50, r.P95)
		}
	}
	if sum := served["ok"] + served["bad"] + served["slow"]; len(rows) != 3 || total.Requests != sum || total.Failures != served["bad"] {
		py.t.Errorf("%d rows, %d requests, %d failures; the server counted %v", len(rows), total.Requests, total.Failures, served)
	}
	failures, err := py.web.Failures(py.t.Context())
	if err != nil {
		py.t.Fatal(err)
	}
	if len(failures) != 1 || failures[0].Error != "status 503 Service Unavailable" || failures[0].Occurrences != served["bad"] {
		py.t.Errorf("failures %+v", failures)
	}
}

// loseWorker kills a third worker during a test.
func (py *python) loseWorker() {
	py.t.Helper()
	cmd, id := startProcess(py.t, py.wirePort)
	py.workers(3)
	py.swarm(6, py.srv.URL)
	py.running(6)
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		py.t.Fatal(err)
	}
	testlocust.Eventually(py.t, 30*time.Second, "the killed worker to be missing", func() bool {
		for _, w := range py.stats().Workers {
			if w.ID == id {
				return w.State == "missing"
			}
		}
		return false
	})
	py.workers(2)
}

// badHost: what goes wrong while spawning is in the master's list of exceptions.
func (py *python) badHost() {
	py.t.Helper()
	py.swarm(8, "nonsense")
	testlocust.Eventually(py.t, 30*time.Second, "an exception about the host", func() bool {
		list, err := py.web.Exceptions(py.t.Context())
		return err == nil && len(list) > 0 && strings.Contains(list[0].Message, `host "nonsense" is not a base URL`)
	})
}
