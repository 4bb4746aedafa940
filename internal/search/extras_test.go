package search_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/search"
)

// roles are why a search measured, but for the search itself.
func roles(seen []search.Observation) []search.Role {
	var roles []search.Role
	for _, o := range seen {
		if o.Role != search.Grid {
			roles = append(roles, o.Role)
		}
	}
	return roles
}

func TestExtras(t *testing.T) {
	k, q := truth{1, 2, 2, 3}, grid(4, 3)
	q.Control, q.Sentinel = true, true
	seen := answer(t, q, func(s search.Step) search.Observation {
		o := surely(s, k.verdict(s.Cell) == search.Pass)
		if s.Role == search.Sentinel {
			o.Rate *= 1.2
		}
		return o
	})
	want := []search.Role{search.Sentinel, search.Control, search.Audit, search.Confirmation, search.Sentinel}
	if diff := cmp.Diff(want, roles(seen)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m := search.Conclude(q, seen)
	if diff := cmp.Diff([]search.Audited{{
		Cell: search.Cell{Replicas: 3, Users: 200}, Inferred: search.Pass, Measured: search.Pass, Agrees: true,
	}}, m.Audits); diff != "" {
		t.Errorf("audits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]search.Cell{{Replicas: 4, Users: 300}}, m.Confirmed); diff != "" {
		t.Errorf("confirmed (-want +got):\n%s", diff)
	}
	if len(m.Controls) != 1 || m.Controls[0].Again.Cell != (search.Cell{Replicas: 4, Users: 300}) || !m.Controls[0].Agrees {
		t.Errorf("controls %v", m.Controls)
	}
	if len(m.Sentinels) != 2 || m.Sentinels[1].Again.Cell != (search.Cell{Replicas: 1, Users: 100}) || m.Sentinels[1].Agrees {
		t.Errorf("sentinels %v: the rates are 20 %% apart", m.Sentinels)
	}
}

// TestAuditChoosesBySeed chooses the same with the same seed, and others with others.
func TestAuditChoosesBySeed(t *testing.T) {
	k, q := truth{0, 1, 2, 3}, grid(4, 3)
	chosen := map[search.Cell]bool{}
	for q.Seed = range 40 {
		var twice [2]search.Cell
		for i := range twice {
			twice[i] = search.Conclude(q, answer(t, q, k.measure)).Audits[0].Cell
		}
		if twice[0] != twice[1] {
			t.Fatalf("seed %d: %v", q.Seed, twice)
		}
		chosen[twice[0]] = true
	}
	if len(chosen) < 3 {
		t.Errorf("40 seeds choose only %v", chosen)
	}
}

// TestConfirmationThatFails goes on with more replicas, and confirms those.
func TestConfirmationThatFails(t *testing.T) {
	k, q := truth{0, 1, 1, 1}, grid(4, 1)
	lucky := search.Cell{Replicas: 1, Users: 100}
	first := true
	seen := answer(t, q, func(s search.Step) search.Observation {
		o := surely(s, k.verdict(s.Cell) == search.Pass)
		if s.Cell == lucky && first {
			first = false
			o.Verdict, o.Margin = search.Pass, -1
		}
		return o
	})
	m := search.Conclude(q, seen)
	if b := m.Demand(100); b.Low != 2 || b.High != 2 {
		t.Errorf("%+v after %v", b, seen)
	}
	if diff := cmp.Diff([]search.Cell{{Replicas: 2, Users: 100}}, m.Confirmed); diff != "" {
		t.Errorf("confirmed (-want +got):\n%s", diff)
	}
}

// TestAuditThatCannotBeMeasured takes another cell, once.
func TestAuditThatCannotBeMeasured(t *testing.T) {
	k, q := truth{1, 2, 2, 3}, grid(4, 3)
	seen := answer(t, q, func(s search.Step) search.Observation {
		o := k.measure(s)
		if s.Role == search.Audit {
			o.Verdict = search.NoData
		}
		return o
	})
	m := search.Conclude(q, seen)
	if len(m.Audits) != 2 || m.Audits[0].Cell == m.Audits[1].Cell || m.Audits[0].Agrees {
		t.Errorf("audits %v", m.Audits)
	}
	isTrue(t, q, m, k)
}

// TestAuditThatDisagrees finds that 3 replicas are worse than 2.
func TestAuditThatDisagrees(t *testing.T) {
	k, q := truth{1, 2, 1, 3}, grid(4, 3)
	m := search.Conclude(q, answer(t, q, func(s search.Step) search.Observation {
		return surely(s, k.verdict(s.Cell) == search.Pass)
	}))
	want := []search.Audited{{Cell: search.Cell{Replicas: 3, Users: 200}, Inferred: search.Pass, Measured: search.Fail}}
	if diff := cmp.Diff(want, m.Audits); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	pair := search.Pair{Passes: search.Cell{Replicas: 2, Users: 200}, Fails: search.Cell{Replicas: 3, Users: 200}}
	if diff := cmp.Diff([]search.Pair{pair}, m.NonMonotone); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
