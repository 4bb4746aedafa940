package master

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

const mib = 1 << 20

// liveHeap is how many bytes are alive.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// histograms are encoded ones of some requests each, of 1 ms to 1 s.
func histograms(t *testing.T, requests int) [][]byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	var out [][]byte
	for range 20 {
		h := stats.NewHistogram()
		for range requests {
			h.RecordN(1000+rng.Int64N(1_000_000), 1)
		}
		b, err := h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// manySlices is a second of many endpoints.
func manySlices(hists [][]byte, second int64, endpoints int) wire.Report {
	r := wire.Report{CompleteUntil: second + 1}
	for i := range endpoints {
		part := func(j int) []byte { return hists[(3*i+j)%len(hists)] }
		r.Slices = append(r.Slices, wire.ReportSlice{
			Second: second, Method: "GET", Name: fmt.Sprint("/task/", i), OK: part(0), Failed: part(1), InFlight: part(2),
		})
	}
	return r
}

// TestMemoryOfHonestWorkers: two workers with a thousand tasks for eight seconds.
func TestMemoryOfHonestWorkers(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.join("h_2", "A")
	s.swarm(2, 100)
	hists := histograms(t, 10)
	before, peak := liveHeap(), int64(0)
	for range 8 {
		for _, id := range []string{"h_1", "h_2"} {
			p, err := parse(id, wire.Encode(wire.TypeReport, manySlices(hists, s.now.Unix(), 1000), id))
			if err != nil {
				t.Fatal(err)
			}
			s.c.receive(s.now, p)
			peak = max(peak, liveHeap()-before)
			runtime.KeepAlive(p)
		}
		s.pass(time.Second)
	}
	t.Logf("%d MiB at most", peak/mib)
	if peak > 64*mib {
		t.Errorf("%d MiB, want 64 at most", peak/mib)
	}
	if s.c.stats.total.requests != 2*8*1000*20 {
		t.Errorf("%d requests", s.c.stats.total.requests)
	}
}

// TestMemoryOfHostileNames: new endpoints and failures in every report, and names of all lengths.
func TestMemoryOfHostileNames(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(1, 100)
	hists := histograms(t, 10)
	before, peak := liveHeap(), int64(0)
	for n := range 60 {
		r := manySlices(hists, s.now.Unix(), 1000)
		for i := range r.Slices {
			r.Slices[i].Name = fmt.Sprint("/", n, "/", i, strings.Repeat("x", i*3))
			r.Errors = append(r.Errors, wire.ReportError{
				Second: s.now.Unix(), Name: r.Slices[i].Name, Error: fmt.Sprint(n, i, strings.Repeat("e", i*3)), Occurrences: 1,
			})
		}
		s.say("h_1", wire.TypeReport, r)
		if n%20 == 0 {
			peak = max(peak, liveHeap()-before)
		}
		s.pass(200 * time.Millisecond)
	}
	t.Logf("%d MiB at most, of them %d by the ring's account", peak/mib, s.c.ring.bytes/mib)
	if peak > ringRoom+64*mib || s.c.ring.bytes > ringRoom {
		t.Errorf("%d MiB, by account %d; want %d and 64 more at most", peak/mib, s.c.ring.bytes/mib, ringRoom/mib)
	}
	if got := int64(60 * 1000 * 20); s.c.stats.total.requests != got {
		t.Errorf("%d requests, want all %d", s.c.stats.total.requests, got)
	}
	if s.c.stats.entries[others()] == nil {
		t.Errorf("nothing is counted as %q", others().Name)
	}
}

// full is a histogram of every value there is.
func full(t *testing.T) []byte {
	t.Helper()
	h := stats.NewHistogram()
	for v := int64(1); v <= stats.HighestMicros; v += max(v>>11, 1) {
		h.RecordN(v, 1<<20)
	}
	b, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMemoryOfHostileHistograms: six hundred endpoints, each with every value.
func TestMemoryOfHostileHistograms(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(1, 100)
	all := full(t)
	r := manySlices([][]byte{all}, s.now.Unix(), 2000)
	if _, err := parse("h_1", wire.Encode(wire.TypeReport, r, "h_1")); err == nil || !strings.Contains(err.Error(), "histograms of more than") {
		t.Errorf("2000 of them at once: %v", err)
	}
	before, peak := liveHeap(), int64(0)
	for i := range 600 {
		s.say("h_1", wire.TypeReport, wire.Report{Slices: []wire.ReportSlice{
			{Second: s.now.Unix(), Name: fmt.Sprint("/task/", i), OK: all, Failed: all, InFlight: all},
		}})
		if i%50 == 0 {
			peak = max(peak, liveHeap()-before)
			s.pass(tickEvery)
		}
	}
	t.Logf("%d MiB at most, of them %d of seconds and %d of endpoints", peak/mib, s.c.ring.bytes/mib, s.c.stats.bytes/mib)
	if peak > ringRoom+entriesRoom+32*mib || s.c.ring.bytes > ringRoom || s.c.stats.bytes > entriesRoom {
		t.Errorf("%d MiB, seconds %d, endpoints %d", peak/mib, s.c.ring.bytes/mib, s.c.stats.bytes/mib)
	}
	sum := int64(0)
	for _, e := range s.c.stats.entries {
		sum += e.requests
	}
	if sum != s.c.stats.total.requests || sum == 0 {
		t.Errorf("the endpoints' requests are %d, the total's %d", sum, s.c.stats.total.requests)
	}
}

// TestMemoryOfHostileWords: versions, classes, logs and exceptions as long as they come.
func TestMemoryOfHostileWords(t *testing.T) {
	s := newScene(t, nil)
	long := strings.Repeat("x", 20_000)
	before := liveHeap()
	for i := range 100 {
		id := fmt.Sprint("h_", i)
		s.connect(id)
		s.say(id, wire.TypeClientReady, wire.ClientReady{Version: long})
		s.say(id, wire.TypeLogs, wire.Logs{WorkerID: id, Lines: slices.Repeat([]string{long[:1000]}, 500)})
		for j := range 10 {
			s.say(id, wire.TypeException, wire.Exception{Msg: long, Traceback: fmt.Sprint(i, j, long)})
		}
		classes := map[string]int{}
		for j := range 1000 {
			classes[fmt.Sprint("Class", i, "_", j, long[:180])] = 0
		}
		if p, err := parse(id, wire.Encode(wire.TypeReport, wire.Report{UserClassesCount: classes}, id)); err == nil {
			s.c.receive(s.now, p)
		}
	}
	grown := liveHeap() - before
	t.Logf("%d MiB", grown/mib)
	if grown > 48*mib || s.c.classBytes > classesRoom {
		t.Errorf("%d MiB, want 48 at most", grown/mib)
	}
	if s.events(locust.EventReportDropped) == 0 {
		t.Error("nothing says that classes were left out")
	}
	if got := s.c.logs.of["h_0"].lines; len(got) != 1+64 || got[0] != cutLogs {
		t.Errorf("%d lines, the first %.40q", len(got), got[0])
	}
}
