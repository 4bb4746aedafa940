package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
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

// TestSearchLines: of a search only the past is certain, and a line says why a scenario is
// measured, and why not all were.
func TestSearchLines(t *testing.T) {
	begun := run.Event{
		Type: run.AttemptStarted, Time: time.Now(), Key: &matrix.Key{Scenario: matrix.Scenario{Replicas: 1, Workers: 2, Users: 60}, Round: 1}, Attempt: 1,
		Message: "nothing is known of its neighbours", Index: 2, Total: 7, Searches: true, RunLength: 90, RunLeft: 60, ScenarioLength: 10, ScenarioLeft: 10,
	}
	for _, tt := range []struct {
		event run.Event
		want  string
	}{
		{begun, "[3/~7] 1 replica, 2 workers, 60 users: nothing is known of its neighbours"},
		{run.Event{Type: run.RunFinished, Run: &run.Summary{Elapsed: 21, Ended: "the budget of 15s is spent"}}, "run ended after 21s, early: the budget of 15s is spent"},
		{run.Event{Type: run.RunFinished, Run: &run.Summary{Elapsed: 21}}, "run ended after 21s"},
	} {
		if got := new(lineProgress).text(tt.event); got != tt.want {
			t.Errorf("line %q, want %q", got, tt.want)
		}
	}
	var screen bytes.Buffer
	p := newBarProgress(&Env{Stderr: &screen, StderrWidth: func() int { return 120 }}, "results/x")
	p.observe(begun)
	p.close()
	shown, _, _ := strings.Cut(screen.String(), "\x1b")
	lines := strings.Split(strings.TrimSpace(shown), "\n")
	for i, want := range []string{"%  10s left", "2 of ~7 done in results/x"} {
		if line := strings.TrimSpace(lines[i+1]); !strings.HasSuffix(line, want) {
			t.Errorf("bar %q does not end in %q", line, want)
		}
	}
}
