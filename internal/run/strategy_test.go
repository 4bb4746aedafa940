package run

import (
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestInOrder: each scenario comes until it has a final record, in the order listed, also
// where an earlier process or a later scenario has records already.
func TestInOrder(t *testing.T) {
	key := func(replicas int) matrix.Key {
		return matrix.Key{Scenario: matrix.Scenario{Replicas: replicas, Workers: 1, Users: 1}, Round: 1}
	}
	record := func(replicas int, terminal bool) result.Record {
		return result.Record{Key: key(replicas), Terminal: terminal}
	}
	order := inOrder{list: []result.Planned{{Key: key(2), Role: result.RoleGrid}, {Key: key(1), Role: result.RoleGrid}, {Key: key(3), Role: "sentinel"}}}
	for _, tt := range []struct {
		name    string
		records []result.Record
		next    int // its replicas; 0 for the end
	}{
		{"nothing measured", nil, 2},
		{"tried, not final", []result.Record{record(2, false), record(2, false)}, 2},
		{"final", []result.Record{record(2, false), record(2, true)}, 1},
		{"a later one is final", []result.Record{record(1, true)}, 2},
		{"two are final", []result.Record{record(1, true), record(2, true)}, 3},
		{"final is not taken back", []result.Record{record(2, true), record(2, false)}, 1},
		{"all are final", []result.Record{record(3, true), record(1, true), record(2, true)}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, more := order.next(&result.Run{Records: tt.records})
			if got.Key.Replicas != tt.next || more != (tt.next > 0) {
				t.Errorf("next %+v, more %t, want %d replicas", got, more, tt.next)
			}
			if (got.Role == "sentinel") != (tt.next == 3) {
				t.Errorf("role %q of %v", got.Role, got.Key)
			}
		})
	}
}
