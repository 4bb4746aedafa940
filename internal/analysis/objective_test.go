package analysis

import (
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// order is a window of two tasks: GET list answers at once and POST order, a tenth of the
// requests, takes ten times as long.
func order(change func(*result.EndpointResult)) result.Record {
	rec := success(1000, 0)
	m := rec.Measured
	m.Latency.P90, m.Latency.P999, m.Latency.Mean = new(150.0), new(390.0), 50
	m.Success = nil
	slow := result.EndpointResult{
		Endpoint: stats.Endpoint{Method: "POST", Name: "order"}, Requests: 100,
		Latency: result.Latency{P50: 1000, P90: new(1500.0), P95: 2000, P99: 3000, P999: new(3900.0), Mean: 1100, Max: 4000},
		Flight:  &result.Flight{},
	}
	change(&slow)
	m.Endpoints = []result.EndpointResult{
		{Endpoint: stats.Endpoint{Method: "GET", Name: "list"}, Requests: 900, Latency: result.Latency{P50: 10, Mean: 12, Max: 20}, Flight: &result.Flight{}},
		slow,
	}
	return rec
}

// ages encodes how long requests had been under way.
func ages(t *testing.T, each ...time.Duration) string {
	t.Helper()
	h := stats.NewHistogram()
	for _, d := range each {
		h.Record(d)
	}
	b, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func as(*result.EndpointResult) {}

// underWay has n requests of the task under way, the oldest for 5 s.
func underWay(n int64, ages string) func(*result.EndpointResult) {
	return func(e *result.EndpointResult) { e.Flight = &result.Flight{AtEnd: n, Oldest: 5000, Ages: ages} }
}

func TestEveryMetric(t *testing.T) {
	forgotten := func(e *result.EndpointResult) { e.Latency.P90 = nil }
	failing := func(e *result.EndpointResult) { e.Failures = 20 }
	told := func(e *result.EndpointResult) { e.Failures, e.Success = 20, &result.Latency{Mean: 1200} }
	dead := func(e *result.EndpointResult) { e.Failures = 100 }
	idle := func(e *result.EndpointResult) { e.Requests, e.Latency = 0, result.Latency{} }
	unheard := func(e *result.EndpointResult) { e.Flight = &result.Flight{AtEnd: 5, Oldest: 5000, Unheard: 5} }
	two := ages(t, time.Millisecond, time.Millisecond, time.Millisecond, 4*time.Second, 5*time.Second)
	tests := []struct {
		name, slo string
		rec       result.Record
		want      Verdict
		text      string
	}{
		{"p90 of all", "p90 < 200ms", order(as), Pass, "p90 is 150 ms, below 200ms"},
		{"p90 of one", "p90 of POST order < 200ms", order(as), Fail, "p90 of POST order is 1500 ms, not below 200ms (650 % over)"},
		{"p90 not kept", "p90 of POST order < 2s", order(forgotten), NoData, "p90 of POST order < 2s cannot be decided: p90 is not available, the run did not keep it"},
		{"not kept, but too many failed", "p90 of POST order < 2s", with(order(forgotten), func(r *result.Record) { r.Measured.Endpoints[1].Failures = 11 }), Fail, "11 % of requests failed, p90 of POST order < 2s allows 10 % to fail or be slow"},
		{"p99.9", "p99.9 < 400ms", order(as), Pass, "p99.9 is 390 ms, below 400ms"},
		{"nobody knows the task", "p95 of POST ordr < 1s", order(as), NoData, "p95 of POST ordr < 1s cannot be decided: the record has nothing of POST ordr, it has GET list; POST order"},
		{"mean", "mean < 50ms", order(as), Fail, "mean is 50 ms, not below 50ms"},
		{"mean of one", "mean of POST order < 1200ms", order(as), Pass, "mean of POST order is 1100 ms, below 1200ms"},
		{"mean, failures not known apart", "mean of POST order < 1200ms", order(failing), Fail, "mean of POST order is 1375 ms, not below 1200ms (15 % over), failed requests not counted"},
		{"mean of the successes", "mean of POST order < 1250ms", order(told), Pass, "mean of POST order is 1200 ms, below 1250ms, failed requests not counted"},
		{"mean of none", "mean of POST order < 1h", order(dead), Fail, "mean of POST order has no value, every request failed"},
		{"mean of nothing", "mean of POST order < 1h", order(idle), NoData, ""},
		{"mean with what is under way for long", "mean of POST order < 1160ms", order(underWay(5, two)), Fail, "mean of POST order is 1167 ms, not below 1160ms (0.6 % over)"},
		{"of which less would do", "mean of POST order < 1200ms", order(underWay(5, two)), Pass, "mean of POST order is 1167 ms, below 1200ms"},
		{"failures of one", "failures of POST order < 1%", order(failing), Fail, "failures of POST order are 20.00 % (20 of 100), not below 1%"},
		{"failures of one, none known", "failures of POST order < 1%", order(unheard), NoData, "failures of POST order < 1% cannot be decided: 0 of 100 requests that ended failed, and 5 requests were under way for longer than any that ended; a longer window, or a bound on p95 as well, would decide it"},
		{"rps", "rps > 99", order(as), Pass, "rps is 100, above 99"},
		{"rps exactly", "rps > 100", order(as), Fail, "rps is 100, not above 100"},
		{"rps of one", "rps of POST order > 20", order(as), Fail, "rps of POST order is 10, not above 20 (50 % under)"},
		{"rps of what succeeded", "rps of POST order > 9", order(failing), Fail, "rps of POST order is 8, not above 9 (11 % under), failed requests not counted"},
		{"rps of nothing", "rps of POST order > 1", order(idle), Fail, "rps of POST order is 0, not above 1 (100 % under)"},
		{"slow ones of one", "p95 of POST order < 3s", order(underWay(5, two)), Pass, "p95 of POST order is 2475 ms, below 3s"},
		{"slow ones, ages not kept, too few to matter", "p95 of POST order < 3s", order(underWay(4, "")), Pass, "p95 of POST order is 2950 ms, below 3s"},
		{"slow ones, ages not kept", "p95 of POST order < 3s", order(underWay(20, "")), NoData, "p95 of POST order < 3s cannot be decided: 20 requests were under way when the window closed, and of one task's it was not kept for how long each had been"},
		{"ages not kept, all of them young", "p95 of POST order < 6s", order(underWay(20, "")), Pass, "p95 of POST order is 2000 ms, below 6s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := Judge(tt.rec, slo(t, tt.slo))
			text := ""
			if len(j.Outcomes) > 0 {
				text = j.Outcomes[0].Text
			}
			if j.Verdict != tt.want || text != tt.text {
				t.Errorf("got %s %q, want %s %q", j.Verdict, text, tt.want, tt.text)
			}
		})
	}
}

// TestLatencyBoundsItsOwn: requests of one task that do not end are not covered by a bound
// on the latency of all requests, of which they may be a small part.
func TestLatencyBoundsItsOwn(t *testing.T) {
	rec := order(func(e *result.EndpointResult) { e.Flight = &result.Flight{AtEnd: 5, Oldest: 5000, Unheard: 5} })
	for _, tt := range []struct {
		slo  string
		want Verdict
	}{{"p99 < 10s", NoData}, {"p99 of GET list < 10s", NoData}, {"mean of POST order < 10s", NoData}, {"p99 of POST order < 10s", Pass}} {
		if j := Judge(rec, slo(t, "failures of POST order < 1%", tt.slo)); j.Verdict != tt.want {
			t.Errorf("beside %s: %s, want %s: %+v", tt.slo, j.Verdict, tt.want, j.Outcomes)
		}
	}
}

func TestMetricDoubts(t *testing.T) {
	edges := func(r *result.Record) { r.Measured.EdgeError = .03 }
	failing := order(func(e *result.EndpointResult) { e.Failures = 20 })
	late := order(underWay(5, ages(t, time.Millisecond, time.Millisecond, time.Millisecond, 4*time.Second, 5*time.Second)))
	for _, tt := range []struct {
		slo  string
		rec  result.Record
		want string
	}{
		{"rps > 98", with(order(as), edges), "rps > 98 is decided within the 3 % by which rates may be off"},
		{"rps > 90", with(order(as), edges), ""},
		{"mean of POST order < 1200ms", failing, "is decided as if failed requests had taken no time"},
		{"mean of POST order < 1400ms", failing, ""},
		{"mean of POST order < 1200ms", late, "of POST order, 2 requests were under way for longer than the mean when the window closed, counted with the time until then"},
		{"p50 of POST order < 3s", late, "of POST order, 2 requests were under way for 3s or longer when the window closed, counted as slow"},
	} {
		run := &result.Run{Header: result.Header{Keys: append(result.Header{}.Keys, tt.rec.Key)}, Records: []result.Record{tt.rec}}
		got := strings.Join(Rows(run, slo(t, tt.slo))[0].Doubts, "; ")
		if (tt.want == "") != !strings.Contains(got, tt.slo) && tt.want == "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: doubts = %q, want %q", tt.slo, got, tt.want)
		}
	}
}

// TestTooFewUsersForARate: that fewer users make fewer requests is no doubt; that they wait
// longer is one.
func TestTooFewUsersForARate(t *testing.T) {
	for _, tt := range []struct {
		p95  float64
		want int
	}{{200, 0}, {900, 1}} {
		var rows []Row
		for i, requests := range []int64{1000, 2000} {
			rec := success(requests, 0)
			rec.Key.Users = 100 * (i + 1)
			if i == 0 {
				rec.Measured.Latency.P95 = tt.p95
			}
			rows = append(rows, Row{Record: &rec, Judgement: Judge(rec, slo(t, "p95 < 800ms", "rps > 150"))})
		}
		c := Capacities(rows)[0]
		if c.Users != 200 || len(c.Failed) != 1 || len(c.Doubts) != tt.want {
			t.Errorf("p95 of the fewer %v: %+v, want %d doubts", tt.p95, c, tt.want)
		}
	}
}
