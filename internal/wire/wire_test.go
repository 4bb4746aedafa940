package wire

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

func TestPayloadsSurviveTheWire(t *testing.T) {
	entry := StatsEntry{
		Name: "/ok", Method: "GET", LastRequest: ptr(1700000002.5), StartTime: 1700000000,
		Requests: 3, NoneRequests: 1, Failures: 1, TotalResponseTime: 350.5, MaxResponseTime: 200,
		MinResponseTime: ptr(50.25), TotalContentLength: 30,
		ResponseTimes:  map[int64]int64{50: 1, 200: 1},
		RequestsPerSec: map[int64]int64{1700000001: 3}, FailuresPerSec: map[int64]int64{1700000001: 1},
	}
	empty := StatsEntry{Name: "Aggregated", ResponseTimes: map[int64]int64{}, RequestsPerSec: map[int64]int64{}, FailuresPerSec: map[int64]int64{}}
	counts := map[string]int{"A": 2, "B": 0}
	check(t, DecodeClientReady, ClientReady{Version: "2.47.0"}, ClientReady{Version: "-1"}, ClientReady{}, ClientReady{Absent: true})
	check(t, DecodeHeartbeat, Heartbeat{State: "running", CPU: 12.5, Memory: 1 << 40})
	check(t, DecodeHeartbeat, Heartbeat{State: "running", Vitals: &Vitals{Waits: 900, LongWaits: 2, GCMicros: 5120, Periods: 100, Throttled: 3, Lags: []int64{90, 0, 7}}})
	check(t, DecodeHeartbeatReply, HeartbeatReply{NowMicros: 1700000000_000001})
	check(t, DecodeAck, Ack{Index: 7}, Ack{Index: 7, Protocol: 1})
	check(t, DecodeSpawn, Spawn{Timestamp: 1.5, UserClassesCount: counts, Host: ptr("http://x"), StopTimeout: 2, ParsedOptions: []byte{0x80}})
	check(t, DecodeSpawningComplete, SpawningComplete{UserClassesCount: counts, UserCount: 2})
	check(t, DecodeException, Exception{Msg: "m", Traceback: "t"})
	check(t, DecodeLogs, Logs{WorkerID: "w", Lines: []string{"a", "b"}})
	check(t, DecodeStatsReport, StatsReport{
		Stats: []StatsEntry{entry}, Total: empty, UserClassesCount: counts, UserCount: 2,
		Errors: []StatsError{{Key: "k", Name: "n", Method: "m", Error: "e", Occurrences: 2, FirstSeen: ptr(1.0)}},
	})
	check(t, DecodeReport, Report{
		CompleteUntil: 12, UserCount: 2, UserClassesCount: counts, Lost: 7,
		Slices: []ReportSlice{{Second: 11, Method: "GET", Name: "/", OK: []byte("x"), InFlight: []byte("y"), Bytes: 3, Overflow: 1, Retries: 2, Redirected: 3}},
		Errors: []ReportError{{Second: 11, Method: "GET", Name: "/", Error: "boom", Occurrences: 1, Unsent: true}},
		Pauses: []ReportPause{{Second: 11, StoodMicros: 300_000, StealMicros: 20_000, GCMicros: 100}},
		Flown:  []ReportFlown{{Second: 11, Micros: 1 << 39}},
	})
}

func check[T Payload](t *testing.T, decode func([]byte) (T, error), values ...T) {
	t.Helper()
	for _, want := range values {
		m, err := DecodeMessage(Encode("type", want, "host_1"))
		if err != nil {
			t.Fatalf("%+v: %v", want, err)
		}
		got, err := decode(m.Data)
		if err != nil {
			t.Fatalf("%+v: %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%T (-want +got):\n%s", want, diff)
		}
		if m.Type != "type" || m.NodeID != "host_1" {
			t.Errorf("message is %q from %q", m.Type, m.NodeID)
		}
	}
}

func TestHostileMessages(t *testing.T) {
	for name, payload := range map[string]string{
		"empty":            "",
		"cut short":        "\x93\xa5stats\xc0",
		"too long":         "\x93\xa5stats\xc0\xa1w\x00",
		"pair":             "\x92\xa5stats\xc0",
		"type is a number": "\x93\x01\xc0\xa1w",
		"map of 4 billion": "\x93\xa5stats\xdf\xff\xff\xff\xff\xa1w",
		"too many":         "\x93\xa5stats\xdd\x00\x2f\x00\x00" + strings.Repeat("\xc0", 0x2f0000) + "\xa1w",
		"deep":             "\x93\xa5stats" + string(make9(100)) + "\xc0\xa1w",
	} {
		if m, err := DecodeMessage([]byte(payload)); err == nil {
			t.Errorf("%s: decoded as %+v", name, m)
		}
	}
}

// make9 nests n arrays of one.
func make9(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 0x91
	}
	return b
}

// TestHazardsAreTolerated has shapes that end a Python master's listener (locust-protocol.md 4).
func TestHazardsAreTolerated(t *testing.T) {
	if h, err := DecodeHeartbeat([]byte("\x81\xa5state\xa7running")); err != nil || h.State != "running" {
		t.Errorf("heartbeat without CPU: %+v, %v", h, err)
	}
	if h, err := DecodeHeartbeat([]byte{0xc0}); err != nil || h != (Heartbeat{}) {
		t.Errorf("heartbeat of nil: %+v, %v", h, err)
	}
	if c, err := DecodeClientReady([]byte{7}); err != nil || c.Version != "7" || !c.AtLeast(2, 19) {
		t.Errorf("integer version: %+v, %v", c, err)
	}
	if s, err := DecodeSpawningComplete([]byte{0xc0}); err != nil || s.UserCount != 0 {
		t.Errorf("spawning_complete of nil: %+v, %v", s, err)
	}
	// {"stats": [{"response_times": {150.0: 1, 150: 2}}]}
	r, err := DecodeStatsReport([]byte("\x81\xa5stats\x91\x81\xaeresponse_times\x82\xcb\x40\x62\xc0\x00\x00\x00\x00\x00\x01\xcc\x96\x02"))
	if err != nil || r.Stats[0].ResponseTimes[150] != 3 {
		t.Errorf("float keys: %+v, %v", r, err)
	}
}

func TestVersions(t *testing.T) {
	for version, want := range map[string]bool{"2.19.0": true, "2.18.4": false, "2.47.0": true, "3.0": true, "1.6.0": false, "": true, "-1": true, "2.dev": true} {
		if got := (ClientReady{Version: version}).AtLeast(2, 19); got != want {
			t.Errorf("%q at least 2.19: %v", version, got)
		}
	}
	if (ClientReady{Absent: true}).AtLeast(2, 0) {
		t.Error("a worker without a version is old")
	}
}

func TestDealerAndRouter(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := Listen(ctx, "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d := dial(ctx, t, r, "host_1")
	want(ctx, t, r, PeerConnected, "")
	big := string(make([]byte, 300_000))
	// A stranger's large message is skipped.
	if err := d.Send([]byte(big)); err != nil {
		t.Fatal(err)
	}
	if err := d.Send([]byte("ready")); err != nil {
		t.Fatal(err)
	}
	want(ctx, t, r, PeerMessage, "ready")
	if got := r.Shed().Strange; got != 1 {
		t.Errorf("%d messages of strangers were left out, want 1", got)
	}
	r.Admit("host_1")
	for _, text := range []string{"hello", "", big} {
		if err := d.Send([]byte(text)); err != nil {
			t.Fatal(err)
		}
		want(ctx, t, r, PeerMessage, text)
		if err := r.Send("host_1", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := d.Recv(ctx); err != nil || string(got) != text {
			t.Fatalf("received %d bytes, %v", len(got), err)
		}
	}
	second := dial(ctx, t, r, "host_1")
	want(ctx, t, r, PeerConnected, "")
	if _, err := d.Recv(ctx); err == nil {
		t.Error("the older connection of an identity lives on")
	}
	if err := second.Send([]byte("again")); err != nil {
		t.Fatal(err)
	}
	want(ctx, t, r, PeerMessage, "again")
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	want(ctx, t, r, PeerGone, "")
	if err := r.Send("host_1", nil); !errors.Is(err, ErrUnknownPeer) {
		t.Errorf("sending to a peer that is gone: %v", err)
	}
}

func dial(ctx context.Context, t *testing.T, r *Router, id string) *Dealer {
	t.Helper()
	d, err := Dial(ctx, r.Addr().String(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func want(ctx context.Context, t *testing.T, r *Router, kind EventKind, payload string) {
	t.Helper()
	e, err := r.Recv(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if e.Kind != kind || e.Identity != "host_1" || string(e.Payload) != payload {
		t.Fatalf("event %v from %q with %d bytes", e.Kind, e.Identity, len(e.Payload))
	}
}

// rawPeer shakes hands by hand, so that a test can send what no library would.
func rawPeer(t *testing.T, r *Router, id string) (net.Conn, *bufio.Reader) {
	t.Helper()
	nc, err := net.Dial("tcp", r.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(appendReady(appendGreeting(nil), socketDealer, id)); err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(nc)
	if err := readGreeting(br); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFrame(br, maxCommand); err != nil {
		t.Fatal(err)
	}
	return nc, br
}

func TestPingIsAnswered(t *testing.T) {
	r, err := Listen(t.Context(), "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	nc, br := rawPeer(t, r, "host_1")
	if _, err := nc.Write(appendCommand(nil, "PING", []byte("\x00\x0acontext"))); err != nil {
		t.Fatal(err)
	}
	f, err := ReadFrame(br, maxCommand)
	if err != nil || !f.Command || string(f.Body) != "\x04PONGcontext" {
		t.Errorf("answer %q: %v", f.Body, err)
	}
}

func TestRouterRefusesOthers(t *testing.T) {
	r, err := Listen(t.Context(), "127.0.0.1:0", 1000)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for name, bytes := range map[string][]byte{
		"HTTP":               []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"another socket":     appendReady(appendGreeting(nil), "SUB", ""),
		"no READY":           AppendFrame(appendGreeting(nil), Frame{Body: []byte("hello")}),
		"too large a frame":  AppendFrame(appendReady(appendGreeting(nil), socketDealer, "h"), Frame{Body: make([]byte, 1001)}),
		"too long a name":    appendReady(appendGreeting(nil), socketDealer, strings.Repeat("x", 256)),
		"a broken command":   AppendFrame(appendReady(appendGreeting(nil), socketDealer, "h"), Frame{Command: true}),
		"a PING of one byte": appendCommand(appendReady(appendGreeting(nil), socketDealer, "h"), "PING", []byte{1}),
	} {
		nc, err := net.Dial("tcp", r.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = nc.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := nc.Write(bytes); err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, nc)
		if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
			t.Errorf("%s: the connection is kept", name)
		}
		_ = nc.Close()
	}
}

// TestSlowPeerBlocksNobody: a peer that never reads costs only itself.
func TestSlowPeerBlocksNobody(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := Listen(ctx, "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rawPeer(t, r, "slow")
	d := dial(ctx, t, r, "quick")
	for ctx.Err() == nil && (!r.Connected("slow") || !r.Connected("quick")) {
		time.Sleep(time.Millisecond)
	}
	for err = nil; err == nil; {
		err = r.Send("slow", make([]byte, 64<<10))
	}
	if !errors.Is(err, ErrPeerBusy) {
		t.Fatal(err)
	}
	if err := r.Send("quick", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Recv(ctx); err != nil || string(got) != "hello" {
		t.Errorf("received %q: %v", got, err)
	}
}
