package driver

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// wide is a record of many tasks, each of which fails.
func wide(h result.Header, i, tasks int) result.Record {
	random := rand.New(rand.NewPCG(1, uint64(i)))
	latency := func() result.Latency {
		p := func() float64 { return float64(random.IntN(1e6)) / 1000 }
		return result.Latency{P50: p(), P90: new(p()), P95: p(), P99: p(), P999: new(p()), Mean: p(), Min: p(), Max: p()}
	}
	flight := func() *result.Flight {
		ages := stats.NewHistogram()
		for range 5 {
			ages.RecordN(random.Int64N(1e6), 1)
		}
		text, err := ages.Encode()
		if err != nil {
			panic(err)
		}
		return &result.Flight{AtStart: random.Int64N(9), Started: random.Int64N(1e6), AtEnd: 5, Oldest: random.Float64() * 1000, Ages: string(text)}
	}
	m := &result.Measured{Requests: random.Int64N(1e6), RPS: random.Float64() * 1000, Latency: latency(), Success: new(latency())}
	for e := range tasks {
		ep := stats.Endpoint{Method: "GET", Name: fmt.Sprint("/some/endpoint/", e)}
		m.Endpoints = append(m.Endpoints, result.EndpointResult{Endpoint: ep, Requests: random.Int64N(1e6), Latency: latency(), Success: new(latency()), Flight: flight()})
		m.Errors = append(m.Errors, result.ErrorCount{Endpoint: ep, Error: "503 Service Unavailable", Occurrences: random.Int64N(1e4)})
	}
	return result.Record{Key: h.Keys[i], Attempt: i + 1, Status: result.Invalid, Terminal: true, Measured: m, Reasons: []string{"a worker was lost"}}
}

// TestRecordSize holds what manifests.Shards assumes of a record of a full run.
func TestRecordSize(t *testing.T) {
	h := testHeader("r1", 200)
	var lines []byte
	for i := range h.Keys {
		line, err := result.EncodeRecord(wide(h, i, 20))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line...)
	}
	if n := len(compress(lines)) / len(h.Keys); n > manifests.RecordBytes {
		t.Errorf("%d bytes a record, %d are assumed", n, manifests.RecordBytes)
	}
}

// TestStoreCutsWhatDoesNotFit has records of any width in too small a journal.
func TestStoreCutsWhatDoesNotFit(t *testing.T) {
	for _, tt := range []struct{ scenarios, tasks, kept int }{
		{scenarios: 1, tasks: 10, kept: 10},
		{scenarios: 1, tasks: 5000, kept: 20},
		{scenarios: 20, tasks: 300, kept: 0},
	} {
		o := newObjects("j0", "j1")
		h := testHeader("r1", tt.scenarios)
		s := open(t, o, StoreOptions{Shards: []string{"j0", "j1"}, Run: "r1", Writer: "a"})
		if err := begin(t.Context(), s, h); err != nil {
			t.Fatal(err)
		}
		for i := range h.Keys {
			if err := s.Append(t.Context(), wide(h, i, tt.tasks)); err != nil {
				t.Fatalf("%+v: record %d: %v", tt, i, err)
			}
		}
		got, err := s.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		last := got.Records[len(got.Records)-1]
		if n := len(last.Measured.Endpoints); n < tt.kept || n != len(last.Measured.Errors) || (n < tt.tasks) != (len(last.Warnings) == 1) {
			t.Errorf("%+v: %d tasks and %d errors are kept, warnings %q", tt, n, len(last.Measured.Errors), last.Warnings)
		}
	}
}

func TestTrimKeepsTheBusiest(t *testing.T) {
	r := result.Record{Warnings: []string{"before"}, Measured: &result.Measured{}}
	for i, n := range []int64{5, 1, 9, 7} {
		r.Measured.Endpoints = append(r.Measured.Endpoints, result.EndpointResult{Endpoint: stats.Endpoint{Name: fmt.Sprint(i)}, Requests: n})
	}
	got := trim(r, 2)
	if e := got.Measured.Endpoints; len(e) != 2 || e[0].Requests != 9 || e[1].Requests != 7 || len(got.Warnings) != 2 {
		t.Errorf("kept %+v, %q", e, got.Warnings)
	}
	if len(r.Measured.Endpoints) != 4 || len(r.Warnings) != 1 {
		t.Error("the record itself was changed")
	}
}
