package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// heavy is a sample with figures as long as they come.
func heavy() run.Event {
	return run.Event{
		Type: run.Sample, Time: time.Now(), Phase: run.PhaseMeasure, Total: 24,
		ScenarioLeft: 60, ScenarioLength: 120, RunLeft: 7200, RunLength: 7200,
		Live: &run.Live{Users: 10000, Workers: 10, Requests: 1e6, Failures: 1e5, Recent: run.Recent{
			Seconds: 10, RPS: 12345.67, P50: new(1234.5), P95: new(23456.7), FailureRatio: new(.99995),
		}},
	}
}

// TestBarsAt80: a narrow terminal cuts off nothing that matters, and no line wraps.
func TestBarsAt80(t *testing.T) {
	for _, columns := range []int{80, 120} {
		var screen bytes.Buffer
		p := newBarProgress(&Env{Stderr: &screen, StderrWidth: func() int { return columns }}, "results/20260102-030405-1a2b")
		p.observe(heavy())
		p.close()
		shown, _, _ := strings.Cut(screen.String(), "\x1b")
		lines := strings.Split(strings.TrimSpace(shown), "\n")
		if len(lines) != 3 {
			t.Fatalf("%d columns: %q", columns, lines)
		}
		const load = "load     >99.99 % failed, 12345.7 req/s, p50 1234 ms, p95 23457 ms (last 10 s)"
		if lines[0] != load {
			t.Errorf("%d columns: %q, want %q", columns, lines[0], load)
		}
		if want := "1m0s left  measure, 10000 users"; !strings.HasSuffix(lines[1], want) {
			t.Errorf("%d columns: %q does not end in %q", columns, lines[1], want)
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n >= columns {
				t.Errorf("%d columns: %d in %q", columns, n, line)
			}
		}
	}
}

// TestSampleLine is what a log shows of the load.
func TestSampleLine(t *testing.T) {
	idle := heavy()
	idle.Live.Recent = run.Recent{Seconds: 10}
	ramp := heavy()
	ramp.Phase, ramp.Live.Recent = run.PhaseRamp, run.Recent{}
	for _, tt := range []struct {
		event run.Event
		want  string
	}{
		{heavy(), "measure: >99.99 % failed, 12345.7 req/s, p50 1234 ms, p95 23457 ms (last 10 s), 10000 users, scenario: 1m0s left"},
		{idle, "measure: – % failed, 0.0 req/s, p50 – ms, p95 – ms (last 10 s), 10000 users, scenario: 1m0s left"},
		{ramp, "ramp: 10000 users, scenario: 1m0s left"},
	} {
		p := lineProgress{samples: true}
		if got := strings.TrimSpace(p.text(tt.event)); got != tt.want {
			t.Errorf("line %q, want %q", got, tt.want)
		}
	}
}

// TestOutcomeLine: failures come first, and a window without a request has no latency.
func TestOutcomeLine(t *testing.T) {
	measured := func(requests, failures int64) *result.Record {
		return &result.Record{Status: result.Success, Measured: &result.Measured{
			Requests: requests, Failures: failures, RPS: 100, Latency: result.Latency{P50: .4, P95: 59, P99: 200},
		}}
	}
	for _, tt := range []struct {
		record *result.Record
		want   string
	}{
		{measured(1000, 180), "18.00 % failed, 100.00 req/s, p50 <1 ms, p95 59 ms, p99 200 ms"},
		{measured(100000, 1), "<0.01 % failed, 100.00 req/s, p50 <1 ms, p95 59 ms, p99 200 ms"},
		{measured(0, 0), "no request completed"},
	} {
		if got := new(lineProgress).outcome(run.Event{Record: tt.record}); got != tt.want {
			t.Errorf("line %q, want %q", got, tt.want)
		}
	}
}
