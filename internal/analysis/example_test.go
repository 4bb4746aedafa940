package analysis_test

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// measured is a valid record of a scenario whose successes had this p95, in milliseconds.
func measured(replicas, users int, p95 float64) result.Record {
	latency := result.Latency{P50: p95 / 2, P95: p95, P99: 2 * p95, Max: 3 * p95}
	return result.Record{
		Key: matrix.Key{Scenario: matrix.Scenario{Replicas: replicas, Workers: 1, Users: users}, Round: 1}, Role: result.RoleGrid,
		Attempt: 1, Terminal: true, Status: result.Success,
		Measured: &result.Measured{Duration: 60, Requests: 6000, RPS: 100, Latency: latency, Success: &latency, Exact: true},
	}
}

func slo(metric v1alpha1.Metric, below v1alpha1.Bound) []experiment.Objective {
	parsed, err := experiment.ParseObjectives([]v1alpha1.Objective{{Metric: metric, Below: below}})
	if err != nil {
		panic(err)
	}
	return parsed
}

// A record is held against the SLO. One that is not valid is no pass and no failure.
func ExampleJudge() {
	bound := slo(v1alpha1.MetricP95, "200ms")
	good, bad := measured(2, 50, 120), measured(1, 50, 250)
	stalled := measured(1, 50, 120)
	stalled.Status = result.Invalid
	for _, rec := range []result.Record{good, bad, stalled} {
		j := analysis.Judge(rec, bound)
		fmt.Println(j.Verdict)
		for _, missed := range j.Missed() {
			fmt.Println(" ", missed.Text)
		}
	}
	// Output:
	// PASS
	// FAIL
	//   p95 is 250 ms, not below 200ms (25 % over)
	// NO DATA
}

// The answer: how many replicas each number of users needs.
func ExampleDemands() {
	bound := slo(v1alpha1.MetricP95, "200ms")
	var rows []analysis.Row
	for _, rec := range []result.Record{measured(1, 50, 90), measured(2, 50, 60), measured(1, 100, 400), measured(2, 100, 150)} {
		rows = append(rows, analysis.Row{Record: &rec, Judgement: analysis.Judge(rec, bound)})
	}
	for _, d := range analysis.Demands(rows) {
		fmt.Println(d.Sentence())
	}
	// Output:
	// 50 users: 1 replica (p95 90 ms)
	// 100 users: 2 replicas (1 is too few: p95 400 ms; 2 hold: p95 150 ms)
}
