package cli

import (
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// TestResultsWithoutFigures: reports that hold no figure are no success, whatever the
// attempts were; an INVALID window has figures.
func TestResultsWithoutFigures(t *testing.T) {
	key := matrix.Key{Scenario: matrix.Scenario{Replicas: 1, Workers: 1, Users: 10}, Round: 1}
	for _, tt := range []struct {
		name   string
		record result.Record
		want   string
	}{
		{"interrupted", result.Record{Status: result.Interrupted}, "run r1 has measured nothing; the notes of its reports say why"},
		{"given up", result.Record{Status: result.Error, Terminal: true}, "run r1 has measured nothing; the notes of its reports say why"},
		{"invalid", result.Record{Status: result.Invalid, Terminal: true, Measured: &result.Measured{}}, ""},
		{"measured", result.Record{Status: result.Success, Terminal: true, Measured: &result.Measured{}}, ""},
	} {
		tt.record.Key = key
		run := &result.Run{Header: result.Header{Keys: []matrix.Key{key}}, Records: []result.Record{tt.record}}
		got := ""
		if err := refuseUnmeasured(&runs.Downloaded{Run: "r1", Journal: run}); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		err := refuseUnmeasured(&runs.Downloaded{Run: "r1", Journal: run, GoesOn: true})
		if tt.want == "" && err != nil || tt.want != "" && err.Error() != "run r1 has measured nothing yet; `swarmgrid monitor FILE` shows its progress" {
			t.Errorf("%s, while the run goes on: %v", tt.name, err)
		}
	}
}
