package analysis

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// steps writes what is expected, a line for each step.
func steps(e *Expected) (out []string) {
	for _, s := range e.Steps {
		line := fmt.Sprintf("%d–%d: %d, %s", s.From, s.To, s.Replicas, s.Text())
		if s.Inferred() {
			line += ", inferred"
		}
		if len(s.Doubts) > 0 {
			line += ", in doubt"
		}
		out = append(out, line)
	}
	return out
}

func TestExpect(t *testing.T) {
	for _, tt := range []struct {
		name string
		rows []Row
		want []string
	}{
		{
			"the next larger number of users decides", grid("1 4 200: P", "2 4 200: P", "1 4 400: F", "2 4 400: P"),
			[]string{"199–200: 1, up to 200 users: 1 replica", "200–400: 2, up to 400 users: 2 replicas"},
		},
		{
			"the same answer is one step", grid("1 4 100: F", "2 4 100: P", "1 4 200: F", "2 4 200: P", "1 4 400: F", "2 4 400: F"),
			[]string{"99–200: 2, up to 200 users: 2 replicas", "200–400: 0, up to 400 users: not with 2 replicas or fewer"},
		},
		{
			"in doubt apart from what is not", grid("1 4 100: F", "2 4 100: P", "1 4 200: B", "2 4 200: P"),
			[]string{"99–100: 2, up to 100 users: 2 replicas", "100–200: 2, up to 200 users: 1 or 2 replicas, in doubt"},
		},
		{
			"fewer users that need more", grid("1 4 100: F", "2 4 100: P", "1 4 200: P", "2 4 200: P"),
			[]string{"99–100: 2, up to 100 users: 2 replicas", "100–200: 1, up to 200 users: 1 replica, in doubt"},
		},
		{
			"one replica count", grid("1 4 100: P", "1 4 200: P", "1 4 300: F", "1 4 400: F", "1 4 500: F"),
			[]string{"99–200: 1, up to 200 users: pass", "200–300: 0, up to 300 users: not shown to pass, 300 do not", "300–500: 0, up to 500 users: do not pass"},
		},
		{
			"one replica count, not all known", grid("1 4 100: P", "1 4 200: B", "1 4 300: -"),
			[]string{"99–100: 1, up to 100 users: pass", "100–200: 0, up to 200 users: too close to call", "200–300: 0, up to 300 users: not known, no data"},
		},
		{"no data", grid("1 4 100: -", "2 4 100: -"), []string{"99–100: 0, up to 100 users: not known, no data"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Expect(tt.rows, Demands(tt.rows), Capacities(tt.rows))
			if diff := cmp.Diff(tt.want, steps(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestExpectWithout: without rows or an SLO there is nothing to read off.
func TestExpectWithout(t *testing.T) {
	rows := grid("1 4 100: P", "2 4 300: P")
	for i := range rows {
		rows[i].Judgement = Judgement{}
	}
	want := &Expected{Min: 100, Max: 300, Below: "fewer than 100 users were not measured", Beyond: "more than 300 users were not measured"}
	if diff := cmp.Diff(want, Expect(rows, Demands(rows), Capacities(rows))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Expected{}, Expect(nil, nil, nil)); diff != "" {
		t.Errorf("without rows (-want +got):\n%s", diff)
	}
}

// TestExpectOfASearch: what follows from other cells is told apart.
func TestExpectOfASearch(t *testing.T) {
	run, slo := asked(t, []int{1, 2, 4, 8}, []int{100, 200, 400, 800})
	searchWith(run, slo, func(k matrix.Key) float64 { return 45 * float64(k.Users) / 100 / float64(k.Replicas) })
	rows := Rows(run, slo)
	want := []string{
		"99–200: 1, up to 200 users: 1 replica", "200–400: 2, up to 400 users: 2 replicas", "400–800: 4, up to 800 users: 3 or 4 replicas",
	}
	if diff := cmp.Diff(want, steps(Expect(rows, Demands(rows), Capacities(rows)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range rows {
		if rows[i].Record.Key.Users == 100 {
			rows[i].Known = &Known{Verdict: Pass, Inferred: true, By: matrix.Scenario{Replicas: 1, Workers: 8, Users: 200}}
		}
	}
	want[0] = "99–100: 1, up to 100 users: 1 replica, inferred"
	want = append([]string{want[0], "100–200: 1, up to 200 users: 1 replica"}, want[1:]...)
	if diff := cmp.Diff(want, steps(Expect(rows, Demands(rows), Capacities(rows)))); diff != "" {
		t.Errorf("inferred (-want +got):\n%s", diff)
	}
}

// TestCells: of several rounds and worker counts a cell shows a row that says what it says.
func TestCells(t *testing.T) {
	rows := grid("2 4 200: P", "1 4 200: P", "1 8 200: PFF", "1 4 400: -", "1 8 400: -")
	for i := range rows {
		rows[i].Record.Measured = &result.Measured{Requests: 1}
	}
	rows[len(rows)-2].Record.Status, rows[len(rows)-1].Record.Status = result.Invalid, result.Error
	var got []string
	for _, c := range Cells(rows) {
		got = append(got, fmt.Sprintf("%d, %d: %s, %v", c.Replicas, c.Users, c.Verdict, c.Shown().Record.Key))
	}
	want := []string{
		"1, 200: FAIL, 1 replica, 8 workers, 200 users, round 2",
		"1, 400: NO DATA, 1 replica, 4 workers, 400 users",
		"2, 200: PASS, 2 replicas, 4 workers, 200 users",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestExpectOfARange: the steps are where one replica count passes no further.
func TestExpectOfARange(t *testing.T) {
	within := func(rows []Row) []Row {
		for i := range rows {
			rows[i].Known = &Known{Verdict: rows[i].Judgement.Verdict, Within: rows[i].Record.Key.Users > 50}
		}
		return rows
	}
	for _, tt := range []struct {
		name string
		rows []Row
		want []string
	}{
		{
			"to the end", grid("1 4 50: P", "1 4 190: P", "1 4 195: F", "2 4 50: P", "2 4 390: P", "2 4 400: F", "2 4 500: F"),
			[]string{"49–190: 1, up to 190 users: 1 replica", "190–390: 2, up to 390 users: 2 replicas", "390–399: 0, up to 399 users: not known", "399–500: 0, up to 500 users: not with 2 replicas or fewer"},
		},
		{
			"the most pass", grid("1 4 50: P", "1 4 190: P", "1 4 191: F", "2 4 50: P", "2 4 500: P"),
			[]string{"49–190: 1, up to 190 users: 1 replica", "190–500: 2, up to 500 users: 2 replicas"},
		},
		{
			"fewer may do", grid("1 4 50: P", "1 4 190: P", "1 4 200: B", "1 4 210: F", "2 4 50: P", "2 4 500: P"),
			[]string{"49–190: 1, up to 190 users: 1 replica", "190–500: 2, up to 500 users: 2 replicas, in doubt"},
		},
		{
			"ended early", grid("1 4 50: P", "1 4 190: P", "2 4 50: P", "2 4 190: P", "2 4 500: -"),
			[]string{"49–190: 1, up to 190 users: 1 replica", "190–500: 0, up to 500 users: not known"},
		},
		{"none passes", grid("1 4 50: F", "2 4 50: F", "2 4 500: F"), []string{"49–500: 0, up to 500 users: not with 2 replicas or fewer"}},
	} {
		rows := within(tt.rows)
		if diff := cmp.Diff(tt.want, steps(Expect(rows, Demands(rows), Capacities(rows)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestExpectOfARate: few users do not reach a rate, so that the next larger number says less
// about those between.
func TestExpectOfARate(t *testing.T) {
	rows := grid("1 4 100: F", "1 4 200: P", "1 4 300: P")
	rate := slo(t, "rps>90")[0]
	rows[0].Judgement.Outcomes = []Outcome{{Objective: rate, Value: 50}}
	want := []string{"99–100: 0, up to 100 users: not shown to pass, 100 do not", "100–200: 1, up to 200 users: pass, in doubt", "200–300: 1, up to 300 users: pass"}
	if diff := cmp.Diff(want, steps(Expect(rows, Demands(rows), Capacities(rows)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestExpectOfTooLowEfficiency: what a range's largest replica count carries is no answer then.
func TestExpectOfTooLowEfficiency(t *testing.T) {
	rows := grid("1 4 50: P", "1 4 190: P", "1 4 191: F", "2 4 50: P", "2 4 250: P", "2 4 500: F")
	objective := slo(t, "p95<1s", "efficiency>85%")[1]
	for i := range rows {
		rows[i].Known = &Known{Verdict: rows[i].Judgement.Verdict, Within: rows[i].Record.Key.Users > 50}
		if rows[i].Record.Key.Replicas == 2 {
			rows[i].Efficient = &Efficient{Objective: objective, Ratio: &Ratio{Value: .66, To: 1, Of: ByUsers}}
		}
	}
	want := []string{
		"49–190: 1, up to 190 users: 1 replica", "190–250: 0, up to 250 users: not with an efficiency above 85%",
		"250–499: 0, up to 499 users: not known", "499–500: 0, up to 500 users: not with 2 replicas or fewer",
	}
	if diff := cmp.Diff(want, steps(Expect(rows, Demands(rows), Capacities(rows)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
