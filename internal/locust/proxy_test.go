package locust

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
)

// envProxied marks the process of TestProxy, since net/http reads the variables once.
const envProxied = "SWARMGRID_TEST_PROXIED"

// TestProxy sees which masters are reached through the proxy that the environment names.
func TestProxy(t *testing.T) {
	const proxy = "proxy.example:3128"
	if os.Getenv(envProxied) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestProxy$", "-test.v")
		cmd.Env = append(os.Environ(), envProxied+"=1", "HTTP_PROXY=http://"+proxy, "http_proxy=http://"+proxy, "HTTPS_PROXY=http://"+proxy, "NO_PROXY=", "no_proxy=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	for master, want := range map[string]string{
		"http://locust-master:8089":                             "locust-master:8089",
		"http://locust-master.load.svc:8089":                    "locust-master.load.svc:8089",
		"http://locust-master.load.svc.cluster.local.:8089":     "locust-master.load.svc.cluster.local.:8089",
		"http://locust-master.load.svc.corp.example:8089":       "locust-master.load.svc.corp.example:8089",
		"http://pod-0.locust-master.load.svc.corp.example:8089": "pod-0.locust-master.load.svc.corp.example:8089",
		"http://10-1-2-3.load.pod.cluster.local:8089":           "10-1-2-3.load.pod.cluster.local:8089",
		"http://localhost:8089":                                 "localhost:8089",
		"http://127.0.0.1:8089":                                 "127.0.0.1:8089",
		"http://[::1]:8089":                                     "[::1]:8089",
		"https://10.1.2.3:8089":                                 "10.1.2.3:8089",
		"http://100.64.1.2:8089":                                "100.64.1.2:8089",
		"http://[fd00::1]:8089":                                 "[fd00::1]:8089",
		"http://masters.example:8089":                           proxy,
		"https://masters.example":                               proxy,
		"http://svc.example:8089":                               proxy,
		"http://203.0.113.9:8089":                               proxy,
	} {
		c, err := NewClient(master, "")
		if err != nil {
			t.Fatal(err)
		}
		var dialed string
		c.http.Transport.(*http.Transport).DialContext = func(_ context.Context, _, address string) (net.Conn, error) {
			dialed = address
			return nil, errors.New("only looking")
		}
		if _, err := c.Stats(t.Context()); err == nil || dialed != want {
			t.Errorf("%s: connecting to %q, want %q (%v)", master, dialed, want, err)
		}
	}
}
