package analysis

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// grid reads rows from lines of "replicas workers users: verdicts of the rounds",
// with P, F and - (no data).
func grid(lines ...string) []Row {
	var rows []Row
	for _, line := range lines {
		var s matrix.Scenario
		cell, verdicts, _ := strings.Cut(line, ": ")
		n := strings.Fields(cell)
		s.Replicas, s.Workers, s.Users = number(n[0]), number(n[1]), number(n[2])
		for i, v := range verdicts {
			rec := result.Record{Key: matrix.Key{Scenario: s, Round: i + 1}, Status: result.Success}
			verdict := map[rune]Verdict{'P': Pass, 'F': Fail, 'B': Borderline, '-': NoData}[v]
			rows = append(rows, Row{Record: &rec, Judgement: Judgement{Verdict: verdict}})
		}
	}
	return rows
}

func number(s string) int {
	n := 0
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}

func TestDemand(t *testing.T) {
	tests := []struct {
		name   string
		rows   []Row
		want   string
		doubts []string
	}{
		{"fewest that pass", grid("1 4 200: F", "2 4 200: P", "4 4 200: P"), "2", nil},
		{"listed in any order", grid("4 4 200: P", "1 4 200: F", "2 4 200: P"), "2", nil},
		{"none", grid("1 4 200: F", "8 4 200: F"), "8 are not enough", nil},
		{"no data", grid("1 4 200: -", "2 4 200: -"), "no data", nil},
		{"none so far", grid("1 4 200: F", "2 4 200: -", "4 4 200: -"), "1 is not enough, no data for 2, 4", nil},
		{"fewer not seen", grid("1 4 200: -", "2 4 200: P"), "1 or 2", []string{"fewer may do: no data for 1 replica"}},
		{"more not seen", grid("1 4 200: P", "2 4 200: -"), "1", nil},
		// measuring.md 15
		{
			"not monotone", grid("1 4 200: F", "2 4 200: P", "4 4 200: F", "8 4 200: P"), "2",
			[]string{"not monotone: 4 replicas fail although 2 passes; measure again"},
		},
		{
			"every round must pass", grid("1 4 200: PFP", "2 4 200: PPP"), "2",
			[]string{"1 replica, 4 workers: rounds disagree, 2 of 3 pass, which counts as FAIL"},
		},
		{"a round without data", grid("1 4 200: P-P"), "1", []string{"1 replica, 4 workers: no data from 1 of 3 rounds"}},
		{
			"the larger worker count decides: PASS", grid("1 4 200: F", "1 8 200: P"), "1",
			[]string{"1 replica: PASS with 8 workers, FAIL with 4 workers"},
		},
		{
			"the larger worker count decides: FAIL", grid("1 8 200: F", "1 4 200: P"), "1 is not enough",
			[]string{"1 replica: FAIL with 8 workers, PASS with 4 workers"},
		},
		{"the larger worker count has no data", grid("1 8 200: -", "1 4 200: P"), "1", nil},
		{"doubts above the answer do not matter", grid("1 4 200: PP", "2 4 200: P-"), "1", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Demands(tt.rows)
			if len(d) != 1 || d[0].Users != 200 {
				t.Fatalf("demands = %+v", d)
			}
			if diff := cmp.Diff(tt.want, d[0].Text()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.doubts, d[0].Doubts); diff != "" {
				t.Errorf("doubts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDemandOfHoles: a matrix with include and exclude is no full grid.
func TestDemandOfHoles(t *testing.T) {
	got := map[int]string{}
	for _, d := range Demands(grid("1 4 200: P", "2 4 400: F", "4 4 400: P", "8 4 800: F")) {
		got[d.Users] = d.Text()
	}
	if diff := cmp.Diff(map[int]string{200: "1", 400: "3 or 4", 800: "8 are not enough"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoSLONoDemand(t *testing.T) {
	rows := []Row{{Record: new(success(1000, 0))}}
	if Demands(rows) != nil || Capacities(rows) != nil {
		t.Error("answers without a question")
	}
}

func TestCapacity(t *testing.T) {
	tests := []struct {
		name   string
		rows   []Row
		want   string
		doubts []string
	}{
		{"most that pass", grid("2 4 800: F", "2 4 200: P", "2 4 400: P"), "400", nil},
		{"none", grid("2 4 200: F", "2 4 400: F"), "not even 200", nil},
		{"no data", grid("2 4 200: -"), "no data", nil},
		{"not monotone", grid("2 4 200: F", "2 4 400: P"), "400", []string{"not monotone: 200 users fail although 400 passes; measure again"}},
		{"more not seen", grid("2 4 200: P", "2 4 400: -"), "200", []string{"more may pass: no data for 400 users"}},
		{"more too close", grid("2 4 200: P", "2 4 400: B"), "200", []string{"more may pass: 400 users are too close to call"}},
		{"only too close", grid("2 4 200: B", "2 4 400: F"), "200 too close to call", nil},
		{"doubts below do not matter", grid("2 4 200: P-", "2 4 400: PP"), "400", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Capacities(tt.rows)
			if len(c) != 1 || c[0].Replicas != 2 {
				t.Fatalf("capacities = %+v", c)
			}
			if diff := cmp.Diff(tt.want, c[0].Text()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.doubts, c[0].Doubts); diff != "" {
				t.Errorf("doubts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGate(t *testing.T) {
	p95 := []experiment.Objective{{Metric: v1alpha1.MetricP95, Bound: 800, Text: "800ms"}}
	some := grid("1 4 200: F", "2 4 200: P", "1 4 400: F", "2 4 400: F")
	tests := []struct {
		name   string
		gate   v1alpha1.Gate
		slo    []experiment.Objective
		rows   []Row
		missed bool
		want   string
	}{
		{"answer met", "answer", p95, some[:2], false, "the gate is met: for every user count some replica count passes"},
		{"answer missed", "answer", p95, some, true, "the gate is missed: no replica count passes for 400 users"},
		{"one replica count met", "answer", p95, grid("1 4 200: P"), false, "the gate is met: every user count passes"},
		{"one replica count missed", "answer", p95, grid("1 4 200: P", "1 4 400: F"), true, "the gate is missed: not passed with 400 users"},
		{"answer not seen", "answer", p95, grid("1 4 200: -"), true, "the gate is missed: not shown, for lack of data: 200 users"},
		{"all met", "all", p95, some[1:2], false, "the gate is met: every scenario passes"},
		{"all missed", "all", p95, some[:2], true, "the gate is missed: not every scenario passes, not 1 replica, 4 workers, 200 users"},
		{"all not seen", "all", p95, grid("1 4 200: P", "2 4 200: -"), true, "the gate is missed: not shown, for lack of data: 2 replicas, 4 workers, 200 users"},
		{"off", "off", p95, some, false, ""},
		{"answer too close", "answer", p95, grid("1 4 200: F", "2 4 200: B", "2 4 400: P"), false, "the gate is open: too close to call: 200 users; no longer window is likely to tell, since the values are at their bounds: change a bound or the load"},
		{"answer too close, and missed", "answer", p95, grid("1 4 200: B", "1 4 400: F"), true, "the gate is missed: not passed with 400 users"},
		{"answer met beside one in between", "answer", p95, grid("1 4 200: B", "2 4 200: P"), false, "the gate is met: for every user count some replica count passes"},
		{"all too close", "all", p95, grid("1 4 200: B", "2 4 200: P"), false, "the gate is open: too close to call: 1 replica, 4 workers, 200 users; no longer window is likely to tell, since the values are at their bounds: change a bound or the load"},
		{"no SLO", "answer", nil, some, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Gate(tt.gate, tt.slo, tt.rows)
			if diff := cmp.Diff(GateResult{tt.gate, tt.missed, strings.HasSuffix(tt.name, "too close"), tt.missed && !strings.Contains(tt.name, "not seen"), tt.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestGateNamesFew(t *testing.T) {
	rows := grid("1 4 200: F", "2 4 200: F", "3 4 200: F", "4 4 200: F", "5 4 200: F", "6 4 200: F")
	got := Gate("all", []experiment.Objective{{Metric: "p95", Bound: 1, Text: "1ms"}}, rows).Sentence
	if !strings.HasSuffix(got, "4 replicas, 4 workers, 200 users; and 2 more") {
		t.Errorf("sentence = %q", got)
	}
}
