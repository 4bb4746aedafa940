package experiment

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBeaten names what the driver's own variables beat, and parts the record by it.
func TestBeaten(t *testing.T) {
	seven := []Setting{variable("USER_COUNTS", FieldUsers, "7")}
	users, workers := flag("users", FieldUsers, "10"), flag("workers", FieldWorkers, "1")
	recorded := NewRecord([]Setting{users})
	for name, tt := range map[string]struct {
		given, others []Setting
		said          string
		lost          int
	}{
		"nothing to beat":  {given: []Setting{users, workers}},
		"another value":    {given: []Setting{workers}, others: seven},
		"the same anyway":  {given: []Setting{flag("users", FieldUsers, "7")}, others: seven, lost: 1},
		"a flag":           {given: []Setting{users, workers}, others: seven, said: "users 7 (place USER_COUNTS), not 10 (--users)", lost: 1},
		"a variable":       {given: []Setting{variable("USER_COUNTS", FieldUsers, "30")}, others: seven, said: "users 7 (place USER_COUNTS), not 30 (USER_COUNTS)", lost: 1},
		"what is recorded": {given: recorded, others: seven, said: "users 7 (place USER_COUNTS), not 10 (deploy --users)", lost: 1},
		"the later one":    {given: append(recorded, flag("users", FieldUsers, "11")), others: seven, said: "users 7 (place USER_COUNTS), not 11 (--users)", lost: 2},
		"a preset in part": {given: []Setting{flag("preset", FieldPreset, "smoke")}, others: seven, said: "users 7 (place USER_COUNTS), not 200,400,800 (--preset)"},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Name: "it.yaml", Data: []byte(deployedFile)}
			if diff := cmp.Diff(tt.said, in.Beaten(tt.given, tt.others, "place")); diff != "" {
				t.Errorf("it says (-want +got):\n%s", diff)
			}
			holds, lost := NewRecord(tt.given).Against(tt.others)
			if len(lost) != tt.lost || len(holds)+len(lost) != len(tt.given) {
				t.Errorf("%v hold and %v do not, want %d of those", holds, lost, tt.lost)
			}
		})
	}
}
