package analysis

import (
	"slices"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/models"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// wasteful are rows of a service that four replicas serve hardly better than two.
func wasteful(t *testing.T, users []int, objectives ...string) []Row {
	t.Helper()
	rows := queueRows(t, 2, []int{1, 2, 4}, users, objectives...)
	run := &result.Run{Header: result.Header{Duration: 100}}
	q := models.Queue{Service: .05, Servers: 1, Think: 1}
	for _, r := range rows {
		rec := *r.Record
		e := q.At(min(2*rec.Key.Replicas, 5), rec.Key.Users)
		m := *rec.Measured
		m.RPS, m.Requests = e.Rate, int64(100*e.Rate)
		m.Latency = result.Latency{P50: 1000 * e.P50, P95: 1000 * e.P95, P99: 1500 * e.P95, Mean: 1000 * e.Mean, Max: 3000 * e.P95}
		m.Success, rec.Measured = &m.Latency, &m
		run.Header.Keys, run.Records = append(run.Header.Keys, rec.Key), append(run.Records, rec)
	}
	return Rows(run, slo(t, objectives...))
}

// TestTooLowAnEfficiency: what passes but wastes replicas is no answer, no recommendation and
// fails the gate; its scenarios' verdicts stay, and so does what is known of its capacity.
func TestTooLowAnEfficiency(t *testing.T) {
	rows := wasteful(t, []int{20, 60, 100, 200}, "p95 < 300ms", "efficiency > 85%")
	demands := Demands(rows)
	if d := demands[1]; d.Replicas != 2 || !slices.Equal(d.Inefficient, []int{4}) || d.Confidence() != Estimated {
		t.Errorf("60 users: %+v", d)
	}
	const want = "100 users: not with an efficiency above 85% (2 are too few: p95 479 ms; 4 hold, but their efficiency is 75 % of that with 1 replica (by users within the SLO), not above 85%)"
	if got := demands[2].Sentence(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if d := demands[2]; d.Replicas != 0 || d.Low != 5 || len(d.Doubts) > 0 {
		t.Errorf("100 users: %+v", d)
	}
	if c := Capacities(rows)[2]; c.Users != 100 || !strings.Contains(c.Sentence(), "their efficiency is 75 %") {
		t.Errorf("4 replicas: %s", c.Sentence())
	}
	for _, p := range proofs(rows) {
		if p.Replicas == 4 {
			t.Errorf("4 replicas with %d users would be proposed", p.Users)
		}
	}
	for gate, missed := range map[v1alpha1.Gate]string{v1alpha1.GateAnswer: "100, 200 users", v1alpha1.GateAll: "4 replicas, 4 workers, 20 users"} {
		g := Gate(gate, slo(t, "p95 < 300ms", "efficiency > 85%"), slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return gate == v1alpha1.GateAll && r.Judgement.Verdict == Fail }))
		if !g.Missed || !strings.Contains(g.Sentence, missed) {
			t.Errorf("gate %s: %+v", gate, g)
		}
	}
	for _, r := range rows {
		if len(r.Judgement.Outcomes) != 1 {
			t.Errorf("%s is judged by %d objectives, want the one of records", r.Name(), len(r.Judgement.Outcomes))
		}
	}
}

// TestEfficientEnough: a bound below what is measured changes no answer.
func TestEfficientEnough(t *testing.T) {
	rows := wasteful(t, []int{20, 60, 100, 200}, "p95 < 300ms", "efficiency > 70%")
	if d := Demands(rows)[2]; d.Replicas != 4 || len(d.Inefficient) > 0 || len(d.Doubts) > 0 {
		t.Errorf("100 users: %+v", d)
	}
}

// TestUnknownEfficiency: where no number of users fails, nothing says what a replica carries,
// and the answer is in doubt; the fewest replicas need no comparison.
func TestUnknownEfficiency(t *testing.T) {
	demands := Demands(wasteful(t, []int{20, 60}, "p95 < 300ms", "efficiency > 85%"))
	if d := demands[1]; d.Replicas != 2 || d.Confidence() != InDoubt || !strings.Contains(strings.Join(d.Beyond, ""), "2 replicas: the efficiency is not known") {
		t.Errorf("60 users: %+v", d)
	}
	if d := demands[0]; d.Replicas != 1 || len(d.Doubts) > 0 {
		t.Errorf("20 users: %+v", d)
	}
}
