package driver

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// lived is a record of a window of 120 s in which each of the tasks had 20 requests a second,
// with its batches and its course.
func lived(t *testing.T, h result.Header, i, tasks int) result.Record {
	t.Helper()
	r := wide(h, i, tasks)
	r.Status, r.Reasons = result.Success, nil
	random := rand.New(rand.NewPCG(2, uint64(i)))
	whole := stats.NewBatches(120)
	for e := range tasks {
		part := stats.NewBatches(120)
		for second := range 120 {
			for range 20 {
				micros := int64(20_000 * math.Exp(.6*random.NormFloat64()))
				part.At(second).OK.RecordN(micros, 1)
				whole.At(second).OK.RecordN(micros, 1)
			}
		}
		r.Measured.Endpoints[e].Batches = encoded(t, part)
	}
	r.Measured.Batches = encoded(t, whole)
	column := func(scale float64) result.Column {
		c := make(result.Column, 150)
		for i := range c {
			c[i] = scale * random.Float64()
		}
		return c
	}
	r.Series = &result.Series{
		Start: 1e9, Step: 1, RPS: column(500), Failed: column(5), P50: column(20), P95: column(80), P99: column(200),
		Bad: []result.BadSeries{{Bound: 100, PerS: column(9)}}, Users: column(100), Workers: column(3), Replicas: column(9),
		LoadCPU: column(100), TargetCPU: column(4), StoodStill: column(.1),
	}
	return r
}

func encoded(t *testing.T, b stats.Batches) string {
	t.Helper()
	text, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestUsualRunFits: a matrix of 24 scenarios with ten tasks each is kept whole, within the
// ConfigMaps that deploy makes for it.
func TestUsualRunFits(t *testing.T) {
	h := testHeader("r1", 24)
	shards := manifests.ShardsFor(len(h.Keys), manifests.RecordsPerScenario)
	names := make([]string, shards)
	for i := range names {
		names[i] = fmt.Sprint("j", i)
	}
	o := newObjects(names...)
	s, err := OpenStore(t.Context(), StoreOptions{ConfigMaps: o, Shards: names, Run: "r1", Writer: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := begin(t.Context(), s, h); err != nil {
		t.Fatal(err)
	}
	for i := range h.Keys {
		if err := s.Append(t.Context(), lived(t, h, i, 10)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got.Records {
		if len(r.Warnings) > 0 || r.Series == nil || batched(r.Measured) != 10 || r.Measured.Batches == "" {
			t.Errorf("record %d: %q, %d tasks with batches", i, r.Warnings, batched(r.Measured))
		}
	}
	size := s.last*s.MaxBytes + len(compress(s.lines))
	t.Logf("%d KiB in %d of %d ConfigMaps: %d KiB a record", size>>10, s.last+1, shards, size>>10/len(h.Keys))
}

// TestSearchFits: a search that measures everything three times is kept whole, too.
func TestSearchFits(t *testing.T) {
	const cells, rounds = 8, 3
	h := testHeader("r1", 12)
	names := make([]string, manifests.ShardsFor(cells*rounds, 1))
	for i := range names {
		names[i] = fmt.Sprint("j", i)
	}
	s, err := OpenStore(t.Context(), StoreOptions{ConfigMaps: newObjects(names...), Shards: names, Run: "r1", Writer: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := begin(t.Context(), s, h); err != nil {
		t.Fatal(err)
	}
	for i := range cells * rounds {
		r := lived(t, h, i/rounds, 10)
		r.Key.Round, r.Role = 1+i%rounds, result.RoleGrid
		if r.Key.Round > 1 {
			added := result.Amendment{Scenarios: &result.Scenarios{Planned: []result.Planned{{Key: r.Key, Role: r.Role}}}}
			if err := s.Amend(t.Context(), added); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got.Records {
		if len(r.Warnings) > 0 {
			t.Errorf("record %d: %q", i, r.Warnings)
		}
	}
}

// TestCutsInOrder: what a reader misses least goes first, and the record says what.
func TestCutsInOrder(t *testing.T) {
	h := testHeader("r1", 1)
	whole := lived(t, h, 0, 10)
	r := whole
	for i, want := range []string{
		"the batches of single tasks, without which their percentiles have no intervals",
		"its course in seconds; the batches of single tasks, without which their percentiles have no intervals",
		"", "",
		"its course in seconds; the batches of single tasks, without which their percentiles have no intervals; 5 of 10 tasks, those with the fewest requests; 5 of 10 errors",
		"its course in seconds; the batches of single tasks, without which their percentiles have no intervals; 10 of 10 tasks, those with the fewest requests; 10 of 10 errors",
		"its course in seconds; the batches that intervals are made from; 10 of 10 tasks, those with the fewest requests; 10 of 10 errors",
	} {
		cuts()[i](&r)
		if want == "" {
			continue // there are not that many rows
		}
		if diff := cmp.Diff([]string{"the journal in the cluster has no room for everything: left out are " + want}, warned(r, whole).Warnings); diff != "" {
			t.Errorf("cut %d (-want +got)\n%s", i, diff)
		}
	}
	if diff := cmp.Diff(lived(t, h, 0, 10), whole); diff != "" {
		t.Errorf("the whole record was changed (-want +got)\n%s", diff)
	}
}

func TestBusiestRowsStay(t *testing.T) {
	r := result.Record{Measured: &result.Measured{}}
	for i, n := range []int64{5, 1, 9, 7} {
		r.Measured.Endpoints = append(r.Measured.Endpoints, result.EndpointResult{Endpoint: stats.Endpoint{Name: fmt.Sprint(i)}, Requests: n})
	}
	keepRows(2)(&r)
	if e := r.Measured.Endpoints; len(e) != 2 || e[0].Requests != 9 || e[1].Requests != 7 {
		t.Errorf("kept %+v", e)
	}
}
