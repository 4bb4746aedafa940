package experiment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

func TestParseSLO(t *testing.T) {
	got, err := ParseSLO([]string{"p95<200ms", " failures  <  1 %", "p50 < 1m30s", "p95 of POST order <300ms", "rps > 100", "p99.9 of GET a > b < 1s"})
	if err != nil {
		t.Fatal(err)
	}
	want := []v1alpha1.Objective{
		{Metric: "p95", Below: "200ms"},
		{Metric: "failures", Below: "1 %"},
		{Metric: "p50", Below: "1m30s"},
		{Metric: "p95", Endpoint: "POST order", Below: "300ms"},
		{Metric: "rps", Above: "100"},
		{Metric: "p99.9", Endpoint: "GET a > b", Below: "1s"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for text, want := range map[string]string{
		"p95":           "spec.slo[0] (p95): is not a metric and bound, as in p95<200ms, failures<1% or rps>100",
		"":              "is not a metric and bound",
		"<1s":           "is not a metric and bound",
		"p95<":          "is not a metric and bound",
		"p97<1s":        `spec.slo[0].metric (p97<1s): is "p97", must be one of p50, p90, p95, p99, p99.9, mean, failures, rps`,
		"p95<200":       `spec.slo[0].below (p95<200): is 200, which lacks a unit; write 200ms`,
		"p95>200ms":     `spec.slo[0].above (p95>200ms): is not a bound of p95, which must stay below one; write below: 200ms`,
		"rps<100":       `spec.slo[0].below (rps<100): is not a bound of rps, which must stay above one; write above: 100`,
		"rps>0":         `is "0", must be a number of requests a second above 0`,
		"rps>100/s":     `is "100/s", must be a number of requests a second above 0`,
		"rps>Inf":       `is "Inf", must be a number of requests a second above 0`,
		"mean<0.5":      `is 0.5, which lacks a unit; write 0.5ms`,
		"p95<=200ms":    `is "=200ms", must be a duration`,
		"p95<0s":        `is "0s", must be a duration above 0`,
		"failures<5":    `is 5, which lacks a unit; write 5%`,
		"failures<0.01": `is 0.01, which lacks a unit; write 0.01%, or 1% if that is a ratio`,
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

// TestObjectives: what a file may say of the SLO, and how it reads afterwards.
func TestObjectives(t *testing.T) {
	const head = "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  target: {process: {command: [sim]}}\n  slo:\n"
	exp, err := Decode("x.yaml", []byte(head+`
    - {metric: p95, endpoint: POST predict, below: 300ms}
    - {metric: p95, below: 1s}
    - {metric: rps, above: 100}
    - {metric: rps, endpoint: "GET health_check", above: "2.5"}
    - {metric: mean, below: 80ms}
    - {metric: failures, below: .5%}
`), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"p95 of POST predict < 300ms", "p95 < 1s", "rps > 100", "rps of GET health_check > 2.5", "mean < 80ms", "failures < .5%"}
	for i, o := range exp.SLO {
		if o.String() != want[i] {
			t.Errorf("reads %q, want %q", o, want[i])
		}
	}
	if got := SLOText(exp.LoadMatrix.Spec.SLO); got != strings.Join(want, ", ") {
		t.Errorf("all of them: %q", got)
	}
	if o := exp.SLO[2]; o.Met(100) || !o.Met(100.1) || o.Bound != 100 {
		t.Errorf("%+v", o)
	}
	for line, want := range map[string]string{
		"{metric: p95, endpoint: POST predic, below: 1s}": `spec.slo[0].endpoint (line 6): is "POST predic", which no task is called (did you mean POST predict?); known: POST predict, `,
		"{metric: p95, endpoint: predict, below: 1s}":     `(did you mean POST predict?)`,
		"{metric: p95, endpoint: teapot, below: 1s}":      `is "teapot", which no task is called; known: POST predict`,
		"{metric: p95, below: 200}":                       `spec.slo[0].below (line 6): is 200, which lacks a unit; write 200ms`,
		"{metric: p95}":                                   `spec.slo[0].below (line 6): is missing, must be a duration, as in 800ms`,
		"{metric: rps}":                                   `spec.slo[0].above (line 6): is missing, must be a number of requests a second, as in 100`,
		"{metric: rps, below: 100}":                       `spec.slo[0].below (line 6): is not a bound of rps, which must stay above one; write above: 100`,
		"{metric: p95, above: 1s, below: 2s}":             `spec.slo[0].above (line 6): is not a bound of p95, which must stay below one; write below: 2s`,
		"{metric: p95, below: [1s]}":                      `spec.slo[0].below (line 6): is a list, must be a number with its unit, as in 800ms, 1% or 100`,
		"{metric: failures, below: 1}":                    `is 1, which lacks a unit; write 1%`,
	} {
		_, err := Decode("x.yaml", []byte(head+"    - "+line+"\n"), t.TempDir(), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want it to hold %q", line, err, want)
		}
	}
}
