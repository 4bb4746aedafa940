package analysis

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// asked is a run that searches, of a matrix with two numbers of load workers.
func asked(t *testing.T, replicas, users []int) (*result.Run, []experiment.Objective) {
	t.Helper()
	objectives := []v1alpha1.Objective{{Metric: v1alpha1.MetricP95, Below: "100ms"}}
	slo, err := experiment.ParseObjectives(objectives)
	if err != nil {
		t.Fatal(err)
	}
	axes := matrix.Axes{Replicas: replicas, Workers: []int{4, 8}, Users: users}
	return &result.Run{Header: result.Header{Keys: axes.Keys(), SLO: objectives, Answer: v1alpha1.AnswerDemand}}, slo
}

// searchWith goes on to its end; of each scenario the service says what its p95 is, or 0 for what
// cannot be measured.
func searchWith(run *result.Run, slo []experiment.Objective, service func(matrix.Key) float64) (order []string) {
	for {
		next, _, more := SearchOf(run, slo).Next()
		if !more {
			return order
		}
		order = append(order, next.Role+" "+next.Key.String())
		run.Amendments = append(run.Amendments, result.Amendment{
			After: len(run.Records), Scenarios: &result.Scenarios{Planned: []result.Planned{next}},
		})
		rec := result.Record{Key: next.Key, Role: next.Role, Attempt: 1, Terminal: true, Status: result.Invalid, Finished: time.Unix(1, 0)}
		if p95 := service(next.Key); p95 > 0 {
			rec.Status = result.Success
			rec.Measured = &result.Measured{Duration: 10, Requests: 1e4, RPS: 1000, Exact: true, Latency: result.Latency{P50: p95 / 2, P95: p95, P99: 2 * p95}}
		}
		run.Records = append(run.Records, rec)
	}
}

// TestFewerWorkers take the place of those that could not measure a cell.
func TestFewerWorkers(t *testing.T) {
	run, slo := asked(t, []int{1}, []int{200})
	order := searchWith(run, slo, func(k matrix.Key) float64 {
		if k.Workers == 8 {
			return 0
		}
		return 10
	})
	want := []string{"grid 1 replica, 8 workers, 200 users", "grid 1 replica, 4 workers, 200 users"}
	if diff := cmp.Diff(want, order[:2]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d := Demands(Rows(run, slo)); d[0].Replicas != 1 || d[0].Workers != 4 {
		t.Errorf("%+v", d)
	}
}

// TestSkipped: every scenario of the matrix has a row, and one that was not measured says what
// it follows from.
func TestSkipped(t *testing.T) {
	run, slo := asked(t, []int{1, 2}, []int{200, 400})
	searchWith(run, slo, func(k matrix.Key) float64 {
		if k.Users > 200*k.Replicas {
			return 1000
		}
		return 10
	})
	var got []string
	for _, r := range Rows(run, slo) {
		if r.Record.Status == result.Skipped {
			got = append(got, r.Record.Key.String()+": "+r.Record.StatusText())
		}
	}
	want := []string{
		"1 replica, 4 workers, 200 users: SKIPPED: inferred PASS from 1 replica, 8 workers, 200 users",
		"1 replica, 4 workers, 400 users: SKIPPED: inferred FAIL from 1 replica, 8 workers, 400 users",
		"2 replicas, 4 workers, 200 users: SKIPPED: inferred PASS from 2 replicas, 8 workers, 400 users",
		"2 replicas, 4 workers, 400 users: SKIPPED: inferred PASS from 2 replicas, 8 workers, 400 users",
		"2 replicas, 8 workers, 200 users: SKIPPED: inferred PASS from 2 replicas, 400 users",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSearchIsNotMonotone: where more replicas are worse it is said, and nothing is inferred.
func TestSearchIsNotMonotone(t *testing.T) {
	run, slo := asked(t, []int{1, 2, 3, 4}, []int{200})
	searchWith(run, slo, func(k matrix.Key) float64 {
		if k.Replicas == 3 || k.Replicas == 1 {
			return 1000
		}
		return 10
	})
	rows := Rows(run, slo)
	s := SearchedOf(run, slo, rows)
	if len(s.NotMonotone) == 0 || !strings.Contains(s.NotMonotone[0], "FAIL with 3 replicas, 200 users, but PASS with 2 replicas, 200 users") {
		t.Errorf("%q", s.NotMonotone)
	}
	if d := Demands(rows)[0]; d.Confidence() != InDoubt || !strings.Contains(strings.Join(d.Doubts, "; "), "not monotone: 3 replicas fail although 2 passes") {
		t.Errorf("%s: %q", d.Sentence(), d.Doubts)
	}
}

// TestConfidence of an answer.
func TestConfidence(t *testing.T) {
	sure, guessed := &Side{}, &Side{Estimated: true}
	for want, d := range map[Confidence]Demand{
		Established: {Replicas: 2, Short: sure, Holds: sure},
		Estimated:   {Replicas: 2, Short: guessed, Holds: sure},
		InDoubt:     {Replicas: 2, Holds: sure, Doubts: []string{"fewer may do"}},
	} {
		if got := d.Confidence(); got != want {
			t.Errorf("%+v: %s, want %s", d, got, want)
		}
	}
	if got := (Demand{NoData: []int{1}}).Confidence(); got != InDoubt {
		t.Errorf("no answer: %s", got)
	}
}
