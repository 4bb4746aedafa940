package master

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// crowd connects n scripted workers that have the classes.
func crowd(t *testing.T, m *Master, n int, classes ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	for i := range n {
		id := fmt.Sprintf("host_%d", i)
		d, err := wire.Dial(ctx, m.WireAddr(), id)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		users := map[string]int{}
		for _, class := range classes {
			users[class] = 0
		}
		go member(ctx, d, id, users)
	}
	within(t, "all workers", func() bool { return count(m) == n })
}

// member is a worker that sends heartbeats and takes the users that it is given.
func member(ctx context.Context, d *wire.Dealer, id string, users map[string]int) {
	send := func(typ string, data wire.Payload) { _ = d.Send(wire.Encode(typ, data, id)) }
	send(wire.TypeClientReady, wire.ClientReady{Version: "2.47.0"})
	send(wire.TypeReport, wire.Report{UserClassesCount: users})
	go func() {
		for ; ctx.Err() == nil; time.Sleep(time.Second) {
			send(wire.TypeHeartbeat, wire.Heartbeat{State: "running"})
		}
	}()
	for {
		payload, err := d.Recv(ctx)
		if err != nil {
			return
		}
		msg, _ := wire.DecodeMessage(payload)
		if spawn, err := wire.DecodeSpawn(msg.Data); err == nil && msg.Type == wire.TypeSpawn {
			send(wire.TypeSpawning, nil)
			send(wire.TypeSpawningComplete, wire.SpawningComplete{UserClassesCount: spawn.UserClassesCount, UserCount: sum(spawn.UserClassesCount)})
		}
	}
}

func count(m *Master) (n int) {
	m.do(func(c *core, _ time.Time) { n = c.workerCount() })
	return n
}

func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still waiting for %s", what)
		}
	}
}

// TestMillionUsers: a million users of twenty classes are started on a hundred workers and
// stopped again. No worker is lost, and the web API answers throughout.
func TestMillionUsers(t *testing.T) {
	m := start(t, Options{})
	var classes []string
	for i := range 20 {
		classes = append(classes, fmt.Sprint("Class", i))
	}
	crowd(t, m, 100, classes...)
	ctx, cancel := context.WithCancel(t.Context())
	longest := make(chan time.Duration)
	go func() { longest <- pollCount(ctx, t, m) }()
	for _, step := range []struct{ users, rate string }{{"1000000", "1000000"}, {"10", "1e9"}, {"1000000", "1e9"}} {
		header, body := form("user_count", step.users, "spawn_rate", step.rate)
		began := time.Now()
		if _, answer := call(t, m, http.MethodPost, "/swarm", header, body); !strings.Contains(answer, `"success": true`) {
			t.Fatal(answer)
		}
		t.Logf("/swarm of %s took %s", step.users, time.Since(began))
		within(t, step.users+" users", func() bool {
			var n int
			m.do(func(c *core, _ time.Time) { n = c.userCount() })
			return fmt.Sprint(n) == step.users
		})
	}
	cancel()
	t.Logf("/worker-count took %s at most", <-longest)
	m.do(func(c *core, _ time.Time) {
		for _, e := range c.events {
			if e.Type == locust.EventWorkerLost {
				t.Errorf("worker %s is lost: %s", e.Worker, e.Detail)
			}
		}
	})
}

// pollCount asks for the number of workers until ctx ends, and returns the longest that took.
func pollCount(ctx context.Context, t *testing.T, m *Master) (longest time.Duration) {
	for ctx.Err() == nil {
		began := time.Now()
		if _, body := call(t, m, http.MethodGet, "/worker-count", nil, nil); !strings.Contains(body, "100") {
			t.Errorf("/worker-count says %s", body)
		}
		longest = max(longest, time.Since(began))
	}
	return longest
}

// TestMillionCostsClasses: the cost of distributing a million users depends on classes, not on users.
func TestMillionCostsClasses(t *testing.T) {
	stream := newClassStream(map[string]float64{"A": 3, "B": 2, "C": 1})
	a, order := assignment{}, []string{"1", "2", "3"}
	allocated := func(users int) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a.move(order[:2], stream.totals(users))
		a.balance(order)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	few, many := allocated(100), allocated(maxUsers)
	if many > few+10_000 {
		t.Errorf("a million users took %d bytes, a hundred %d", many, few)
	}
	if a.total() != maxUsers {
		t.Errorf("%d users", a.total())
	}
}

// TestUnregisteredPeers: connections that only shake hands keep nobody out, and the log says
// once that they were closed.
func TestUnregisteredPeers(t *testing.T) {
	var log lines
	m := start(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	crowd(t, m, 5, "A")
	const strangers = 1012
	for i := range strangers {
		d, err := wire.Dial(t.Context(), m.WireAddr(), fmt.Sprint("stranger_", i))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
	}
	d, err := wire.Dial(t.Context(), m.WireAddr(), "honest_1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	go member(t.Context(), d, "honest_1", map[string]int{"A": 0})
	within(t, "the honest worker", func() bool { return count(m) == 6 })
	within(t, "a line in the log", func() bool { return log.with("there was no room") > 0 })
	time.Sleep(3 * tickEvery)
	if got := log.with("there was no room"); got != 1 {
		t.Errorf("%d lines say so, want 1", got)
	}
	if got := m.router.Shed().Guests; got < strangers/2-10 {
		t.Errorf("%d connections were closed", got)
	}
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) with(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}
