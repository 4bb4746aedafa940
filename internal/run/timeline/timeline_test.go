package timeline

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/stats"
)

var nan = math.NaN()

// slice is a second of an endpoint with requests of so many milliseconds each, those below
// zero failed.
func slice(second int64, name string, millis ...int) stats.Slice {
	s := stats.Slice{Second: second, Endpoint: stats.Endpoint{Method: "GET", Name: name}, Tally: stats.NewTally()}
	for _, m := range millis {
		if m < 0 {
			s.Failed.Record(time.Duration(-m) * time.Millisecond)
		} else {
			s.OK.Record(time.Duration(m) * time.Millisecond)
		}
	}
	return s
}

func TestSlices(t *testing.T) {
	bounds := []Bound{{Limit: 100 * time.Millisecond}, {Endpoint: "GET b", Limit: 10 * time.Millisecond}}
	line := New(1000, time.Minute, bounds)
	line.Load(999, 9, 9, 9) // before the start
	line.Slices([]stats.Slice{slice(1000, "a", 5, 5, 100), slice(1000, "b", -1, 10, 9), slice(1002, "b", 9)}, 1003)
	line.Slices([]stats.Slice{slice(1002, "b", 1000)}, 1003) // seen already
	line.Load(1001, 4, 2, 30)
	line.Load(1001, 5, 2, 50)
	line.Ready(1003, 3)
	line.Stood(1002, 200*time.Millisecond)
	line.Stood(1002, 100*time.Millisecond)
	line.TargetCPU(1002, 1.5)
	line.Lag(1002, .5)
	line.Lag(1002, .3)
	line.Event(1002, "worker lost: a")
	line.Event(1002, "worker lost: a")
	want := &result.Series{
		Start: 1000, Step: 1, Source: result.SeriesOfSlices,
		RPS: result.Column{6, 0, 1, nan}, Failed: result.Column{1, 0, 0, nan},
		P50: result.Column{5, nan, 9, nan}, P95: result.Column{100, nan, 9, nan}, P99: result.Column{100, nan, 9, nan},
		Bad: []result.BadSeries{
			{Bound: 100, PerS: result.Column{2, 0, 0, nan}},
			{Endpoint: "GET b", Bound: 10, PerS: result.Column{2, 0, 0, nan}},
		},
		Users: result.Column{nan, 5, nan, nan}, Workers: result.Column{nan, 2, nan, nan}, Replicas: result.Column{nan, nan, nan, 3},
		LoadCPU: result.Column{nan, 40, nan, nan}, TargetCPU: result.Column{nan, nan, 1.5, nan}, StoodStill: result.Column{0, 0, .2, nan}, Lag: result.Column{nan, nan, .5, nan},
		Events: []result.SeriesEvent{{Second: 2, Text: "worker lost: a"}},
	}
	near := cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(.002, 0)}
	if diff := cmp.Diff(want, line.Series(), near); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestLong: a column is no longer than maxSteps, and a step's percentiles are of all its
// seconds.
func TestLong(t *testing.T) {
	line := New(0, 30*time.Minute, nil)
	for second := range int64(1800) {
		line.Slices([]stats.Slice{slice(second, "a", int(second%3)+1)}, second+1)
	}
	s := line.Series()
	if s.Step != 3 || len(s.RPS) != maxSteps {
		t.Fatalf("%d steps of %d s", len(s.RPS), s.Step)
	}
	for i := range s.RPS {
		if s.RPS[i] != 1 || math.Abs(s.P50[i]-2) > .01 || math.Abs(s.P99[i]-3) > .01 {
			t.Fatalf("step %d: %v/s, p50 %v, p99 %v", i, s.RPS[i], s.P50[i], s.P99[i])
		}
	}
}

// TestRecent: what a master does not say stays unknown, and is never zero.
func TestRecent(t *testing.T) {
	line := New(0, time.Minute, []Bound{{Limit: time.Second}})
	line.Recent(2, new(7.5), nil, new(12.), nil)
	line.Load(2, 3, 1, nan)
	s := line.Series()
	want := &result.Series{
		Step: 1, Source: result.SeriesOfTotals,
		RPS: result.Column{nan, nan, 7.5}, P50: result.Column{nan, nan, 12}, Users: result.Column{nan, nan, 3}, Workers: result.Column{nan, nan, 1},
	}
	if diff := cmp.Diff(want, s, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestSize holds what manifests.Shards assumes of a record's series.
func TestSize(t *testing.T) {
	line := New(0, 150*time.Second, []Bound{{Limit: 20 * time.Millisecond}})
	for second := range int64(150) {
		line.Slices([]stats.Slice{slice(second, "a", int(second*7919%97)+1, int(second*104729%89)+1, int(second*1299709%83)+1)}, second+1)
		line.Load(second, int(min(second, 100)), 2, float64(second*31%100)/3)
		line.Ready(second, 2)
		line.TargetCPU(second, float64(second*17%41)/7)
		line.Stood(second, 0)
		line.Lag(second, .05*math.Exp2(float64(second*13%29)/4))
	}
	text, err := json.Marshal(line.Series())
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 9000 {
		t.Errorf("%d bytes", len(text))
	}
}
