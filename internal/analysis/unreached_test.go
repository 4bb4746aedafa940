package analysis

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// refusing is a record with requests that failed to reach the target, and others that failed otherwise.
func refusing(requests, refused, other int64) result.Record {
	return with(success(requests, refused+other), func(r *result.Record) {
		r.Measured.Errors = []result.ErrorCount{{Error: "connection refused", Occurrences: refused}, {Error: "503 Service Unavailable", Occurrences: other}}
	})
}

func TestUnreached(t *testing.T) {
	for name, c := range map[string]struct {
		rec  result.Record
		want bool
	}{
		"all refused":          {refusing(1000, 1000, 0), true},
		"died on the way":      {refusing(1000, 200, 10), true},
		"a few refused":        {refusing(1000, 100, 0), false},
		"mostly other trouble": {refusing(1000, 200, 200), false},
		"all well":             {success(1000, 0), false},
		"no request":           {success(0, 0), false},
		"INVALID":              {with(refusing(1000, 1000, 0), invalid), false},
		"in Python's words": {with(success(1000, 1000), func(r *result.Record) {
			r.Measured.Errors = []result.ErrorCount{{Error: "ConnectionRefusedError(111, 'Connection refused')", Occurrences: 1000}}
		}), true},
		"never sent": {with(success(1000, 10), func(r *result.Record) {
			r.Measured.Errors = []result.ErrorCount{{Error: "no such host: shop", Occurrences: 1000, Unsent: true}, {Error: "500", Occurrences: 10}}
		}), false},
	} {
		if got := (Row{Record: &c.rec}).Unreached(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestUnreachedIsNoLimit: that a target was down says nothing about how much it can serve.
func TestUnreachedIsNoLimit(t *testing.T) {
	gone := func(rows []Row, at ...int) []Row {
		for _, i := range at {
			key := rows[i].Record.Key
			rows[i].Record = new(refusing(1000, 1000, 0))
			rows[i].Record.Key = key
		}
		return rows
	}
	for name, c := range map[string]struct {
		rows             []Row
		demand, capacity []string
		answer           string
	}{
		"more users":         {gone(grid("1 4 2: P", "1 4 5: P", "1 4 8: F", "1 4 16: F"), 2, 3), nil, []string{"the target could not be reached with 8, 16 users, see Failures"}, "5 users pass"},
		"but one fails, too": {gone(grid("1 4 2: P", "1 4 5: F", "1 4 8: F"), 2), nil, []string{"the target could not be reached with 8 users, see Failures"}, "2 users pass, 5 do not"},
		"one round of two":   {gone(grid("1 4 2: P", "1 4 5: FF"), 1), nil, nil, "2 users pass, 5 do not"},
		"fewer replicas":     {gone(grid("1 4 2: F", "2 4 2: P"), 0), []string{"the target could not be reached with 1 replica, see Failures"}, nil, "not known, the target could not be reached"},
		"more replicas":      {gone(grid("1 4 2: P", "2 4 2: F"), 1), []string{"not monotone: 2 replicas fail although 1 passes; measure again"}, nil, "2 users pass"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.demand, Demands(c.rows)[0].Doubts); diff != "" && c.demand != nil {
				t.Errorf("demand (-want +got):\n%s", diff)
			}
			last := Capacities(c.rows)[0]
			if diff := cmp.Diff(c.answer, last.Sentence()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.capacity, last.Doubts); diff != "" && len(axis(c.rows, replicasOf)) == 1 {
				t.Errorf("capacity (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnreachedAnswersNothing where nothing else was measured.
func TestUnreachedAnswersNothing(t *testing.T) {
	rows := grid("1 4 2: F")
	rows[0].Record = new(refusing(1000, 900, 0))
	if got := Demands(rows)[0].Sentence(); got != "200 users: not known, the target could not be reached" {
		t.Error(got)
	}
}

// TestUnreachedIsTold in the row's notes.
func TestUnreachedIsTold(t *testing.T) {
	rec := refusing(1000, 1000, 0)
	run := &result.Run{Header: result.Header{Duration: 10, Keys: []matrix.Key{rec.Key}}, Records: []result.Record{rec}}
	if diff := cmp.Diff([]string{AllFailed, notReached}, Rows(run, nil)[0].Doubts); diff != "" {
		t.Error(diff)
	}
}
