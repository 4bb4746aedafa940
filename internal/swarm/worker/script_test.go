package worker

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

func program(t *testing.T) *httpuser.Program {
	t.Helper()
	p, err := compileProgram()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// compileProgram has two classes whose users wait 10 ms.
func compileProgram() (*httpuser.Program, error) {
	task := func(name, path string) v1alpha1.Task {
		return v1alpha1.Task{Name: name, Request: v1alpha1.Request{Path: path}}
	}
	wait := v1alpha1.Wait{Constant: &metav1.Duration{Duration: 10 * time.Millisecond}}
	sf := &v1alpha1.Swarmfile{Spec: v1alpha1.SwarmfileSpec{Users: []v1alpha1.UserClass{
		{Name: "Alpha", Wait: wait, Tasks: []v1alpha1.Task{task("ok", "/ok"), task("bad", "/bad")}},
		{Name: "Beta", Wait: wait, Tasks: []v1alpha1.Task{task("slow", "/slow")}},
	}}}
	return httpuser.Compile(sf, httpuser.Options{})
}

// target counts what it answers by path.
type target struct {
	*httptest.Server
	ok, bad, slow atomic.Int64
	// open is the number of requests being served.
	open atomic.Int64
}

func newTarget(t *testing.T) *target {
	t.Helper()
	s := &target{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.open.Add(1)
		defer s.open.Add(-1)
		switch r.URL.Path {
		case "/ok":
			s.ok.Add(1)
		case "/bad":
			s.bad.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/slow":
			s.slow.Add(1)
			select {
			case <-time.After(20 * time.Millisecond):
			case <-r.Context().Done():
			}
		case "/hang":
			<-r.Context().Done()
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// script is a scripted master on the real wire.
type script struct {
	t   *testing.T
	r   *wire.Router
	id  string
	log []string // types received
	// protocol is what its ack says; skew is added to its clock.
	protocol int
	skew     time.Duration
	mute     bool // no answers to heartbeats

	reports     []wire.Report
	stats       []wire.StatsReport
	complete    wire.SpawningComplete
	exceptions  []wire.Exception
	beat        wire.Heartbeat
	connections int
}

func newScript(t *testing.T, protocol int) *script {
	t.Helper()
	r, err := wire.Listen(t.Context(), "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return &script{t: t, r: r, protocol: protocol}
}

func (m *script) send(typ string, data wire.Payload) {
	m.t.Helper()
	if err := m.r.Send(m.id, wire.Encode(typ, data, m.id)); err != nil {
		m.t.Fatal(err)
	}
}

// reply sends to a worker that may have gone since it asked.
func (m *script) reply(typ string, data wire.Payload) {
	m.t.Helper()
	if err := m.r.Send(m.id, wire.Encode(typ, data, m.id)); err != nil && !errors.Is(err, wire.ErrUnknownPeer) {
		m.t.Fatal(err)
	}
}

func (m *script) spawn(timestamp float64, counts map[string]int, host string, grace float64) {
	m.t.Helper()
	s := wire.Spawn{Timestamp: timestamp, UserClassesCount: counts, StopTimeout: grace}
	if host != "" {
		s.Host = &host
	}
	m.send(wire.TypeSpawn, s)
}

// until handles messages as a master does, until one of that type came (it returns
// after handling it) and ok, when given, says yes.
func (m *script) until(typ string, ok func() bool) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), 20*time.Second)
	defer cancel()
	for {
		e, err := m.r.Recv(ctx)
		if err != nil {
			m.t.Fatalf("waiting for %s after %v: %v", typ, m.log, err)
		}
		if got := m.take(e); got == typ && (ok == nil || ok()) {
			return
		}
	}
}

func (m *script) take(e wire.Event) string {
	m.t.Helper()
	switch e.Kind {
	case wire.PeerConnected:
		m.id = e.Identity
		m.r.Admit(m.id)
		m.connections++
		return ""
	case wire.PeerGone:
		return "gone"
	}
	msg, err := wire.DecodeMessage(e.Payload)
	if err != nil {
		m.t.Fatal(err)
	}
	if msg.NodeID != e.Identity {
		m.t.Errorf("node id %q of %q", msg.NodeID, e.Identity)
	}
	m.log = append(m.log, msg.Type)
	if err := m.keep(msg); err != nil {
		m.t.Errorf("%s: %v", msg.Type, err)
	}
	return msg.Type
}

func (m *script) keep(msg wire.Message) (err error) {
	switch msg.Type {
	case wire.TypeClientReady:
		m.reply(wire.TypeAck, wire.Ack{Index: 3, Protocol: m.protocol})
	case wire.TypeHeartbeat:
		m.beat, err = wire.DecodeHeartbeat(msg.Data)
		m.answer()
	case wire.TypeReport:
		var r wire.Report
		r, err = wire.DecodeReport(msg.Data)
		m.reports = append(m.reports, r)
	case wire.TypeStats:
		var r wire.StatsReport
		r, err = wire.DecodeStatsReport(msg.Data)
		m.stats = append(m.stats, r)
	case wire.TypeSpawningComplete:
		m.complete, err = wire.DecodeSpawningComplete(msg.Data)
	case wire.TypeException:
		var e wire.Exception
		e, err = wire.DecodeException(msg.Data)
		m.exceptions = append(m.exceptions, e)
	}
	return err
}

func (m *script) answer() {
	switch {
	case m.mute:
	case m.protocol > 0:
		m.reply(wire.TypeHeartbeat, wire.HeartbeatReply{NowMicros: time.Now().Add(m.skew).UnixMicro()})
	default:
		m.reply(wire.TypeHeartbeat, nil)
	}
}

// run starts a worker for the master, with short intervals; wait returns Run's error.
func (m *script) run(host string, change func(*Options)) (wait func() error, stop func()) {
	m.t.Helper()
	return m.start(m.worker(host, change))
}

// worker makes what run starts.
func (m *script) worker(host string, change func(*Options)) *Worker {
	m.t.Helper()
	opts := Options{
		MasterHost: "127.0.0.1", MasterPort: m.r.Addr().(*net.TCPAddr).Port,
		Program: program(m.t), Host: host, Seed: 1,
		HeartbeatInterval: 50 * time.Millisecond, StatsInterval: 100 * time.Millisecond,
		ReadyInterval: 2 * time.Second, RedialInterval: 20 * time.Millisecond,
	}
	if change != nil {
		change(&opts)
	}
	w, err := New(opts)
	if err != nil {
		m.t.Fatal(err)
	}
	return w
}

func (m *script) start(w *Worker) (wait func() error, stop func()) {
	m.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	ended := false
	wait = func() error { ended = true; return <-done }
	m.t.Cleanup(func() {
		cancel()
		if ended {
			return
		}
		if err := <-done; err != nil {
			m.t.Error(err)
		}
	})
	return wait, cancel
}

// reported sums what came in slices: requests and failures by name.
func (m *script) reported() (requests, failures map[string]int64) {
	requests, failures = map[string]int64{}, map[string]int64{}
	for _, r := range m.reports {
		for _, s := range r.Slices {
			failed := count(m.t, s.Failed)
			requests[s.Name] += count(m.t, s.OK) + failed
			failures[s.Name] += failed
		}
	}
	return requests, failures
}

func count(t *testing.T, b []byte) int64 {
	t.Helper()
	if len(b) == 0 {
		return 0
	}
	h, err := stats.DecodeHistogram(b)
	if err != nil {
		t.Fatal(err)
	}
	return h.Count()
}
