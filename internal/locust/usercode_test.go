package locust_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

// TestWhere: tracebacks as Python 3.11 and 3.10 write them down, without their last line.
func TestWhere(t *testing.T) {
	const start = `  File "/venv/lib/python3.11/site-packages/locust/user/users.py", line 166, in run
    self.on_start()
`
	for _, tt := range []struct{ name, traceback, want string }{
		{"with marks", start + `  File "/tmp/locustfile.py", line 12, in on_start
    self.token = login(self.client)
                 ^^^^^^^^^^^^^^^^^^
  File "/tmp/shop/login.py", line 5, in login
    return client.base_token["token"]
           ^^^^^^^^^^^^^^^^^
`, `login.py:5, in login: return client.base_token["token"]`},
		{"inside a package", start + `  File "/tmp/locustfile.py", line 12, in on_start
    self.client.get(3)
  File "/venv/lib/python3.11/site-packages/requests/api.py", line 5, in get
    raise ValueError
`, "locustfile.py:12, in on_start: self.client.get(3)"},
		{"without source", start + `  File "/tmp/locustfile.py", line 12, in on_start
  File "/usr/lib/python3.11/json/decoder.py", line 355, in raw_decode
`, "locustfile.py:12, in on_start"},
		{"packages alone", start, ""},
		{"none", "", ""},
		{"no Python", "panic: runtime error\n\tmain.go:5", ""},
	} {
		if got := (locust.Exception{Traceback: tt.traceback}).Where(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzWhere(f *testing.F) {
	f.Add("  File \"a.py\", line 1, in x\n")
	f.Fuzz(func(t *testing.T, traceback string) {
		if got := (locust.Exception{Traceback: traceback}).Where(); strings.Contains(got, "\n") {
			t.Errorf("%q has two lines", got)
		}
	})
}

// TestShape: a load whose users a LoadTestShape sets is refused.
func TestShape(t *testing.T) {
	c := serve(t, "application/json", `{"success": true, "message": "Swarming started using shape class 'Stairs'", "host": ""}`)
	var shape *locust.ShapeError
	if err := c.Swarm(t.Context(), locust.SwarmRequest{Users: 1, SpawnRate: 1}); !errors.As(err, &shape) || !strings.Contains(err.Error(), "shape class 'Stairs'") {
		t.Errorf("error = %v", err)
	}
}

// TestHeadless: the first lines of masters of 2.47.
func TestHeadless(t *testing.T) {
	for output, want := range map[string]bool{
		"vm/INFO/locust.main: Starting Locust 2.47.0\nvm/INFO/root: Waiting for workers to be ready, 0 of 1 connected\n":                                                                        true,
		"vm/INFO/locust.main: Starting Locust 2.47.0\nvm/INFO/locust.main: Starting web interface at http://127.0.0.1:20100\nvm/INFO/root: Waiting for workers to be ready, 0 of 1 connected\n": false,
		"vm/INFO/locust.main: Starting Locust 2.47.0\n": false,
		"": false,
	} {
		if got := locust.Headless(output); got != want {
			t.Errorf("%q: %t", output, got)
		}
	}
}
