package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Place is where an implementation keeps one run.
type Place struct {
	// Open is a process that opens the run.
	Open func() (run.Store, error)
	// Crash changes the journal's bytes while no process has it open; nil when lines
	// of this implementation cannot tear.
	Crash func(change func(journal []byte) []byte)
	// NoSlices says that it has no room for histograms.
	NoSlices bool
}

// Suite holds an implementation to the contract of run.Store. fresh makes an empty place.
func Suite(t *testing.T, fresh func(t *testing.T) Place) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, Place)
	}{
		{"what is appended is read back", testRoundTrip},
		{"a run that has not begun is nil", testNotBegun},
		{"begin twice", testBeginTwice},
		{"begin before load", testBeginFirst},
		{"append before load or begin", testAppendFirst},
		{"second final record", testSecondFinal},
		{"what is amended is read back", testAmend},
		{"amend a journal of format 1", testAmendFormat1},
		{"amend what may not be", testAmendRefused},
		{"a search's rounds and its early end", testSearch},
		{"an early end of a journal of format 3", testEndFormat3},
		{"second process", testSecondProcess},
		{"torn line", testTorn},
		{"slices", testSlices},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, fresh(t)) })
	}
}

// process is a store opened by the test.
type process struct {
	t *testing.T
	run.Store
}

func open(t *testing.T, p Place) process {
	t.Helper()
	s, err := p.Open()
	if err != nil {
		t.Fatal(err)
	}
	return process{t, s}
}

func (p process) begin() {
	p.t.Helper()
	p.load()
	if err := p.Begin(p.t.Context(), header()); err != nil {
		p.t.Fatal(err)
	}
}

func (p process) append(r result.Record) {
	p.t.Helper()
	if err := p.Append(p.t.Context(), r); err != nil {
		p.t.Fatal(err)
	}
}

func (p process) load() *result.Run {
	p.t.Helper()
	r, err := p.Load(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func (p process) close() {
	p.t.Helper()
	if err := p.Close(); err != nil {
		p.t.Fatal(err)
	}
}

func header() result.Header {
	keys := matrix.Axes{Replicas: []int{1, 2}, Workers: []int{4}, Users: []int{200}}.Keys()
	return result.Header{
		Format: result.Format, RunID: "r1", Created: time.Unix(1_800_000_000, 0).UTC(), Name: "it",
		Keys: keys, Order: []int{0, 1}, Duration: 3, Identity: map[string]string{"a": "b"},
	}
}

// record is the i-th attempt at the key-th scenario.
func record(key, i int, terminal bool) result.Record {
	return result.Record{
		Key: header().Keys[key], Role: result.RoleGrid, Attempt: i, Terminal: terminal,
		Status: result.Invalid, Reasons: []string{"a \"quoted\"\nreason"}, Started: time.Unix(1_800_000_000, 0).UTC(), Finished: time.Unix(1_800_000_009, 0).UTC(),
	}
}

func testRoundTrip(t *testing.T, place Place) {
	want := []result.Record{record(0, 1, false), record(0, 2, true), record(1, 1, true)}
	s := open(t, place)
	s.begin()
	for _, r := range want {
		s.append(r)
	}
	s.close()
	s = open(t, place)
	defer s.close()
	got := s.load()
	if diff := cmp.Diff(header(), got.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, got.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func testNotBegun(t *testing.T, place Place) {
	s := open(t, place)
	defer s.close()
	if got := s.load(); got != nil {
		t.Errorf("loaded %+v", got)
	}
	s.begin()
	if got := s.load(); got == nil || len(got.Records) != 0 {
		t.Errorf("loaded %+v after Begin", got)
	}
}

func testBeginTwice(t *testing.T, place Place) {
	s := open(t, place)
	s.begin()
	if err := s.Begin(t.Context(), header()); err == nil {
		t.Error("a second Begin succeeded")
	}
	s.close()
	s = open(t, place)
	defer s.close()
	s.load()
	if err := s.Begin(t.Context(), header()); err == nil {
		t.Error("a Begin by another process succeeded")
	}
	if got := s.load(); got == nil {
		t.Error("the run is gone")
	}
}

// testBeginFirst: nobody can know that nothing is overwritten.
func testBeginFirst(t *testing.T, place Place) {
	s := open(t, place)
	defer s.close()
	if err := s.Begin(t.Context(), header()); err == nil {
		t.Error("a Begin before Load succeeded")
	}
	s.begin()
}

func testAppendFirst(t *testing.T, place Place) {
	s := open(t, place)
	defer s.close()
	if err := s.Append(t.Context(), record(0, 1, true)); err == nil {
		t.Error("an Append before Load succeeded")
	}
	s.load()
	if err := s.Append(t.Context(), record(0, 1, true)); err == nil {
		t.Error("an Append without a header succeeded")
	}
}

func testSecondFinal(t *testing.T, place Place) {
	s := open(t, place)
	s.begin()
	s.append(record(0, 1, true))
	refuse := func() {
		t.Helper()
		if err := s.Append(t.Context(), record(0, 2, true)); err == nil {
			t.Error("a second final record was taken")
		}
	}
	refuse()
	s.close()
	s = open(t, place)
	defer s.close()
	s.load()
	refuse()
	s.append(record(1, 1, true))
	if got := s.load(); len(got.Records) != 2 {
		t.Errorf("%d records, want 2", len(got.Records))
	}
}

func testSecondProcess(t *testing.T, place Place) {
	s := open(t, place)
	s.begin()
	if other, err := place.Open(); err == nil {
		t.Errorf("a second process opened the run: %v", other.Close())
	}
	s.close()
	s = open(t, place)
	s.close()
}

// testTorn cuts the journal at every byte: what was whole is read, and what is
// appended afterwards is, too.
func testTorn(t *testing.T, place Place) {
	if place.Crash == nil {
		return // nothing to tear
	}
	s := open(t, place)
	s.begin()
	s.append(record(0, 1, true))
	s.amend(sloBelow("1s"))
	s.append(record(1, 1, false))
	s.amend(ended("spent"))
	s.close()
	var whole []byte
	place.Crash(func(journal []byte) []byte {
		whole = bytes.Clone(journal)
		return journal
	})
	for cut := range whole {
		place.Crash(func([]byte) []byte { return bytes.Clone(whole[:cut]) })
		checkTorn(t, place, cut, bytes.Count(whole[:cut], []byte{'\n'}))
	}
}

func checkTorn(t *testing.T, place Place, cut, lines int) {
	t.Helper()
	s := open(t, place)
	defer s.close()
	got := s.load()
	if lines == 0 {
		if got != nil {
			t.Fatalf("cut at %d: loaded %+v", cut, got)
		}
		s.begin()
		lines = 1
	} else if n := len(got.Records) + len(got.Amendments); n != lines-1 {
		t.Fatalf("cut at %d: %d lines after the header, want %d", cut, n, lines-1)
	}
	s.append(record(1, 1, true))
	s.amend(sloBelow("2s"))
	got = s.load()
	if n := len(got.Records) + len(got.Amendments); n != lines+1 || got.Judged().Objectives[0].Below != "2s" {
		t.Fatalf("cut at %d: %d lines after two more, want %d", cut, n, lines+1)
	}
}

func testSlices(t *testing.T, place Place) {
	s := open(t, place)
	defer s.close()
	s.begin()
	save := func(n int) string {
		ref, err := s.SaveSlices(t.Context(), "r1-w4-u200-1-a1", slices.Values(sampleSlices(n)))
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	save(1)
	ref := save(3)
	if place.NoSlices {
		if ref != "" {
			t.Errorf("reference %q of a store without room", ref)
		}
		return
	}
	var got []stats.Slice
	for slice, err := range s.LoadSlices(t.Context(), ref) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, slice)
	}
	if diff := cmp.Diff(describe(sampleSlices(3)), describe(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	failed := false
	for _, err := range s.LoadSlices(t.Context(), "nothing") {
		failed = failed || err != nil
	}
	if !failed {
		t.Error("reading a wrong reference is no error")
	}
}

// sampleSlices has names that a log's format must escape.
func sampleSlices(n int) []stats.Slice {
	var out []stats.Slice
	for i := range n {
		tally := stats.NewTally()
		tally.OK.RecordN(1000*int64(i+1), 2)
		tally.Failed.RecordN(50, 1)
		out = append(out, stats.Slice{Second: 1_800_000_000 + int64(i), Endpoint: stats.Endpoint{Method: "GET", Name: "/a b,c:\"d\"\n%"}, Tally: tally})
	}
	return out
}

// describe is independent of how successes and failures are split over slices.
func describe(in []stats.Slice) (out []string) {
	for _, s := range stats.MergeSlices(in) {
		out = append(out, fmt.Sprintf("%d %s %q: %d at %v, %d failed at %v", s.Second, s.Endpoint.Method, s.Endpoint.Name,
			s.OK.Count(), s.OK.Max(), s.Failures(), s.Failed.Max()))
	}
	return out
}
