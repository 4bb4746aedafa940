package analysis

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// batched is a valid record of ten batches with so many requests each, of independent
// exponential latencies with this mean, of which a share fails at once.
func batched(t *testing.T, perBatch int, mean time.Duration, failing float64) result.Record {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(perBatch), 7))
	b := stats.NewBatches(30)
	for second := range 30 {
		for range perBatch / 3 {
			if random.Float64() < failing {
				b.At(second).Failed.Record(time.Millisecond)
			} else {
				b.At(second).OK.Record(time.Duration(random.ExpFloat64() * float64(mean)))
			}
		}
	}
	return ofBatches(t, b)
}

func ofBatches(t *testing.T, b stats.Batches) result.Record {
	t.Helper()
	text, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	sum := b.Total()
	m := &result.Measured{
		Duration: 30, Requests: sum.Requests(), Failures: sum.Failures(), RPS: float64(sum.Requests()) / 30,
		Latency: result.LatencyOf(sum.All()), Exact: true, Batches: text,
		Endpoints: []result.EndpointResult{{Endpoint: stats.Endpoint{Method: "GET", Name: "/"}, Requests: sum.Requests(), Failures: sum.Failures(), Latency: result.LatencyOf(sum.All()), Batches: text}},
	}
	if sum.OK.Count() > 0 {
		m.Success = new(result.LatencyOf(sum.OK))
	}
	return with(success(1, 0), func(r *result.Record) { r.Measured = m })
}

// TestIntervalsOf: the intervals hold the law's own values, and the numbers shown.
func TestIntervalsOf(t *testing.T) {
	rec := batched(t, 3000, 100*time.Millisecond, 0)
	i := new(Reader).IntervalsOf(&rec, rec.Measured.Batches)
	for _, tt := range []struct {
		name           string
		of             Interval
		truth, value   float64
		narrow, atMost float64
	}{
		{"p50", i.P50, 100 * math.Ln2, rec.Measured.Latency.P50, .02, .1},
		{"p95", i.P95, 100 * math.Log(20), rec.Measured.Latency.P95, .02, .1},
		{"p99", i.P99, 100 * math.Log(100), rec.Measured.Latency.P99, .02, .2},
		{"rps", i.RPS, 1000, rec.Measured.RPS, 0, .1},
	} {
		width := (tt.of.High - tt.of.Low) / tt.value
		if tt.truth < tt.of.Low || tt.truth > tt.of.High || tt.value < tt.of.Low || tt.value > tt.of.High || width < tt.narrow || width > tt.atMost {
			t.Errorf("%s is %v, in truth %v: interval %+v", tt.name, tt.value, tt.truth, tt.of)
		}
	}
	if few := new(Reader).IntervalsOf(&result.Record{}, batched(t, 9, 100*time.Millisecond, 0).Measured.Batches); !math.IsInf(few.P99.High, 1) || math.IsInf(few.P50.High, 1) {
		t.Errorf("of 90 requests p99 is %+v, p50 %+v", few.P99, few.P50)
	}
}

func TestNoIntervals(t *testing.T) {
	short, err := stats.NewBatches(9).Encode()
	if err != nil {
		t.Fatal(err)
	}
	empty, err := stats.NewBatches(30).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", short, empty, "damaged"} {
		if got := new(Reader).IntervalsOf(new(success(1, 0)), text); got != nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// TestBorderline: a bound inside the interval is too close to call, whatever the metric, and
// one outside is not.
func TestBorderline(t *testing.T) {
	exponential := func(failing float64) result.Record { return batched(t, 3000, 100*time.Millisecond, failing) }
	tests := []struct {
		name, slo string
		rec       result.Record
		want      Verdict
		text      string
	}{
		{"p95 far below", "p95 < 400ms", exponential(0), Pass, "below 400ms"},
		{"p95 far above", "p95 < 200ms", exponential(0), Fail, "not below 200ms (47 % over)"},
		{"p95 just below", "p95 < 301ms", exponential(0), Borderline, ", too close to 301ms to call"},
		{"p95 just above", "p95 < 297ms", exponential(0), Borderline, ", too close to 297ms to call"},
		{"of one task", "p95 of GET / < 301ms", exponential(0), Borderline, "p95 of GET / is "},
		{"p99 of few", "p99 < 1s", batched(t, 30, 100*time.Millisecond, 0), Borderline, " ms or more), too close to 1s to call"},
		{"p95 with nearly as many failures as allowed", "p95 < 5s", exponential(.05), Borderline, "too close to 5s to call"},
		{"p95 with a few more", "p95 < 5s", exponential(.053), Borderline, " % of requests failed, p95 < 5s allows 5 % to fail or be slow: too close to call"},
		{"p95 with far more", "p95 < 5s", exponential(.2), Fail, "of requests failed, p95 < 5s allows 5 %"},
		{"fast failures cannot help", "p50 < 70ms", exponential(.3), Fail, "not below 70ms"},
		{"failures far below", "failures < 5%", exponential(.01), Pass, "below 5%"},
		{"failures near", "failures < 1%", exponential(.01), Borderline, "too close to 1% to call"},
		{"failures far above", "failures < 1%", exponential(.05), Fail, "not below 1%"},
		{"no failure of many", "failures < 1%", exponential(0), Pass, "below 1%"},
		{"no failure of few", "failures < 1%", batched(t, 30, 100*time.Millisecond, 0), Borderline, "failures are 0 % (0 % to 1.7 %), too close to 1% to call"},
		{"mean far below", "mean < 120ms", exponential(0), Pass, "below 120ms"},
		{"mean near", "mean < 100ms", exponential(0), Borderline, "too close to 100ms to call"},
		{"rate far above", "rps > 500", exponential(0), Pass, "above 500"},
		{"rate near", "rps > 903", exponential(.1), Borderline, "too close to 903 to call"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := Judge(tt.rec, slo(t, tt.slo))
			o := j.Outcomes[0]
			if j.Verdict != tt.want || !strings.Contains(o.Text, tt.text) || o.Borderline != (tt.want == Borderline) || o.Pass != (tt.want == Pass) {
				t.Errorf("%s: %q, %+v; want %s: %q", j.Verdict, o.Text, o.Interval, tt.want, tt.text)
			}
		})
	}
}

// TestHangingRequests: what did not end counts as slow without making the verdict doubtful.
func TestHangingRequests(t *testing.T) {
	for _, tt := range []struct {
		hanging int64 // of so many beside 1000 that took a millisecond
		want    Verdict
	}{{0, Pass}, {20, Pass}, {50, Borderline}, {100, Fail}, {2000, Fail}} {
		b, ages := stats.NewBatches(30), stats.NewHistogram()
		for n := range 1000 {
			b.At(n * 30 / 1000).OK.Record(time.Millisecond)
		}
		ages.RecordN(25_000_000, tt.hanging)
		text, err := ages.Encode()
		if err != nil {
			t.Fatal(err)
		}
		rec := ofBatches(t, b)
		rec.Measured.Flight = &result.Flight{Started: 1000 + tt.hanging, AtEnd: tt.hanging, Oldest: 25_000, Unheard: tt.hanging, Ages: string(text)}
		if j := Judge(rec, slo(t, "p95 < 200ms")); j.Verdict != tt.want {
			t.Errorf("%d hanging: %s, %s", tt.hanging, j.Verdict, j.Outcomes[0].Text)
		}
	}
}

// TestDependentRequests: where slow requests come together, the same shares say less.
func TestDependentRequests(t *testing.T) {
	apart, together := stats.NewBatches(30), stats.NewBatches(30)
	for second := range 30 {
		for n := range 300 {
			slow, d := n%25 == 0, 10*time.Millisecond
			if slow {
				d = time.Second
			}
			apart.At(second).OK.Record(d)
			if slow {
				together.At(second / 10).OK.Record(d) // all in the first seconds
			} else {
				together.At(second).OK.Record(d)
			}
		}
	}
	for name, tt := range map[string]struct {
		b    stats.Batches
		want Verdict
	}{"apart": {apart, Pass}, "together": {together, Borderline}} {
		if j := Judge(ofBatches(t, tt.b), slo(t, "p95 < 500ms")); j.Verdict != tt.want {
			t.Errorf("%s: %s, %s", name, j.Verdict, j.Outcomes[0].Text)
		}
	}
}

// TestSettle: what is proposed does decide, if the shares stay what they are.
func TestSettle(t *testing.T) {
	row := func(rec result.Record, objective string) Row {
		return Row{Record: &rec, Judgement: Judge(rec, slo(t, objective))}
	}
	close, settled := 0, 0
	for i := range 60 {
		near := row(batched(t, 300+3*i, 100*time.Millisecond, 0), "p95 < 320ms")
		d := near.Settle()
		if near.Judgement.Verdict != Borderline || d == 0 {
			continue
		}
		if d <= 30*time.Second || d > 6*time.Minute || d%settleStep != 0 {
			t.Fatalf("%v is proposed", d)
		}
		close++
		longer := batched(t, (300+3*i)*int(d/time.Second)/30, 100*time.Millisecond, 0)
		if Judge(longer, slo(t, "p95 < 320ms")).Verdict != Borderline {
			settled++
		}
	}
	t.Logf("%d of %d are settled", settled, close)
	if close < 10 || settled < close/2 {
		t.Errorf("%d of %d are settled by the window that is proposed", settled, close)
	}
	at := row(batched(t, 3000, 100*time.Millisecond, 0), "mean < 100ms")
	if d := at.Settle(); at.Judgement.Verdict == Borderline && d > 5*time.Minute {
		t.Errorf("a window of %v is proposed for a value at its bound", d)
	}
}

// TestRounded: Locust's own two digits, and the three of a locustfile that asks for them.
func TestRounded(t *testing.T) {
	bucketed := func(p50, p95 float64) result.Record {
		return with(success(10000, 0), func(r *result.Record) {
			r.Measured.Exact = false
			r.Measured.Latency = result.Latency{P50: p50, P95: p95, P99: 900, Max: 1000}
			r.Measured.Success = &r.Measured.Latency
		})
	}
	tests := []struct {
		name, slo string
		rec       result.Record
		want      Verdict
	}{
		{"the bound within the rounding", "p95 < 204ms", bucketed(100, 200), Borderline},
		{"on its other side", "p95 < 197ms", bucketed(100, 200), Borderline},
		{"at the rounded value", "p95 < 200ms", bucketed(100, 200), Borderline},
		{"beyond it", "p95 < 206ms", bucketed(100, 200), Pass},
		{"short of it", "p95 < 194ms", bucketed(100, 200), Fail},
		{"in whole milliseconds", "p95 < 50.4ms", bucketed(20, 50), Borderline},
		{"three digits", "p95 < 204ms", bucketed(101, 200), Pass},
		{"within three digits", "p95 < 200.4ms", bucketed(101, 200), Borderline},
		{"of seconds", "p95 < 1.02s", bucketed(500, 1000), Borderline},
		{"finer below a power of ten", "p95 < 990ms", bucketed(500, 1000), Fail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if j := Judge(tt.rec, slo(t, tt.slo)); j.Verdict != tt.want {
				t.Errorf("%s, want %s: %s", j.Verdict, tt.want, j.Outcomes[0].Text)
			}
		})
	}
}

// TestFailuresInBatches: with failures counted as slow, the value is that of the sample, and
// not interpolated between the percentiles of a record.
func TestFailuresInBatches(t *testing.T) {
	rec := batched(t, 3000, 100*time.Millisecond, .03)
	o := Judge(rec, slo(t, "p95 < 1s")).Outcomes[0]
	ok := 1 - float64(rec.Measured.Failures)/float64(rec.Measured.Requests)
	if truth := -100 * math.Log(1-.95/ok); math.Abs(o.Value-truth) > .04*truth || len(o.Doubts) > 0 {
		t.Errorf("%v, want about %v; %v", o.Value, truth, o.Doubts)
	}
}
