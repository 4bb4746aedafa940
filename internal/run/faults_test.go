package run

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// attemptIn is an attempt whose window has these numbers.
func attemptIn(m *result.Measured) *attempt {
	return &attempt{watch: open(time.Now()), rec: result.Record{Measured: m}}
}

// TestPauses: above five percent of the window the attempt is INVALID, above one its
// numbers are in doubt, below nothing is said. The worst worker counts.
func TestPauses(t *testing.T) {
	for _, tt := range []struct {
		name          string
		pauses        []locust.Pause
		reason, doubt string
		stood         float64
	}{
		{name: "none"},
		{name: "a blink", pauses: []locust.Pause{{Worker: "a", StoodMicros: 100_000}, {Worker: "b", StoodMicros: 90_000}}, stood: .1},
		{
			name: "one of two, in two seconds", pauses: []locust.Pause{{Worker: "a", Second: 1, StoodMicros: 1e6}, {Worker: "a", Second: 2, StoodMicros: 1e6}, {Worker: "b", StoodMicros: 10_000}},
			reason: "worker a stood still for 2.0 s of 10 s: it was stopped, or starved of processor time; give it more processor time, or its machine less to do", stood: 2,
		},
		{
			name: "garbage", pauses: []locust.Pause{{Worker: "a", StoodMicros: 200_000, GCMicros: 150_000}},
			doubt: "worker a stood still for 0.2 s of 10 s: collecting garbage stopped it for 0.1 s", stood: .2,
		},
		{
			name: "steal", pauses: []locust.Pause{{Worker: "a", StoodMicros: 3e6, StealMicros: 5e6}},
			reason: "worker a stood still for 3.0 s of 10 s: the hypervisor gave 5.0 s of this machine's processor time to others; measure on a machine that is less shared", stood: 3,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := pauses{}
			for _, one := range tt.pauses {
				p.add(one)
			}
			a := attemptIn(&result.Measured{Duration: 10, Requests: 100})
			a.watch.paused(p, 10*time.Second)
			a.judgeGenerator(p)
			if got := append(a.watch.verdict(), ""); got[0] != tt.reason {
				t.Errorf("reason %q, want %q", got[0], tt.reason)
			}
			if got := append(a.rec.Warnings, ""); got[0] != tt.doubt {
				t.Errorf("doubt %q, want %q", got[0], tt.doubt)
			}
			if a.watch.seen.StoodStill != tt.stood {
				t.Errorf("stood still for %v s, want %v", a.watch.seen.StoodStill, tt.stood)
			}
		})
	}
}

// TestUnsent: one in ten thousand is what an instrument may get wrong.
func TestUnsent(t *testing.T) {
	for _, tt := range []struct {
		unsent, requests int64
		reason, doubt    string
	}{
		{0, 10, "", ""},
		{1, 9_999, "", "1 request was not sent, by the load generator's own trouble: no port, no file"},
		{2, 9_998, "2 requests were not sent, by the load generator's own trouble: no port, no file", ""},
		{74, 0, "74 requests were not sent, by the load generator's own trouble: no port, no file", ""},
	} {
		a := attemptIn(&result.Measured{Requests: tt.requests, Unsent: tt.unsent, Errors: []result.ErrorCount{
			{Error: "status 503"}, {Error: "no port", Unsent: true}, {Error: locust.NotSent + "no file", Unsent: true}, {Error: "no port", Unsent: true},
		}})
		a.judgeGenerator(pauses{})
		if got := append(a.watch.verdict(), ""); got[0] != tt.reason {
			t.Errorf("%d of %d: reason %q, want %q", tt.unsent, tt.requests, got[0], tt.reason)
		}
		if got := append(a.rec.Warnings, ""); got[0] != tt.doubt {
			t.Errorf("%d of %d: doubt %q, want %q", tt.unsent, tt.requests, got[0], tt.doubt)
		}
	}
}

// TestFolded: what was counted together says so.
func TestFolded(t *testing.T) {
	a := attemptIn(&result.Measured{
		Endpoints: []result.EndpointResult{{Endpoint: endpoint("", locust.OtherEndpoints)}}, Errors: []result.ErrorCount{{Error: locust.OtherErrors}},
	})
	a.judgeGenerator(pauses{})
	want := []string{
		"there were more tasks than the master keeps apart: some are counted together as (other endpoints)",
		"there were more kinds of failure than are kept apart: some are counted together as (other errors)",
	}
	if diff := cmp.Diff(want, a.rec.Warnings); diff != "" {
		t.Error(diff)
	}
}

// TestGeneratorFault knows the texts that Python Locust makes of its own trouble.
func TestGeneratorFault(t *testing.T) {
	for text, want := range map[string]bool{
		`ConnectionError(MaxRetryError("HTTPConnectionPool(host='shop', port=80): Max retries exceeded with url: / (Caused by NameResolutionError('x'))"))`: true,
		`gaierror(-3, 'Temporary failure in name resolution')`:                                         true,
		`OSError(24, 'Too many open files')`:                                                           true,
		`OSError(99, 'Cannot assign requested address')`:                                               true,
		locust.NotSent + "too many open files on the load generator":                                   true,
		`CatchResponseError('the server says: Too many open files')`:                                   false,
		`HTTPError('503 Server Error: Service Unavailable for url: /')`:                                false,
		`ConnectionRefusedError(111, 'Connection refused')`:                                            false,
		`RemoteDisconnected('Remote end closed connection without response')`:                          false,
		`ConnectTimeout(MaxRetryError("HTTPConnectionPool(host='x', port=80): Max retries exceeded"))`: false,
	} {
		if got := generatorFault(text); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestUnsentIsTakenOutOfTotals(t *testing.T) {
	m := measuredFromCSV(time.Now(), 10, 0,
		[]locust.Row{{Method: "GET", Name: "/", Requests: 110, Failures: 12}},
		locust.Row{Requests: 110, Failures: 12},
		[]locust.Failure{{Method: "GET", Name: "/", Error: "OSError(24, 'Too many open files')", Occurrences: 10}, {Method: "GET", Name: "/", Error: "HTTPError('503')", Occurrences: 2}})
	if m.Requests != 100 || m.Failures != 2 || m.Unsent != 10 || m.RPS != 10 || m.Endpoints[0].Requests != 100 || m.Endpoints[0].Failures != 2 {
		t.Errorf("measured %+v", m)
	}
}

// TestWorded: what Locust writes down in Python's notation reads as our own workers say it,
// and what then reads alike is counted together.
func TestWorded(t *testing.T) {
	of := func(name, text string, n int64, unsent bool) result.ErrorCount {
		return result.ErrorCount{Endpoint: endpoint("GET", name), Error: text, Occurrences: n, Unsent: unsent}
	}
	got := worded([]result.ErrorCount{
		of("/a", "HTTPError('404 Client Error: Not Found for url: /a?x=1')", 2, false),
		of("/a", "HTTPError('404 Client Error: Nothing here for url: /a?x=2')", 3, false),
		of("/b", "HTTPError('404 Client Error: Not Found for url: /b')", 1, false),
		of("/a", locust.NotSent+"no such host: shop", 4, true),
		of("/a", "no such host: shop", 5, false),
	})
	want := []result.ErrorCount{
		of("/a", "404 Not Found", 5, false), of("/b", "404 Not Found", 1, false), of("/a", "no such host: shop", 4, true), of("/a", "no such host: shop", 5, false),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
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
