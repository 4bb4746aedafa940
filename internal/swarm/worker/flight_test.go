package worker

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// ages are the ages of the requests under way when a second ended, in milliseconds.
func ages(t *testing.T, list []wire.ReportSlice, second int64, name string) (out []int64) {
	t.Helper()
	for _, s := range list {
		if s.Second == second && s.Name == name {
			if h := decode(t, s.InFlight); h != nil {
				for _, q := range []float64{0.001, 1} {
					out = append(out, h.Quantile(q).Round(10*time.Millisecond).Milliseconds())
				}
			}
		}
	}
	return slices.Compact(out)
}

// TestUnderWay: each second's end sees the requests that began before it and ended
// after it, or not yet, whether the report came in time or seconds late.
func TestUnderWay(t *testing.T) {
	c := newClock()
	base := c.second(c.base) + 10
	at := func(ms int64) time.Time {
		return c.base.Add(time.Duration(base*1e6+ms*1000-c.micros(c.base)) * time.Microsecond)
	}
	r := &reporter{t: t, rec: newRecorder(c), slicer: newSlicer(testEndpoints)}
	r.report(base, false)
	r.rec.Begin(1, 0, at(200)) // never ends
	r.rec.Begin(2, 1, at(900)) // ends just after the second
	r.rec.Record(2, httpuser.Sample{Endpoint: 1, End: at(1020), Duration: 120 * time.Millisecond})
	r.rec.Begin(3, 1, at(1010)) // begins just after it
	r.report(base+1, false)
	r.rec.Abandon(3)
	r.report(base+4, false) // the worker stood still for three seconds
	r.rec.forget()
	r.report(base+5, true)

	for second, want := range map[int64][]int64{0: {800}, 1: {1800}, 2: {2800}, 3: {3800}, 4: nil} {
		if diff := cmp.Diff(want, ages(t, r.slices, base+second, "a")); diff != "" {
			t.Errorf("second %d of a: %s", second, diff)
		}
	}
	for second, want := range map[int64][]int64{0: {100}, 1: nil} {
		if diff := cmp.Diff(want, ages(t, r.slices, base+second, "b")); diff != "" {
			t.Errorf("second %d of b: %s", second, diff)
		}
	}
}

// TestNoRequestIsTwoThings: users begin and end requests while seconds are sealed. At
// the end of each second, what has begun is what has ended and what is under way.
func TestNoRequestIsTwoThings(t *testing.T) {
	c := newClock()
	rec := newRecorder(c)
	r := &reporter{t: t, rec: rec, slicer: newSlicer(testEndpoints)}
	r.report(c.second(c.base), false)
	base := c.second(c.base) + 1
	at := func(i int) time.Time {
		return c.base.Add(time.Duration(base*1e6-c.micros(c.base))*time.Microsecond + time.Duration(i)*time.Millisecond)
	}
	var users sync.WaitGroup
	for user := range 50 {
		users.Go(func() {
			for i := range 100 { // requests of 40 ms, one every 50 ms
				from := at(50*i + user)
				rec.Begin(user, 0, from)
				rec.Record(user, httpuser.Sample{End: from.Add(40 * time.Millisecond), Duration: 40 * time.Millisecond})
			}
		})
	}
	users.Wait()
	r.report(base+5, false)
	for second := range int64(4) {
		var under int64
		for _, s := range r.slices {
			if h := decode(t, s.InFlight); s.Second == base+second && h != nil {
				under += h.Count()
			}
		}
		// The users are a millisecond apart, so 40 of the 50 are within a request.
		if under != 40 {
			t.Errorf("%d requests under way at the end of second %d, want 40", under, second)
		}
	}
}

// TestUnsentIsNoFailure: what the generator could not send is kept apart, and is in no
// slice.
func TestUnsentIsNoFailure(t *testing.T) {
	c := newClock()
	r := &reporter{t: t, rec: newRecorder(c), slicer: newSlicer(testEndpoints)}
	second := c.second(c.base)
	for range 3 {
		r.rec.Record(1, httpuser.Sample{End: c.base, Failure: "no free local port on the load generator", Unsent: true})
	}
	r.rec.Record(1, httpuser.Sample{End: c.base, Failure: "status 500", Retries: 1, Redirected: true})
	var out wire.Report
	r.rec.drain(second+1, func(e *outcome) { r.slicer.add(e, second+1) }, func(flight) {})
	if err := r.slicer.take(second+1, &out); err != nil {
		t.Fatal(err)
	}
	want := []wire.ReportError{
		{Second: second, Method: "GET", Name: "a", Error: "no free local port on the load generator", Occurrences: 3, Unsent: true},
		{Second: second, Method: "GET", Name: "a", Error: "status 500", Occurrences: 1},
	}
	if diff := cmp.Diff(want, out.Errors); diff != "" {
		t.Error(diff)
	}
	if len(out.Slices) != 1 || out.Slices[0].Retries != 1 || out.Slices[0].Redirected != 1 || decode(t, out.Slices[0].Failed).Count() != 1 {
		t.Errorf("slices %+v", out.Slices)
	}
}

// TestSplit: a report of any size is split into parts that a master accepts, of which only
// the last completes the seconds. All of it is there, once.
func TestSplit(t *testing.T) {
	small, large := []byte("x"), make([]byte, 1<<20)
	for name, r := range map[string]wire.Report{
		"empty": {},
		"few":   {Slices: make([]wire.ReportSlice, 3)},
		"many":  {Slices: slices.Repeat([]wire.ReportSlice{{OK: small}}, 2010), Errors: make([]wire.ReportError, 4321)},
		"large": {Slices: slices.Repeat([]wire.ReportSlice{{OK: large, InFlight: large}}, 9)},
	} {
		r.CompleteUntil, r.Pauses = 7, []wire.ReportPause{{Second: 6}}
		parts := split(r)
		var slices, errors, pauses int
		for i, p := range parts {
			slices, errors, pauses = slices+len(p.Slices), errors+len(p.Errors), pauses+len(p.Pauses)
			if last := i == len(parts)-1; len(p.Slices) > partSlices || last != (p.CompleteUntil == 7) || !last && p.CompleteUntil != 0 {
				t.Errorf("%s: part %d of %d has %d slices and completes until %d", name, i, len(parts), len(p.Slices), p.CompleteUntil)
			}
			if size := len(wire.Encode(wire.TypeReport, p, "w")); size > partBytes+4<<20 {
				t.Errorf("%s: part %d has %d bytes", name, i, size)
			}
		}
		if slices != len(r.Slices) || errors != len(r.Errors) || pauses != 1 {
			t.Errorf("%s: %d slices of %d, %d errors of %d, %d pauses", name, slices, len(r.Slices), errors, len(r.Errors), pauses)
		}
	}
}
