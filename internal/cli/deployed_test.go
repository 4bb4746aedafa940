package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// TestEveryOverrideIsRecorded has no flag or variable that deploy takes and forgets, or
// writes so that the next verb cannot read it.
func TestEveryOverrideIsRecorded(t *testing.T) {
	settings := []experiment.Setting{{Field: experiment.FieldSLO, Origin: "--" + sloFlag, Value: "p95<1s\nfailures<1%"}}
	for _, o := range overrides() {
		settings = append(settings, experiment.Setting{Field: o.field, Origin: "--" + o.name, Value: "http://a"})
	}
	for _, v := range experiment.EnvironmentVariables() {
		if v.Field != experiment.FieldNamespace { // which is where the record is
			settings = append(settings, experiment.Setting{Field: v.Field, Origin: v.Name, Value: "http://a", BareSeconds: true})
		}
	}
	for _, s := range settings {
		record := experiment.NewRecord([]experiment.Setting{s})
		again, err := experiment.DecodeRecord(record.Encode())
		if diff := cmp.Diff(record, again); len(record) != 1 || err != nil || diff != "" {
			t.Errorf("%s: %d recorded, %v\n%s", s.Origin, len(record), err, diff)
		}
	}
}
