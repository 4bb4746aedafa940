package analysis

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// row is a valid row of so many replicas with a rate and a median.
func row(replicas int, rps, p50 float64, change ...func(*result.Record)) Row {
	rec := success(int64(rps*100), 0)
	rec.Key = matrix.Key{Scenario: matrix.Scenario{Replicas: replicas, Workers: 4, Users: 200}, Round: 1}
	lat := result.Latency{P50: p50, P95: 2 * p50, P99: 3 * p50, Max: 4 * p50}
	rec.Measured.RPS, rec.Measured.Duration, rec.Measured.Latency, rec.Measured.Success = rps, 100, lat, &lat
	for _, c := range change {
		c(&rec)
	}
	return Row{Record: &rec}
}

func failing90(r *result.Record) { r.Measured.Failures = r.Measured.Requests * 9 / 10 }
func outage(r *result.Record)    { r.Measured.Failures, r.Measured.Success = r.Measured.Requests, nil }
func silent(r *result.Record)    { *r.Measured = result.Measured{Duration: 100, Exact: true} }
func invalid(r *result.Record)   { r.Status = result.Invalid }
func errored(r *result.Record)   { r.Status = result.Error }
func edge(r *result.Record)      { r.Measured.EdgeError = .025 }
func bucketed(r *result.Record)  { r.Measured.Exact = false }

// describe reads "2 of 1,8" for a best row of 2 replicas tied with two others.
func describe(b *Best) string {
	if b == nil {
		return "none"
	}
	s := list([]int{replicasOf(b.Row)})
	var ties []int
	for _, r := range b.Ties {
		ties = append(ties, replicasOf(r))
	}
	if len(ties) > 0 {
		s += " tied " + strings.ReplaceAll(list(ties), " ", "")
	}
	return s
}

func TestBest(t *testing.T) {
	tests := []struct {
		name                string
		rows                []Row
		throughput, latency string
	}{
		{"plain", []Row{row(1, 10, 300), row(2, 20, 100), row(4, 15, 200)}, "2", "2"},
		{"nothing", nil, "none", "none"},
		{"invalid is never best", []Row{row(1, 10, 300), row(2, 99, 1, invalid)}, "1", "1"},
		{"error is never best", []Row{row(1, 10, 300), row(2, 99, 1, errored)}, "1", "1"},
		{"outage is never best", []Row{row(1, 10, 300), row(2, 99, 1, outage)}, "1", "1"},
		{"silence is never best", []Row{row(1, 10, 300), row(2, 0, 0, silent)}, "1", "1"},
		{"only unfit rows", []Row{row(1, 99, 1, invalid), row(2, 99, 1, outage), row(4, 0, 0, silent)}, "none", "none"},
		{"fast failures are no throughput", []Row{row(1, 10, 300), row(2, 90, 1, failing90)}, "1", "1"},
		{"mostly failing has no latency", []Row{row(1, 10, 300, failing90)}, "1", "none"},
		{"tie at display precision", []Row{row(8, 10.001, 100.4), row(2, 10.002, 99.6), row(4, 9.99, 101)}, "2 tied 8", "2 tied 8"},
		{"fewer replicas win a tie", []Row{row(8, 10.004, 99.6), row(2, 10, 100)}, "2 tied 8", "2 tied 8"},
		{"tie within the edge error", []Row{row(1, 100, 100, edge), row(2, 102, 200, edge), row(4, 90, 300, edge)}, "2 tied 1", "1"},
		{"tie within a bucket", []Row{row(1, 10, 104, bucketed), row(2, 20, 100, bucketed), row(4, 15, 110, bucketed)}, "2", "2 tied 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Find(tt.rows)
			if diff := cmp.Diff([]string{tt.throughput, tt.latency}, []string{describe(f.Throughput), describe(f.Latency)}); diff != "" {
				t.Errorf("throughput, latency (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAverages(t *testing.T) {
	f := Find([]Row{row(1, 10, 300), row(2, 30, 100), row(4, 1e6, 1, outage), row(8, 1e6, 1, invalid), row(16, 0, 0, silent), row(32, 1, 1, errored)})
	got := []float64{f.AverageRPS, f.AverageMedian, float64(f.Ranked), float64(f.Succeeded), float64(f.Outages), float64(f.Scenarios)}
	if diff := cmp.Diff([]float64{20, 200, 2, 4, 1, 6}, got); diff != "" {
		t.Errorf("RPS, median, ranked, succeeded, outages, scenarios (-want +got):\n%s", diff)
	}
}

func TestFlattered(t *testing.T) {
	f := Find([]Row{row(1, 10, 300), row(2, 90, 1, failing90)})
	if f.Flattered == nil || replicasOf(*f.Flattered) != 2 {
		t.Errorf("the row with more requests, most of them failed, is not told: %+v", f.Flattered)
	}
	if f := Find([]Row{row(1, 10, 300), row(2, 9, 1)}); f.Flattered != nil {
		t.Errorf("flattered = %v", f.Flattered.Name())
	}
}

func TestRecommendations(t *testing.T) {
	judged := func(r Row, v Verdict) Row { r.Judgement.Verdict = v; return r }
	again := func(r Row) Row { r.Record.Key.Workers = 8; return r }
	rows := []Row{
		judged(row(1, 90, 10), Fail), judged(row(2, 50, 20), Pass), judged(again(row(2, 49, 20)), Pass),
		judged(row(4, 40, 30), Pass), judged(row(8, 30, 40), Pass), judged(row(16, 20, 50), Pass),
	}
	var got []int
	for _, r := range Find(rows).HighPerformance {
		got = append(got, replicasOf(r))
	}
	if diff := cmp.Diff([]int{2, 4, 8}, got); diff != "" {
		t.Errorf("recommended replicas (-want +got):\n%s", diff)
	}
}

// TestOneName holds the places that name percentiles to the one list.
func TestOneName(t *testing.T) {
	lat := result.Latency{P50: 50, P90: new(90.0), P95: 95, P99: 99, P999: new(99.9)}
	for _, p := range Percentiles() {
		if got, ok := p.Of(lat); !ok || math.Abs(got-p.Level*100) > 1e-9 {
			t.Errorf("%s reads %v", p.Metric, got)
		}
		if _, err := objective(p.Metric); err != nil {
			t.Errorf("%s cannot be an objective: %v", p.Metric, err)
		}
	}
}
