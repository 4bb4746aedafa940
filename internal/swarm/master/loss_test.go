package master

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/stats"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// TestWhatIsDroppedIsTold: measurements that enter no figure cause an event, at most one per
// second and worker, and only for workers of this load.
func TestWhatIsDroppedIsTold(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(1, 100)
	s.pass(time.Second)
	s.say("h_1", wire.TypeReport, sliceOf(t, s.now.Unix(), 3))
	if n := s.events(locust.EventReportDropped); n != 0 {
		t.Fatalf("%d events for a good report: %+v", n, s.c.events)
	}
	tooMany := wire.Report{Slices: make([]wire.ReportSlice, maxSlices+1)}
	_, err := parse("h_1", wire.Encode(wire.TypeReport, tooMany, "h_1"))
	if err == nil {
		t.Fatal("a report of too many slices was taken")
	}
	for range 5 {
		s.c.unreadable(s.now, "h_1", err)
		s.c.unreadable(s.now, "nobody", err)
	}
	if n := s.events(locust.EventReportDropped); n != 1 {
		t.Errorf("%d events, want 1: %+v", n, s.c.events)
	}
	s.pass(time.Second)
	s.say("h_1", wire.TypeReport, sliceOf(t, s.now.Unix()+maxAhead+1, 3)) // a clock that is ahead
	s.pass(time.Second)
	s.c.unreadable(s.now, "h_1", errors.New("decoding stats: short bytes"))
	if n := s.events(locust.EventReportDropped); n != 3 {
		t.Errorf("%d events, want 3: %+v", n, s.c.events)
	}
}

// TestPartsAreOneReport: a worker with many tasks reports in parts. Nothing is final before
// the last part, and all of it counts: 1,990 and 2,010 slices in turn are 2,000/s.
func TestPartsAreOneReport(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.swarm(1, 100)
	s.pass(time.Second)
	h := stats.NewHistogram()
	h.RecordN(1000, 1)
	one, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	first := s.now.Unix()
	for i, n := range []int{1990, 2010} {
		second := first + int64(i)
		for n > 0 {
			part := wire.Report{}
			for range min(n, 1000) {
				part.Slices = append(part.Slices, wire.ReportSlice{Second: second, Name: fmt.Sprint("/", n), OK: one})
				n--
			}
			if n == 0 {
				part.CompleteUntil = second + 1
			} else if got := s.c.completeUntil(s.now); got > second {
				t.Errorf("complete until %d before all of %d is there", got, second)
			}
			s.say("h_1", wire.TypeReport, part)
		}
		s.pass(time.Second)
	}
	if got := s.c.completeUntil(s.now); got != first+2 {
		t.Errorf("complete until %d, want %d", got, first+2)
	}
	if got := s.c.ring.slices(first, first+2); len(got.Slices) != 4000 || s.events(locust.EventReportDropped) > 0 {
		t.Errorf("%d slices, events %+v", len(got.Slices), s.c.events)
	}
}

// TestSlicesCarryWhatEndedNot: requests under way are summed over the workers, those that
// could not be sent stay apart from failures, and pauses keep their worker.
func TestSlicesCarryWhatEndedNot(t *testing.T) {
	s := newScene(t, map[string]float64{"A": 1})
	s.join("h_1", "A")
	s.join("h_2", "A")
	s.swarm(2, 100)
	s.pass(time.Second)
	second := s.now.Unix()
	for i, id := range []string{"h_1", "h_2"} {
		h := stats.NewHistogram()
		h.RecordN(int64(i+1)*1_000_000, 2)
		b, err := h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s.say(id, wire.TypeReport, wire.Report{
			CompleteUntil: second + 1,
			Slices:        []wire.ReportSlice{{Second: second, Method: "GET", Name: "/hang", InFlight: b, Retries: 1, Redirected: 2}},
			Errors:        []wire.ReportError{{Second: second, Method: "GET", Name: "/hang", Error: "too many open files", Occurrences: 5, Unsent: true}},
			Pauses:        []wire.ReportPause{{Second: second, StoodMicros: int64(i+1) * 1000, GCMicros: 7}},
		})
	}
	got := s.c.ring.slices(second, second+1)
	if len(got.Slices) != 1 {
		t.Fatalf("slices %+v", got.Slices)
	}
	h, err := stats.DecodeHistogram([]byte(got.Slices[0].InFlight))
	if err != nil || h.Count() != 4 || h.Max().Round(time.Second) != 2*time.Second || got.Slices[0].Retries != 2 || got.Slices[0].Redirected != 4 {
		t.Errorf("%d under way, the oldest for %v, %d retries: %v", h.Count(), h.Max(), got.Slices[0].Retries, err)
	}
	wantErrors := []locust.SliceError{{Second: second, Method: "GET", Name: "/hang", Error: "too many open files", Occurrences: 10, Unsent: true}}
	if diff := cmp.Diff(wantErrors, got.Errors); diff != "" {
		t.Error(diff)
	}
	wantPauses := []locust.Pause{{Second: second, Worker: "h_1", StoodMicros: 1000, GCMicros: 7}, {Second: second, Worker: "h_2", StoodMicros: 2000, GCMicros: 7}}
	if diff := cmp.Diff(wantPauses, got.Pauses); diff != "" {
		t.Error(diff)
	}
	if len(s.c.stats.failures) > 0 || s.c.stats.total.requests > 0 {
		t.Errorf("what was not sent counts as %d requests with failures %v", s.c.stats.total.requests, s.c.stats.failures)
	}
}

func TestExceptionsAreFoldedNotDropped(t *testing.T) {
	x := newExceptions()
	for i := range maxExceptions + 5 {
		x.add("h_1", wire.Exception{Msg: "m", Traceback: fmt.Sprint(i)})
	}
	var n int64
	for _, e := range x.list() {
		n += e.count
	}
	if n != maxExceptions+5 || len(x.list()) != maxExceptions+1 {
		t.Errorf("%d exceptions of %d kinds", n, len(x.list()))
	}
}
