package master

import (
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// TestHostIsRefusedAtOnce: a host that our workers could not send to starts no load, and
// does not change the one that runs.
func TestHostIsRefusedAtOnce(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("py_1", "A")
	ask := func(host string) error { return s.c.swarm(s.now, swarmRequest{users: 1, rate: 1, host: &host}) }
	if err := ask("localhost:50051"); err != nil {
		t.Errorf("with Python's workers alone a host may be anything: %v", err)
	}
	s.obey()
	s.join("go_1", "A")
	s.say("go_1", wire.TypeClientReady, wire.ClientReady{Version: wire.NoVersion})
	err := ask("127.0.0.1:8000")
	if want := `host is "127.0.0.1:8000", which has no scheme; did you mean http://127.0.0.1:8000?`; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
	if err := ask("http://a/?q=1"); err == nil || !strings.Contains(err.Error(), "no query") {
		t.Errorf("a query: error = %v", err)
	}
	if *s.c.host != "localhost:50051" {
		t.Errorf("the host is %s now", *s.c.host)
	}
	idle := newScene(t, map[string]float64{"A": 1})
	idle.join("go_1", "A")
	idle.say("go_1", wire.TypeClientReady, wire.ClientReady{Version: wire.NoVersion})
	bad := "127.0.0.1:8000"
	if err := idle.c.swarm(idle.now, swarmRequest{users: 1, rate: 1, host: &bad}); err == nil || idle.c.state != locust.StateReady || idle.c.host != nil {
		t.Errorf("error = %v, state %s", err, idle.c.state)
	}
	for _, host := range []string{"", "http://a", "https://a:1/x"} {
		if err := ask(host); err != nil {
			t.Errorf("%q: %v", host, err)
		}
	}
}
