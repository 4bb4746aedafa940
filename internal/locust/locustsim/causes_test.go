package locustsim_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/failure"
	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
)

// unhappy meets targets that are not there, as Locust reports them, and raises an exception.
// FastHttpUser keeps one client for a host and port, whatever the scheme.
const unhappy = `
from locust import HttpUser, FastHttpUser, task, constant
class Shop(HttpUser):
    wait_time = constant(0.2)
    @task
    def walk(self):
        for url in ("http://127.0.0.1:CLOSED/", "http://no-such-host.invalid/", "https://127.0.0.1:PLAIN/", "http://127.0.0.1:PLAIN/bad"):
            self.client.get(url, name="http")
        with self.client.get("http://127.0.0.1:PLAIN/ok", name="http", catch_response=True) as r:
            r.failure("it's \"odd\"")
        raise KeyError("token")
class Fast(FastHttpUser):
    wait_time = constant(0.2)
    @task
    def walk(self):
        for url in ("http://127.0.0.1:CLOSED/", "http://no-such-host.invalid/", "https://localhost:PLAIN/", "http://127.0.0.1:PLAIN/bad"):
            self.client.get(url, name="fast")
`

// TestPythonWords: real Locust's texts for failures are translated into our words, and the
// line of an exception in user code is found.
func TestPythonWords(t *testing.T) {
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		plain := target(t)
		_, port, _ := strings.Cut(strings.TrimPrefix(plain, "http://"), ":")
		file := strings.NewReplacer("CLOSED", strconv.Itoa(pylocust.FreePort(t)), "PLAIN", port).Replace(unhappy)
		c := withWorker(t, p, file)
		if err := c.Swarm(t.Context(), locust.SwarmRequest{Users: 2, SpawnRate: 2, Host: plain}); err != nil {
			t.Fatal(err)
		}
		unreachable := []string{"connection refused", "no such host", failure.NotTLS}
		var want []string
		for _, name := range []string{"fast", "http"} {
			for _, text := range append(slices.Clone(unreachable), failure.Status(418)) {
				want = append(want, name+" "+text)
			}
		}
		want = append(want, `http it's "odd"`)
		slices.Sort(want)
		var got []string
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("failures %q", got)
			}
		})
		pylocust.Eventually(t, 30*time.Second, "failures", func() bool {
			s, err := c.Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got = nil
			for _, e := range s.Errors {
				text := failure.Plain(e.Error)
				got = append(got, e.Name+" "+text)
				if failure.Unreachable(e.Error) != slices.Contains(unreachable, text) {
					t.Errorf("%s: unreachable %t", e.Error, failure.Unreachable(e.Error))
				}
			}
			slices.Sort(got)
			return len(got) == len(want)
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		raised, err := c.Exceptions(t.Context())
		if err != nil || len(raised) != 1 || raised[0].Where() != `locustfile.py:11, in walk: raise KeyError("token")` {
			t.Errorf("raised %+v: %v", raised, err)
		}
	})
}

// withWorker starts a master with one worker.
func withWorker(t *testing.T, p pylocust.Python, file string) *locust.Client {
	t.Helper()
	web, wire := pylocust.FreePort(t), pylocust.FreePort(t)
	p.Master(t, file, web, wire)
	p.Worker(t, file, "127.0.0.1", wire)
	c := newClient(t, fmt.Sprintf("http://127.0.0.1:%d", web), "")
	pylocust.Eventually(t, 30*time.Second, "a worker", func() bool {
		s, err := c.Stats(t.Context())
		return err == nil && s.LiveWorkers() == 1
	})
	return c
}

// TestPythonShape: a locustfile that sets the users itself is recognised by the answer.
func TestPythonShape(t *testing.T) {
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		c := withWorker(t, p, locustfile+"\nfrom locust import LoadTestShape\nclass Stairs(LoadTestShape):\n    def tick(self): return (1, 1)\n")
		var shape *locust.ShapeError
		if err := c.Swarm(t.Context(), locust.SwarmRequest{Users: 2, SpawnRate: 2, Host: "http://127.0.0.1:1"}); !errors.As(err, &shape) || !strings.Contains(err.Error(), "Stairs") {
			t.Errorf("error = %v", err)
		}
	})
}

// TestPythonHeadless: the output tells a master without a web interface from one that has it.
func TestPythonHeadless(t *testing.T) {
	pylocust.Both(t, func(t *testing.T, p pylocust.Python) {
		t.Parallel()
		start := func(args ...string) *pylocust.Process {
			return p.Start(t, append([]string{
				"-m", "locust", "--master", "-f", pylocust.File(t, "locustfile.py", locustfile), "--master-bind-host", "127.0.0.1",
				"--master-bind-port", strconv.Itoa(pylocust.FreePort(t)), "--web-host", "127.0.0.1", "--web-port", strconv.Itoa(pylocust.FreePort(t)),
			}, args...)...)
		}
		headless, web := start("--headless"), start("--autostart")
		pylocust.Eventually(t, time.Minute, "a master without web interface", func() bool { return locust.Headless(headless.Output()) })
		pylocust.Eventually(t, time.Minute, "one that waits for workers", func() bool { return strings.Contains(web.Output(), "Waiting for workers") })
		if locust.Headless(web.Output()) {
			t.Errorf("taken for headless:\n%s", web.Output())
		}
	})
}
