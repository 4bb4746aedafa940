package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// TestEveryOverrideIsRecorded has no flag or variable that deploy takes and forgets, or
// writes so that the next verb cannot read it.
func TestEveryOverrideIsRecorded(t *testing.T) {
	settings := []spec.Setting{{Field: spec.FieldSLO, Origin: "--" + sloFlag, Value: "p95<1s\nfailures<1%"}}
	for _, o := range overrides() {
		settings = append(settings, spec.Setting{Field: o.field, Origin: "--" + o.name, Value: "http://a"})
	}
	for _, v := range spec.EnvironmentVariables() {
		if v.Field != spec.FieldNamespace { // which is where the record is
			settings = append(settings, spec.Setting{Field: v.Field, Origin: v.Name, Value: "http://a", BareSeconds: true})
		}
	}
	for _, s := range settings {
		record := spec.NewRecord([]spec.Setting{s})
		again, err := spec.DecodeRecord(record.Encode())
		if diff := cmp.Diff(record, again); len(record) != 1 || err != nil || diff != "" {
			t.Errorf("%s: %d recorded, %v\n%s", s.Origin, len(record), err, diff)
		}
	}
}
