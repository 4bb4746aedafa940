package master

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

const mib = 1 << 20

// heap is how many bytes are alive.
func heap() int64 {
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
	before, peak := heap(), int64(0)
	for range 8 {
		for _, id := range []string{"h_1", "h_2"} {
			p, err := parse(id, wire.Encode(wire.TypeReport, manySlices(hists, s.now.Unix(), 1000), id))
			if err != nil {
				t.Fatal(err)
			}
			s.c.receive(s.now, p)
			peak = max(peak, heap()-before)
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
