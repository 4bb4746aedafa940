package worker

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// TestBucket has the examples of locust-protocol.md 18.
func TestBucket(t *testing.T) {
	for ms, want := range map[float64]int64{
		0: 0, 0.5: 0, 1.5: 2, 2.5: 2, 99.4: 99, 99.6: 100, 100: 100, 145: 140, 155: 160, 144.999: 140, 145.001: 150,
		995: 1000, 1150: 1200, 1149.9: 1100, 9950: 10000, 10500: 10000, 10500.1: 11000, 11500: 12000, 123456: 123000,
	} {
		if got := bucket(ms); got != want {
			t.Errorf("bucket(%v) = %d, want %d", ms, got, want)
		}
	}
}

func ptr(f float64) *float64 { return &f }

func TestStatsReport(t *testing.T) {
	s := newLocustStats(testEndpoints, 100)
	s.add(&outcome{at: 101_500_000, nanos: 1_250_000, bytes: 10, endpoint: 1})
	s.add(&outcome{at: 102_000_000, nanos: 145_000_000, bytes: 5, endpoint: 1, failure: "503 Service Unavailable"})
	s.add(&outcome{at: 101_900_000, nanos: 2_000_000, endpoint: 0})
	var r wire.StatsReport
	s.take(103, &r)
	b := wire.StatsEntry{
		Name: "b", Method: "POST", LastRequest: ptr(102), StartTime: 100, Requests: 2, Failures: 1,
		TotalResponseTime: 146.25, MaxResponseTime: 145, MinResponseTime: ptr(1.25), TotalContentLength: 15,
		ResponseTimes: map[int64]int64{1: 1, 140: 1}, RequestsPerSec: map[int64]int64{101: 1, 102: 1}, FailuresPerSec: map[int64]int64{102: 1},
	}
	if len(r.Stats) != 2 {
		t.Fatalf("%d entries", len(r.Stats))
	}
	if diff := cmp.Diff(b, r.Stats[1]); diff != "" {
		t.Error(diff)
	}
	total := b
	total.Name, total.Method, total.Requests, total.TotalResponseTime = "Aggregated", "", 3, 148.25
	total.ResponseTimes, total.RequestsPerSec = map[int64]int64{1: 1, 2: 1, 140: 1}, map[int64]int64{101: 2, 102: 1}
	if diff := cmp.Diff(total, r.Total); diff != "" {
		t.Error(diff)
	}
	want := []wire.StatsError{{
		Key: errorHash(testEndpoints[1], "503 Service Unavailable"), Name: "b", Method: "POST",
		Error: "503 Service Unavailable", Occurrences: 1, FirstSeen: ptr(102), LastSeen: ptr(102),
	}}
	if diff := cmp.Diff(want, r.Errors); diff != "" {
		t.Error(diff)
	}
}

// TestEmptyStatsReport: zeros for a minimum or a last request would be believed (locust-protocol.md 16).
func TestEmptyStatsReport(t *testing.T) {
	s := newLocustStats(testEndpoints, 100)
	s.add(&outcome{at: 101_000_000, nanos: 1_000_000})
	s.take(103, &wire.StatsReport{})
	var r wire.StatsReport
	s.take(106, &r)
	if len(r.Stats) != 0 || len(r.Errors) != 0 || r.Total.MinResponseTime != nil || r.Total.LastRequest != nil || r.Total.StartTime != 103 {
		t.Errorf("report %+v", r)
	}
}
