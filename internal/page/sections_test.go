package page

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSections: what a run has besides its answer, and of what its requests failed where.
func TestSections(t *testing.T) {
	for name, want := range map[string][]string{
		"one":             {"recommendations"},
		"all-failed":      {"recommendations"},
		"queues":          {"recommendations", "spares", "limits", "models"},
		"autoscaler":      {"recommendations", "spares", "limits", "autoscaler", "cost"},
		"autoscaler-none": {"recommendations", "spares", "autoscaler"},
		"rounds-apart":    {"recommendations", "spares", "limits", "rounds"},
		"causes":          {"recommendations", "limits", "failures", "unsent"},
	} {
		var got []string
		for _, s := range New(modelOf(t, name), "").Sections {
			got = append(got, s.ID)
			if len(s.Texts)+len(s.Table) == 0 {
				t.Errorf("%s: %s is empty", name, s.ID)
			}
			for _, row := range s.Table {
				if len(row) != len(s.Header) {
					t.Errorf("%s: %s has a row of %d cells under %d", name, s.ID, len(row), len(s.Header))
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	failures := New(modelOf(t, "causes"), "").Sections
	got := []string{failures[2].Table[0][3], failures[3].Table[0][3]}
	if diff := cmp.Diff([]string{"all scenarios", "2 replicas, 4 workers, 400 users"}, got); diff != "" {
		t.Errorf("where (-want +got):\n%s", diff)
	}
}
