package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

func TestParseSLO(t *testing.T) {
	got, err := ParseSLO([]string{"p95<200ms", " failures  <  1 %", "p50 < 1m30s"})
	if err != nil {
		t.Fatal(err)
	}
	want := []v1alpha1.Objective{{Metric: "p95", Below: "200ms"}, {Metric: "failures", Below: "1 %"}, {Metric: "p50", Below: "1m30s"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for text, want := range map[string]string{
		"p95":           "spec.slo[0] (p95): is no metric and bound, as in p95<200ms or failures<1%",
		"":              "is no metric and bound",
		"p90<1s":        `spec.slo[0].metric (p90<1s): is "p90", must be one of p50, p95, p99, failures`,
		"p95<200":       `spec.slo[0].below (p95<200): is "200", must be a duration above 0 with a unit`,
		"p95<=200ms":    `is "=200ms", must be a duration`,
		"p95<0s":        `is "0s", must be a duration above 0`,
		"failures<5":    `is "5", must be a percentage`,
		"failures<0%":   `is "0%", must be a percentage above 0%`,
		"failures<NaN%": `must be a percentage`,
	} {
		if _, err := ParseSLO([]string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error = %v, want it to hold %q", text, err, want)
		}
	}
	if _, err := ParseSLO([]string{"p95<1s", "p95<2s"}); err == nil || !strings.Contains(err.Error(), "repeats p95") {
		t.Errorf("error = %v", err)
	}
}
