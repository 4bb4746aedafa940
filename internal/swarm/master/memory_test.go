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
	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

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
	before, peak := memtest.LiveHeap(), int64(0)
	seconds := memtest.Smaller(8, 3)
	for range seconds {
		for _, id := range []string{"h_1", "h_2"} {
			p, err := parse(id, wire.Encode(wire.TypeReport, manySlices(hists, s.now.Unix(), 1000), id))
			if err != nil {
				t.Fatal(err)
			}
			s.c.receive(s.now, p)
			peak = max(peak, memtest.LiveHeap()-before)
			runtime.KeepAlive(p)
		}
		s.pass(time.Second)
	}
	t.Logf("%d MiB at most", peak/memtest.MiB)
	if peak > 64*memtest.MiB {
		t.Errorf("%d MiB, want 64 at most", peak/memtest.MiB)
	}
	if s.c.stats.total.requests != int64(2*seconds*1000*20) {
		t.Errorf("%d requests", s.c.stats.total.requests)
	}
}

// TestMemoryOfHostileNames: new endpoints and failures in every report, and names of all lengths.
func TestMemoryOfHostileNames(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(1, 100)
	hists := histograms(t, 10)
	before, peak := memtest.LiveHeap(), int64(0)
	rounds := memtest.Smaller(60, 12)
	for n := range rounds {
		r := manySlices(hists, s.now.Unix(), 1000)
		for i := range r.Slices {
			r.Slices[i].Name = fmt.Sprint("/", n, "/", i, strings.Repeat("x", i*3))
			r.Errors = append(r.Errors, wire.ReportError{
				Second: s.now.Unix(), Name: r.Slices[i].Name, Error: fmt.Sprint(n, i, strings.Repeat("e", i*3)), Occurrences: 1,
			})
		}
		s.say("h_1", wire.TypeReport, r)
		if n%(rounds/3) == 0 {
			peak = max(peak, memtest.LiveHeap()-before)
		}
		s.pass(200 * time.Millisecond)
	}
	t.Logf("%d MiB at most, of them %d by the ring's account", peak/memtest.MiB, s.c.ring.bytes/memtest.MiB)
	if peak > ringRoom+64*memtest.MiB || s.c.ring.bytes > ringRoom {
		t.Errorf("%d MiB, by account %d; want %d and 64 more at most", peak/memtest.MiB, s.c.ring.bytes/memtest.MiB, ringRoom/memtest.MiB)
	}
	if got := int64(rounds * 1000 * 20); s.c.stats.total.requests != got {
		t.Errorf("%d requests, want all %d", s.c.stats.total.requests, got)
	}
	if s.c.stats.entries[others()] == nil {
		t.Errorf("nothing is counted as %q", others().Name)
	}
}

// full is a histogram with every possible value.
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

// TestMemoryOfHostileHistograms: six hundred endpoints, each with every value, for
// which there is no room.
func TestMemoryOfHostileHistograms(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(1, 100)
	// Of the room there is an eighth where there is an eighth of the endpoints.
	endpoints := memtest.Smaller(600, 75)
	s.c.stats.room = entriesRoom * endpoints / 600
	all := full(t)
	r := manySlices([][]byte{all}, s.now.Unix(), 2000)
	if _, err := parse("h_1", wire.Encode(wire.TypeReport, r, "h_1")); err == nil || !strings.Contains(err.Error(), "histograms of more than") {
		t.Errorf("2000 of them at once: %v", err)
	}
	before, peak := memtest.LiveHeap(), int64(0)
	for i := range endpoints {
		s.say("h_1", wire.TypeReport, wire.Report{Slices: []wire.ReportSlice{
			{Second: s.now.Unix(), Name: fmt.Sprint("/task/", i), OK: all, Failed: all, InFlight: all},
		}})
		if i%50 == 0 {
			peak = max(peak, memtest.LiveHeap()-before)
			s.pass(tickEvery)
		}
	}
	t.Logf("%d MiB at most, of them %d of seconds and %d of endpoints", peak/memtest.MiB, s.c.ring.bytes/memtest.MiB, s.c.stats.bytes/memtest.MiB)
	if peak > ringRoom+int64(s.c.stats.room)+32*memtest.MiB || s.c.ring.bytes > ringRoom || s.c.stats.bytes > s.c.stats.room {
		t.Errorf("%d MiB, seconds %d, endpoints %d", peak/memtest.MiB, s.c.ring.bytes/memtest.MiB, s.c.stats.bytes/memtest.MiB)
	}
	sum := int64(0)
	for _, e := range s.c.stats.entries {
		sum += e.requests
	}
	if sum != s.c.stats.total.requests || sum == 0 {
		t.Errorf("the endpoints' requests are %d, the total's %d", sum, s.c.stats.total.requests)
	}
	if s.c.stats.entries[others()] == nil {
		t.Errorf("nothing is counted as %q", others().Name)
	}
}

// TestMemoryOfHostileWords: versions, classes, logs and exceptions of the greatest length.
func TestMemoryOfHostileWords(t *testing.T) {
	s := newScene(t, nil)
	long := strings.Repeat("x", 20_000)
	before := memtest.LiveHeap()
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
	grown := memtest.LiveHeap() - before
	t.Logf("%d MiB", grown/memtest.MiB)
	if grown > 48*memtest.MiB || s.c.classBytes > classesRoom {
		t.Errorf("%d MiB, want 48 at most", grown/memtest.MiB)
	}
	if s.events(locust.EventReportDropped) == 0 {
		t.Error("nothing says that classes were left out")
	}
	if got := s.c.logs.of["h_0"].lines; len(got) != 1+64 || got[0] != cutLogs {
		t.Errorf("%d lines, the first %.40q", len(got), got[0])
	}
}
