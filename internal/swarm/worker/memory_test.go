package worker

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/memtest"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

func manyEndpoints(n int) (out []stats.Endpoint) {
	for i := range n {
		out = append(out, stats.Endpoint{Method: "GET", Name: fmt.Sprint("/task/", i)})
	}
	return out
}

// TestMemoryOfStarvedWorker: a worker with a thousand tasks reports ten seconds at once,
// time and again.
func TestMemoryOfStarvedWorker(t *testing.T) {
	const seconds = 10
	tasks := memtest.Smaller(1000, 100)
	s := newSlicer(manyEndpoints(tasks))
	before, peak := memtest.LiveHeap(), int64(0)
	for round := range 3 {
		requests := 0
		for n := range tasks * seconds * 10 {
			at := int64(1000+round*seconds+n/tasks%seconds) * 1e6
			s.add(&outcome{at: at, nanos: int64(1+n%997) * 1e6, endpoint: n % tasks, failure: []string{"", "500"}[n/tasks/seconds%2]}, 0)
			requests++
		}
		peak = max(peak, memtest.LiveHeap()-before)
		var r wire.Report
		if err := s.take(math.MaxInt64, &r); err != nil {
			t.Fatal(err)
		}
		peak = max(peak, memtest.LiveHeap()-before)
		if len(r.Slices) != tasks*seconds {
			t.Errorf("%d slices of %d", len(r.Slices), tasks*seconds)
		}
	}
	t.Logf("%d MiB at most", peak/memtest.MiB)
	if peak > 64*memtest.MiB {
		t.Errorf("%d MiB, want 64 at most", peak/memtest.MiB)
	}
}

// TestRecorderHasRoomForSomeTime: samples that nobody fetches are bounded, and those dropped
// are counted.
func TestRecorderHasRoomForSomeTime(t *testing.T) {
	c := newClock()
	rec := newRecorder(c)
	before := memtest.LiveHeap()
	const samples = 1_000_000
	for i := range samples {
		rec.Record(i, httpuser.Sample{End: c.base, Duration: time.Millisecond, Failure: strings.Repeat("x", i%100)})
	}
	grown := memtest.LiveHeap() - before
	kept := int64(0)
	rec.drain(0, func(*outcome) { kept++ }, func(flight) {})
	lost := rec.takeLost()
	t.Logf("%d MiB for %d samples, %d lost", grown/memtest.MiB, kept, lost)
	if grown > 2*recorderRoom || kept+lost != samples || lost == 0 || rec.takeLost() != 0 {
		t.Errorf("%d MiB for %d samples, %d lost of %d", grown/memtest.MiB, kept, lost, samples)
	}
	rec.Record(1, httpuser.Sample{End: c.base})
	rec.drain(0, func(*outcome) { kept++ }, func(flight) {})
	if lost := rec.takeLost(); lost != 0 || kept == 0 {
		t.Errorf("%d lost after a drain", lost)
	}
}

// TestSlicerHasRoomForSomeTime: what cannot be reported is bounded, its size is tracked
// correctly, and what is dropped is counted.
func TestSlicerHasRoomForSomeTime(t *testing.T) {
	s := newSlicer(manyEndpoints(100))
	s.room = 1 << 20
	const samples = 20_000
	for i := range samples {
		s.add(&outcome{at: int64(i) * 1e6, nanos: 1e6, endpoint: i % 100, unsent: i%7 == 0, failure: []string{"no port", ""}[min(i%7, 1)]}, 0)
	}
	s.seal(samples)
	s.fly(flight{since: 0}, 2*samples)
	if s.bytes > s.room+4096 {
		t.Errorf("%d bytes, room for %d", s.bytes, s.room)
	}
	var r wire.Report
	if err := s.take(math.MaxInt64, &r); err != nil {
		t.Fatal(err)
	}
	told := int64(0)
	for _, slice := range r.Slices {
		for _, part := range [][]byte{slice.OK, slice.Failed} {
			if h := decode(t, part); h != nil {
				told += h.Count()
			}
		}
	}
	for _, e := range r.Errors {
		if e.Unsent {
			told += e.Occurrences
		}
	}
	if lost := s.takeLost(); told == 0 || told+lost != samples+samples {
		t.Errorf("%d samples told and %d figures lost, of %d samples and as many ages", told, lost, samples)
	}
	if s.bytes != 0 {
		t.Errorf("%d bytes are left in the account", s.bytes)
	}
}

// TestSlicerIsFastWhereItCanBe: many latencies of few endpoints are counted in arrays, and
// those of many endpoints take no more than the room for that.
func TestSlicerIsFastWhereItCanBe(t *testing.T) {
	const endpoints, samples = 400, 1000
	s := newSlicer(manyEndpoints(endpoints))
	for n := range endpoints * samples {
		s.add(&outcome{at: 1e6, nanos: int64(n%samples) * 1e6, endpoint: n / samples}, 0)
	}
	wide := 0
	for _, t := range s.tallies {
		if t.OK.Size() > 100<<10 {
			wide++
		}
	}
	if most := s.room / wideShare / (180 << 10); wide < most/2 || wide > most+1 {
		t.Errorf("%d of %d are arrays, want about %d", wide, endpoints, most)
	}
	if lost := s.takeLost(); lost != 0 {
		t.Errorf("%d samples had no room", lost)
	}
}
