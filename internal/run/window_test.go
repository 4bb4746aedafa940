package run

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run/validity"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// answer has n requests of 1 ms in each of the seconds, with one error of each.
func answer(t *testing.T, n int64, seconds ...int64) locust.Slices {
	t.Helper()
	h := stats.NewHistogram()
	h.RecordN(1000, n)
	encoded, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var out locust.Slices
	for _, s := range seconds {
		out.Slices = append(out.Slices, locust.Slice{Second: s, Method: "GET", Name: "/", OK: string(encoded)})
		out.Errors = append(out.Errors, locust.SliceError{Second: s, Method: "GET", Name: "/", Error: "e", Occurrences: 1})
	}
	return out
}

// TestWindowTakesEachSecondOnce: neither what came before nor what is not final
// yet nor what lies outside is counted, whatever the master sends.
func TestWindowTakesEachSecondOnce(t *testing.T) {
	w := newWindow(100, 3*time.Second)
	for _, step := range []struct {
		seconds  []int64
		until    int64
		requests int64
	}{
		{[]int64{98, 99, 100, 101}, 101, 7},
		{[]int64{100, 101, 102}, 102, 14},
		{[]int64{100, 101, 102, 103, 104}, 103, 21},
	} {
		if err := w.add(answer(t, 7, step.seconds...), step.until); err != nil {
			t.Fatal(err)
		}
		if got := w.total.Requests(); got != step.requests || w.next != step.until {
			t.Errorf("until %d: %d requests, next %d; want %d", step.until, got, w.next, step.requests)
		}
	}
	m := w.measured(nil)
	want := []result.ErrorCount{{Endpoint: endpoint("GET", "/"), Error: "e", Occurrences: 3, First: new(time.Unix(100, 0).UTC()), Last: new(time.Unix(102, 0).UTC())}}
	if diff := cmp.Diff(want, m.Errors); diff != "" || m.Requests != 21 || m.RPS != 7 {
		t.Errorf("measured %+v; errors (-want +got):\n%s", m, diff)
	}
	var kept int64
	for s := range w.slices() {
		kept += s.Requests()
	}
	if kept != 21 {
		t.Errorf("%d requests kept, want 21", kept)
	}
}

// TestWindowQuiet counts whole seconds without a request, from the window's beginning.
func TestWindowQuiet(t *testing.T) {
	w := newWindow(100, 20*time.Second)
	for _, step := range []struct {
		busy  []int64
		until int64
		quiet int64
	}{{nil, 102, 2}, {[]int64{102}, 103, 0}, {nil, 105, 2}, {[]int64{106}, 109, 2}} {
		if err := w.add(answer(t, 1, step.busy...), step.until); err != nil {
			t.Fatal(err)
		}
		if got := w.quiet(); got != time.Duration(step.quiet)*time.Second {
			t.Errorf("until %d: quiet for %v, want %d s", step.until, got, step.quiet)
		}
	}
}

// TestErrorOrder: most frequent first, then by endpoint and text.
func TestErrorOrder(t *testing.T) {
	w := newWindow(0, time.Second)
	a, b := endpoint("GET", "/a"), endpoint("GET", "/b")
	for _, e := range []result.ErrorCount{{Endpoint: b, Error: "x", Occurrences: 5}, {Endpoint: a, Error: "y", Occurrences: 5}, {Endpoint: a, Error: "x", Occurrences: 5}, {Endpoint: b, Error: "z", Occurrences: 9}} {
		w.errors[result.ErrorCount{Endpoint: e.Endpoint, Error: e.Error}] = occurrences{n: e.Occurrences}
	}
	var got []string
	for _, e := range w.errorCounts() {
		got = append(got, e.Name+" "+e.Error)
	}
	if diff := cmp.Diff([]string{"/b z", "/a x", "/a y", "/b x"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLately: all figures are of the same ten seconds, and a quiet one has none.
func TestLately(t *testing.T) {
	w := newWindow(100, 30*time.Second)
	for _, step := range []struct {
		busy  []int64
		until int64
		want  Recent
	}{
		{[]int64{100}, 101, Recent{Seconds: 1, RPS: 10, FailureRatio: new(0.0)}},
		{[]int64{101, 103}, 104, Recent{Seconds: 4, RPS: 7.5, FailureRatio: new(0.0)}},
		{nil, 112, Recent{Seconds: 10, RPS: 1, FailureRatio: new(0.0)}},
		{nil, 114, Recent{Seconds: 10}},
	} {
		if err := w.add(answer(t, 10, step.busy...), step.until); err != nil {
			t.Fatal(err)
		}
		got := w.lately()
		if (got.P50 == nil) != (step.want.FailureRatio == nil) || (got.P95 == nil) != (got.P50 == nil) {
			t.Errorf("until %d: percentiles of %+v", step.until, got)
		}
		got.P50, got.P95 = nil, nil
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("until %d (-want +got):\n%s", step.until, diff)
		}
	}
	if len(w.recent) != 0 {
		t.Errorf("%d seconds are kept that nobody wants", len(w.recent))
	}
}

// TestRecentOfTotals: what a master calls current is no longer than its totals are old.
func TestRecentOfTotals(t *testing.T) {
	for age, want := range map[time.Duration]int{300 * time.Millisecond: 1, 4500 * time.Millisecond: 4, 10 * time.Second: 10, time.Minute: 10} {
		if got := recentOf(&locust.Stats{CurrentRPS: 3}, age); got.Seconds != want || got.RPS != 3 {
			t.Errorf("%v: %+v, want %d s", age, got, want)
		}
	}
	if got := recentOf(&locust.Stats{}, time.Minute); got != (Recent{}) {
		t.Errorf("before there is a rate: %+v", got)
	}
}

// under is a slice of a second with requests under way for so long, in milliseconds.
func under(t *testing.T, second int64, name string, ages ...int64) locust.Slice {
	t.Helper()
	h := stats.NewHistogram()
	for _, ms := range ages {
		h.RecordN(1000*ms, 1)
	}
	b, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return locust.Slice{Second: second, Method: "GET", Name: name, InFlight: string(b)}
}

// TestFlight: what the window's edges cut is known: how many were under way at each,
// how many began, for how long the oldest had been, and of how many nothing is known,
// since none as old has ended.
func TestFlight(t *testing.T) {
	w := newWindow(100, 3*time.Second)
	first := answer(t, 7, 99, 100)
	first.Slices = append(first.Slices, under(t, 98, "/", 1, 1, 1), under(t, 99, "/", 5, 6), under(t, 99, "/hang", 500), under(t, 100, "/hang", 1500))
	second := answer(t, 7, 101, 102)
	second.Slices = append(second.Slices, under(t, 101, "/", 1), under(t, 102, "/", 900, 1, 1), under(t, 102, "/hang", 3500, 20))
	for until, got := range map[int64]locust.Slices{101: first} {
		if err := w.add(got, until); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.oldest().Round(10 * time.Millisecond); got != 1500*time.Millisecond {
		t.Errorf("the oldest has been under way for %v", got)
	}
	if err := w.add(second, 103); err != nil {
		t.Fatal(err)
	}
	m := w.measured([]stats.Endpoint{endpoint("GET", "/never"), endpoint("GET", "/")})
	for _, e := range m.Endpoints {
		e.Flight.Oldest = float64(int(e.Flight.Oldest/10) * 10)
	}
	type row struct {
		name     string
		requests int64
		result.Flight
	}
	var got []row
	for _, e := range m.Endpoints {
		if _, late := e.Flight.Late(0); late.Requests != e.Flight.AtEnd {
			t.Errorf("%s: the ages are of %d requests, want %d", e.Name, late.Requests, e.Flight.AtEnd)
		}
		e.Flight.Ages = ""
		got = append(got, row{e.Name, e.Requests, *e.Flight})
	}
	want := []row{
		{"/", 21, result.Flight{AtStart: 2, Started: 22, AtEnd: 3, Oldest: 900, Unheard: 1}},
		{"/hang", 0, result.Flight{AtStart: 1, Started: 1, AtEnd: 2, Oldest: 3500, Unheard: 2}},
		{"/never", 0, result.Flight{}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
	if f := m.Flight; f.AtStart != 3 || f.Started != 23 || f.AtEnd != 5 || f.Unheard != 3 {
		t.Errorf("all: %+v", f)
	}
	for d, n := range map[time.Duration]int64{time.Millisecond: 5, 20 * time.Millisecond: 3, 800 * time.Millisecond: 2, 4 * time.Second: 0} {
		least, most := m.Flight.Late(d)
		if least != most || most.Requests != n {
			t.Errorf("%d to %d had been under way for %v, want %d", least.Requests, most.Requests, d, n)
		}
	}
}

// TestWindowLoad: for how long requests were under way in each second, by their times and ages,
// and as the workers counted it.
func TestWindowLoad(t *testing.T) {
	w := newWindow(100, 3*time.Second)
	encode := func(micros int64) string {
		h := stats.NewHistogram()
		h.RecordN(micros, 1)
		b, err := h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	// One request from 99.4 to 101.7, one of 0.2 s in the last second.
	got := locust.Slices{
		Slices: []locust.Slice{
			{Second: 99, Name: "/", InFlight: encode(600_000)},
			{Second: 100, Name: "/", InFlight: encode(1_600_000)},
			{Second: 101, Name: "/", OK: encode(2_300_000)},
			{Second: 102, Name: "/", Failed: encode(200_000)},
		},
		Flown: []locust.Flown{{Second: 99, Micros: 9}, {Second: 100, Micros: 1_000_000}, {Second: 102, Micros: 300_000}, {Second: 103, Micros: 9}},
	}
	for _, until := range []int64{101, 103} { // the second answer has the first seconds again
		if err := w.add(got, until); err != nil {
			t.Fatal(err)
		}
	}
	l := w.loads(w.measured(nil), true)
	want := []validity.LoadSecond{{Waited: time.Second, Flown: time.Second}, {Waited: 700 * time.Millisecond}, {Waited: 200 * time.Millisecond, Flown: 300 * time.Millisecond}}
	for i, s := range l.Seconds {
		if (s.Waited-want[i].Waited).Abs() > l.Blur || s.Flown != want[i].Flown {
			t.Errorf("second %d: %+v, want %+v within %v", i, s, want[i], l.Blur)
		}
	}
	if l.Requests != 2 || !l.Counted || len(l.Seconds) != 3 || l.Blur > 10*time.Millisecond {
		t.Errorf("%+v", l)
	}
}
