package search_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/search"
)

// measured are clear verdicts of cells; p and f are which pass and fail.
func measured(p, f []search.Cell) []search.Observation {
	var seen []search.Observation
	for _, c := range p {
		seen = append(seen, surely(search.Step{Cell: c, Role: search.Grid}, true))
	}
	for _, c := range f {
		seen = append(seen, surely(search.Step{Cell: c, Role: search.Grid}, false))
	}
	return seen
}

func TestBoundsOfAnswers(t *testing.T) {
	q := search.Question{Replicas: []int{1, 2, 4, 6}, Users: []int{100, 200, 400}}
	p := []search.Cell{{1, 100}, {6, 400}}
	f := []search.Cell{{1, 200}, {2, 400}}
	m := search.Conclude(q, measured(p, f))
	pass := func(c search.Cell) search.Finding { return search.Finding{Cell: c, Verdict: search.Pass} }
	fail := func(c search.Cell) search.Finding { return search.Finding{Cell: c, Verdict: search.Fail} }
	from := func(f search.Finding, by search.Cell) search.Finding {
		f.Inferred, f.From = true, by
		return f
	}
	for _, test := range []struct {
		name      string
		got, want search.Bounds
	}{
		{"not all were tried", m.Demand(400), search.Bounds{
			Low: 3, High: 6, Passing: pass(p[1]), Failing: fail(f[1]), Between: []int{4},
		}},
		{"the fewest are enough", m.Demand(100), search.Bounds{Low: 1, High: 1, Passing: pass(p[0])}},
		{"inferred", m.Demand(200), search.Bounds{
			Low: 2, High: 6, Passing: from(pass(search.Cell{Replicas: 6, Users: 200}), p[1]), Failing: fail(f[0]), Between: []int{2, 4},
		}},
		{"capacity", m.Capacity(1), search.Bounds{Low: 100, High: 199, Passing: pass(p[0]), Failing: fail(f[0])}},
		{"the most pass", m.Capacity(6), search.Bounds{Low: 400, Passing: pass(p[1])}},
		{"between", m.Capacity(2), search.Bounds{
			Low: 100, High: 399, Passing: from(pass(search.Cell{Replicas: 2, Users: 100}), p[0]), Failing: fail(f[1]), Between: []int{200},
		}},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestBoundsWithoutAnEnd(t *testing.T) {
	q := grid(2, 2)
	m := search.Conclude(q, measured(nil, []search.Cell{{2, 100}}))
	if b := m.Demand(100); b.Low != 3 || b.High != 0 || b.Passing.Verdict != search.Open {
		t.Errorf("nothing passes: %+v", b)
	}
	if b := m.Capacity(2); b.Low != 0 || b.High != 99 {
		t.Errorf("nothing passes: %+v", b)
	}
	if b := search.Conclude(q, nil).Demand(100); b.Low != 1 || b.High != 0 || len(b.Between) != 2 {
		t.Errorf("nothing is known: %+v", b)
	}
}

func TestFrontier(t *testing.T) {
	k, q := truth{0, 2, 2, 3}, grid(4, 3)
	got := search.Conclude(q, answer(t, q, k.measure)).Frontier()
	want := []search.Front{
		{Cell: search.Cell{Replicas: 1}},
		{Cell: search.Cell{Replicas: 2, Users: 200}, Verdict: search.Pass},
		{Cell: search.Cell{Replicas: 3, Users: 200}, Verdict: search.Pass}, // audited
		{Cell: search.Cell{Replicas: 4, Users: 300}, Verdict: search.Pass},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestInfersFromClose claims no more than that.
func TestInfersFromClose(t *testing.T) {
	q := grid(3, 2)
	c := search.Cell{Replicas: 2, Users: 100}
	near := search.Observation{Cell: c, Role: search.Grid, Verdict: search.Close, Margin: .1}
	passes := surely(search.Step{Cell: search.Cell{Replicas: 1, Users: 50}, Role: search.Grid}, true)
	m := search.Conclude(q, []search.Observation{near, near, near, passes})
	for _, test := range []struct {
		search.Cell
		want search.Verdict
	}{
		{search.Cell{Replicas: 1, Users: 100}, search.Close},
		{search.Cell{Replicas: 2, Users: 200}, search.Close},
		{search.Cell{Replicas: 3, Users: 100}, search.Open},
		{search.Cell{Replicas: 3, Users: 200}, search.Open},
		{search.Cell{Replicas: 3, Users: 50}, search.Pass},
	} {
		if got := m.At(test.Cell).Verdict; got != test.want {
			t.Errorf("%v: %v, want %v", test.Cell, got, test.want)
		}
	}
}

// TestInfersFromCloseBeforePass has a pass with fewer replicas, and a close call with more, that
// speak of the same cell.
func TestInfersFromCloseBeforePass(t *testing.T) {
	near := search.Observation{Cell: search.Cell{Replicas: 3, Users: 100}, Role: search.Grid, Verdict: search.Close, Margin: .1}
	passes := surely(search.Step{Cell: search.Cell{Replicas: 1, Users: 200}, Role: search.Grid}, true)
	m := search.Conclude(grid(3, 2), []search.Observation{near, near, near, passes})
	if got := m.At(search.Cell{Replicas: 2, Users: 100}); got.Verdict != search.Close || len(m.NonMonotone) > 0 {
		t.Errorf("%v, contradictions %v", got, m.NonMonotone)
	}
}

// TestInfersFromTheNearest goes by replicas, then by users.
func TestInfersFromTheNearest(t *testing.T) {
	m := search.Conclude(grid(4, 4), measured([]search.Cell{{1, 300}, {2, 400}, {2, 300}}, nil))
	for c, want := range map[search.Cell]search.Cell{
		{Replicas: 3, Users: 300}: {Replicas: 2, Users: 300},
		{Replicas: 3, Users: 200}: {Replicas: 2, Users: 300},
		{Replicas: 4, Users: 400}: {Replicas: 2, Users: 400},
		{Replicas: 1, Users: 100}: {Replicas: 1, Users: 300},
	} {
		if got := m.At(c); got.From != want {
			t.Errorf("%v is inferred from %v, want %v", c, got.From, want)
		}
	}
}

// TestBoundsBesideAContradiction has nothing between the last failure and the pass.
func TestBoundsBesideAContradiction(t *testing.T) {
	m := search.Conclude(grid(4, 2), measured([]search.Cell{{2, 200}, {4, 100}}, []search.Cell{{2, 100}, {3, 100}}))
	if b := m.Demand(100); b.Low != 4 || b.High != 4 || b.Between != nil || len(m.NonMonotone) != 2 {
		t.Errorf("%+v, contradictions %v", b, m.NonMonotone)
	}
}
