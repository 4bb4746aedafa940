package analysis

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

func slo(t *testing.T, objectives ...string) []experiment.Objective {
	t.Helper()
	in, err := experiment.ParseSLO(objectives)
	if err != nil {
		t.Fatal(err)
	}
	out, err := experiment.ParseObjectives(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// success is a valid record with p50 to max at 100, 200, 300, 400 ms.
func success(requests, failures int64) result.Record {
	lat := result.Latency{P50: 100, P95: 200, P99: 300, Max: 400}
	m := &result.Measured{Duration: 10, Requests: requests, Failures: failures, RPS: float64(requests) / 10, Latency: lat, Exact: true}
	if failures < requests {
		m.Success = &lat
	}
	return result.Record{
		Key: matrix.Key{Scenario: matrix.Scenario{Replicas: 1, Workers: 4, Users: 200}, Round: 1}, Role: result.RoleGrid,
		Attempt: 1, Terminal: true, Status: result.Success, Measured: m, Started: time.Unix(0, 0),
	}
}

func with(r result.Record, change func(*result.Record)) result.Record {
	change(&r)
	return r
}

// unended is a record in which no request ended, with atEnd of them under way at its end.
func unended(atEnd int64) result.Record {
	return with(success(0, 0), func(r *result.Record) { r.Measured.Flight = &result.Flight{Started: atEnd, AtEnd: atEnd} })
}

func TestJudge(t *testing.T) {
	invalid := with(success(10000, 0), func(r *result.Record) { r.Status = result.Invalid })
	failed := with(success(0, 0), func(r *result.Record) { r.Status, r.Measured = result.Error, nil })
	tests := []struct {
		name string
		rec  result.Record
		slo  string
		want Verdict
		text string
	}{
		{"below", success(10000, 0), "p95 < 201ms", Pass, "p95 is 200 ms, below 201ms"},
		{"exactly the bound", success(10000, 0), "p95 < 200ms", Fail, "p95 is 200 ms, not below 200ms"},
		{"above", success(10000, 0), "p99 < 200ms", Fail, "p99 is 300 ms, not below 200ms (50 % over)"},
		{"median", success(10000, 0), "p50 < 150ms", Pass, "p50 is 100 ms, below 150ms"},
		{"failures below", success(10000, 99), "failures < 1%", Pass, "failures are 0.99 %, below 1%"},
		{"failures exactly", success(10000, 100), "failures < 1%", Fail, "failures are 1.00 % (100 of 10000), not below 1%"},
		{"one failure shows", success(1000000, 1), "failures < 0.0001%", Fail, "failures are 0.01 % (1 of 1000000), not below 0.0001%"},
		{"outage", success(100, 100), "failures < 100%", Fail, "failures are 100.00 % (100 of 100), not below 100%"},
		{"outage is not fast", success(100, 100), "p50 < 1h", Fail, "100 % of requests failed, p50 < 1h allows 50 % to fail or be slow"},
		{"invalid", invalid, "p95 < 1s", NoData, ""},
		{"error", failed, "p95 < 1s", NoData, ""},
		{"no requests", success(0, 0), "p95 < 1s", NoData, ""},
		{"no requests, a rate", success(0, 0), "rps > 1", NoData, ""},
		{"no requests, none sent", unended(0), "rps > 1", NoData, ""},
		{"no requests, but some under way", unended(4), "rps > 1", Fail, "rps is 0, not above 1 (100 % under)"},
		{"no requests, failures only", success(0, 0), "failures < 1%", NoData, ""},
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

func TestJudgeSeveral(t *testing.T) {
	j := Judge(success(10000, 200), slo(t, "p50 < 1s", "p95 < 100ms", "failures < 1%"))
	if j.Verdict != Fail || len(j.Outcomes) != 3 || len(j.Missed()) != 2 {
		t.Errorf("got %s with %d outcomes, %d missed", j.Verdict, len(j.Outcomes), len(j.Missed()))
	}
	if j := Judge(success(10000, 0), nil); j.Verdict != "" {
		t.Errorf("without an SLO the verdict is %q", j.Verdict)
	}
}

// TestUnknownMetric judges by what only a newer program knows: no verdict, and why.
func TestUnknownMetric(t *testing.T) {
	newer := slo(t, "p95 < 1s")
	newer[0].Metric = "jitter"
	j := Judge(success(10000, 0), newer)
	if j.Verdict != NoData || !strings.HasSuffix(j.Outcomes[0].Text, "this version does not know the metric jitter") {
		t.Errorf("got %s: %+v", j.Verdict, j.Outcomes)
	}
}

// TestFastFailures (measuring.md 11): 10 % instant 503 fail p95 though the
// successes' p95, and the one over all requests, pass.
func TestFastFailures(t *testing.T) {
	if j := Judge(success(10000, 1000), slo(t, "p95 < 10s")); j.Verdict != Fail || !math.IsInf(j.Outcomes[0].Value, 1) {
		t.Errorf("10 %% failures: %+v", j)
	}
}

// TestFailuresCountAsSlow shifts a percentile by the failures.
func TestFailuresCountAsSlow(t *testing.T) {
	noSuccess := func(r *result.Record) { r.Measured.Success = nil }
	slowFailures := func(r *result.Record) { r.Measured.Latency.P95 = 290 }
	tests := []struct {
		name string
		rec  result.Record
		want float64
	}{
		{"none", success(10000, 0), 200},
		{"as many as p95 allows", success(10000, 500), 400},
		{"one more", success(10000, 501), math.Inf(1)},
		{"p95 of the rest at 0.95/0.98", success(10000, 200), 200 + (.95/.98-.95)/.04*100},
		{"at 0.95/0.955, past p99", success(10000, 450), 300 + (.95/.955-.99)/.01*100},
		{"engine that cannot tell them apart", with(success(10000, 200), noSuccess), 250},
		{"slow failures are not forgotten", with(success(10000, 1), slowFailures), 290},
		{"small counts", success(20, 1), 400},
		{"smaller counts", success(19, 1), math.Inf(1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := percentile(v1alpha1.MetricP95)
			got := effective(whole(tt.rec.Measured), p, 0)
			if got.value != tt.want && !(math.Abs(got.value-tt.want) < 1e-9) {
				t.Errorf("effective p95 = %v, want %v", got.value, tt.want)
			}
			if got.low > got.value || got.value > got.high {
				t.Errorf("%+v is not ordered", got)
			}
		})
	}
}

// TestEffectiveIsNeverTooLow compares with the truth on samples whose tail is
// convex, for every number of failures.
func TestEffectiveIsNeverTooLow(t *testing.T) {
	const n = 2000
	sample := make([]float64, n) // quantiles of an exponential law, ascending
	for i := range sample {
		sample[i] = -100 * math.Log(1-(float64(i)+.5)/n)
	}
	at := func(s []float64, q float64) float64 { return s[int(math.Ceil(q*float64(len(s))-1e-9))-1] }
	for failures := int64(1); failures <= n; failures++ {
		ok := sample[:n-failures]
		one := new(1.0)
		m := &result.Measured{Requests: n, Failures: failures, Latency: result.Latency{P50: 1, P90: one, P95: 1, P99: 1, P999: one, Max: 1}}
		if len(ok) > 0 {
			m.Success = &result.Latency{
				P50: at(ok, .5), P90: new(at(ok, .9)), P95: at(ok, .95), P99: at(ok, .99), P999: new(at(ok, .999)), Max: ok[len(ok)-1],
			}
		}
		for _, p := range Percentiles() {
			truth := math.Inf(1)
			if rank := int(math.Ceil(p.Level*n - 1e-9)); rank <= len(ok) {
				truth = ok[rank-1]
			}
			// A rank's worth of slack: quantiles are of a discrete sample.
			if got := effective(whole(m), p, 0).value; got < truth*.99 {
				t.Fatalf("%s with %d failures = %v, truth is %v", p.Metric, failures, got, truth)
			}
		}
	}
}

func TestObjectiveDoubts(t *testing.T) {
	bucketed := func(r *result.Record) { r.Measured.Exact = false }
	tests := []struct {
		name, slo string
		rec       result.Record
		want      string
	}{
		{"clear", "p95 < 300ms", success(10000, 0), ""},
		{"bucketed, far", "p95 < 300ms", with(success(10000, 0), bucketed), ""},
		{"p95 of few", "p95 < 300ms", success(199, 0), "fewer than 10 values"},
		{"p95 of enough", "p95 < 300ms", success(200, 0), ""},
		{"p99 of few", "p99 < 400ms", success(999, 0), "fewer than 10 values"},
		{"p99 of enough", "p99 < 400ms", success(1000, 0), ""},
		{"p95 of few, of which all fail", "p95 < 300ms", success(100, 100), ""},
		{"p95 of few, of which a few too many fail", "p95 < 300ms", success(100, 14), "fewer than 10 values"},
		{"interpolated", "p95 < 250ms", success(10000, 100), "is interpolated"},
		{"failures too few to matter", "p95 < 250ms", success(10000, 10), ""},
		{"bracket on one side", "p95 < 301ms", success(10000, 100), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(Judge(tt.rec, slo(t, tt.slo)).Outcomes[0].Doubts, "; ")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("doubts = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestVerdictInDoubt: an objective missed beyond doubt fails the row beyond doubt, whatever
// the others; a PASS needs all of them.
func TestVerdictInDoubt(t *testing.T) {
	tests := []struct {
		name string
		rec  result.Record
		slo  []string
		want int
	}{
		{"one is missed beyond doubt", success(150, 50), []string{"failures < 1%", "p50 < 1s", "p99 < 301ms"}, 0},
		{"another is met in doubt", success(150, 0), []string{"p50 < 10ms", "p99 < 1s"}, 0},
		{"what is missed is in doubt", success(150, 0), []string{"p50 < 1s", "p99 < 10ms"}, 1},
		{"a PASS with one in doubt", success(150, 0), []string{"p50 < 1s", "p99 < 1s"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Judge(tt.rec, slo(t, tt.slo...)).doubts(); len(got) != tt.want {
				t.Errorf("doubts = %q, want %d", got, tt.want)
			}
		})
	}
}

// TestTextKeepsItsSide: rounding for people must not contradict the verdict.
func TestTextKeepsItsSide(t *testing.T) {
	tests := []struct {
		value, bound float64
		want         string
	}{
		{799.7, 800, "799.7"},
		{800.2, 800, "800"},
		{800, 800, "800"},
		{799.9996, 800, "799.9996"},
		{812.4, 800, "812"},
		{12.34, 800, "12.3"},
		{1.236, 800, "1.24"},
		{.4, 800, "0.4"},
	}
	for _, tt := range tests {
		if got := millis(tt.value, tt.bound); got != tt.want {
			t.Errorf("millis(%v, %v) = %s, want %s", tt.value, tt.bound, got, tt.want)
		}
	}
}

func TestFailurePercent(t *testing.T) {
	tests := []struct {
		failures, requests int64
		want               float64
	}{{0, 0, 0}, {0, 10, 0}, {1, 1e6, .01}, {1, 200, .5}, {999999, 1e6, 99.99}, {5, 5, 100}}
	for _, tt := range tests {
		if got := FailurePercent(tt.failures, tt.requests); got != tt.want {
			t.Errorf("FailurePercent(%d, %d) = %v, want %v", tt.failures, tt.requests, got, tt.want)
		}
	}
}

func TestWholeMillis(t *testing.T) {
	got := []int64{WholeMillis(0), WholeMillis(.2), WholeMillis(1.49), WholeMillis(1.5), WholeMillis(849.6)}
	if diff := cmp.Diff([]int64{0, 1, 1, 2, 850}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
